// SPDX-License-Identifier: Apache-2.0
// A Site's spec as Caddy's own JSON. Pure and thread-safe.
#pragma once

#include "controller/base/error.h"
#include "controller/reconcile/secret_values.h"
#include "reconcilers/caddy/gateway_options.h"
#include "reconcilers/caddy/site_config.h"

namespace mooring::caddy {

/// The parts of `site`: its routes, the whole-host redirects, http to https, the certificate or the
/// policy for one. Canonical: the same spec and values give the same JSON. Fails with
/// InvalidArgument (reason InvalidSpec) when the spec cannot be said in Caddy's words, and as
/// site_secrets.h says for `secrets`.
Result<SiteConfig> RenderSite(const Resource& site, const GatewayOptions& options,
                              const Capabilities& capabilities, const SecretValues& secrets = {});

}  // namespace mooring::caddy
