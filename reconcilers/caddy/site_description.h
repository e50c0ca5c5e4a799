// SPDX-License-Identifier: Apache-2.0
// Caddy's JSON of a Site told in the words of its spec, so that a difference names a field that
// people wrote. Works on whatever the live configuration holds. Pure and thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/reconcile/change.h"
#include "reconcilers/caddy/site_config.h"

namespace mooring::caddy {

/// Field of spec -> value: {"hosts": "a.test, b.test", "routes[/api/*].backend": "shop/web/8080"};
/// of a Secret's value a digest.
using SiteDescription = std::map<std::string, std::string>;

SiteDescription Describe(const ResourceKey& key, const SiteConfig& config);

/// What differs between two renderings of `site`, fields of spec first; routes are named by their
/// index in the spec ("routes.0.backend"). What no field says is one entry "route" with the place
/// in Caddy's JSON. Values that are or may be secret are left out. Empty only when both are equal.
std::vector<FieldDiff> DiffSites(const Resource& site, const SiteConfig& actual,
                                 const SiteConfig& desired);

}  // namespace mooring::caddy
