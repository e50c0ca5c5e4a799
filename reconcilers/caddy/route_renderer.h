// SPDX-License-Identifier: Apache-2.0
// The routes inside one Site. Pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/reconcile/secret_values.h"
#include "controller/resource/resource.h"
#include "reconcilers/caddy/gateway_options.h"

namespace mooring::caddy {

/// The routes of the Site's subroute, in the order in which Caddy tries them: what holds for all,
/// then `routes` by priority, longest path and file order, then 404. Backends and Secrets are
/// looked up in `ns`. Errors name the route that cannot be rendered: InvalidArgument, or what a
/// value of a Secret is not fit for. May throw Json::exception.
Result<Json> RenderRoutes(const Json& spec, const std::string& ns, const Capabilities& capabilities,
                          const SecretValues& secrets);

/// Indices of a Site's `routes` in the order in which they are tried.
std::vector<size_t> MatchOrder(const Json& routes);

/// "{host}" and the like, as people write them in a Caddyfile, in the words of Caddy's JSON.
std::string ExpandPlaceholders(std::string_view text);

}  // namespace mooring::caddy
