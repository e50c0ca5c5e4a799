// SPDX-License-Identifier: Apache-2.0
// Sites for the tests of this folder.
#pragma once

#include "reconcilers/caddy/site_renderer.h"

namespace mooring::caddy {

inline Resource MakeSite(const std::string& name, Json spec) {
  Resource site;
  site.key = {"Site", "default", name};
  site.spec = std::move(spec);
  site.spec_digest = SpecDigest(site.spec, site.derived);
  return site;
}

/// A Site at `host` whose one route goes to `backend`.
inline Resource ProxySite(const std::string& name, const std::string& host,
                          const std::string& backend = "shop/web/8080") {
  return MakeSite(name, {{"hosts", {host}}, {"routes", Json::array({{{"backend", backend}}})}});
}

}  // namespace mooring::caddy
