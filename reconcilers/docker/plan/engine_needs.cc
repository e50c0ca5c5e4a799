// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/engine_needs.h"

#include <charconv>

#include "controller/resource/reasons.h"

namespace mooring::docker {
namespace {

struct Need {
  std::string path;
  std::string api;
};

/// Of "1.44" what is behind the dot.
int Minor(const std::string& api) {
  int minor = 0;
  const size_t dot = api.find('.');
  if (dot != std::string::npos)
    std::from_chars(api.data() + dot + 1, api.data() + api.size(), minor);
  return minor;
}

/// Docker's release that brought an API: 1.43 came with 24. Since 27 some bring several.
int ReleaseOf(const std::string& api) {
  const int minor = Minor(api);
  if (minor <= 46) return minor - 19;
  return minor == 47 ? 27 : minor <= 51 ? 28 : 29;
}

std::vector<Need> NeedsOf(const ServiceSpec& service) {
  std::vector<Need> needs;
  const std::string base = "services." + service.name + ".";
  for (const EngineField& field : EngineFields()) {
    const auto setting = service.settings.find(field.word);
    if (field.needs_api != nullptr && setting != service.settings.end())
      needs.push_back({base + setting->second.path, field.needs_api});
  }
  if (service.healthcheck && service.healthcheck->start_interval.count() > 0)
    needs.push_back({base + "healthcheck.start_interval", "1.44"});
  for (const Mount& mount : service.mounts) {
    if (!mount.subpath.empty()) needs.push_back({base + "volumes.subpath", "1.45"});
  }
  for (const ServiceNetwork& place : service.networks) {
    const std::string path = fmt::format("{}networks.{}.", base, place.key);
    if (!place.mac_address.empty()) needs.push_back({path + "mac_address", "1.44"});
    if (place.gw_priority != 0) needs.push_back({path + "gw_priority", "1.48"});
  }
  return needs;
}

}  // namespace

bool NeedsNewerEngine(const AppSpec& app) {
  return std::ranges::any_of(app.services,
                             [](const ServiceSpec& service) { return !NeedsOf(service).empty(); });
}

Status CheckEngineHas(const AppSpec& app, const std::string& api) {
  for (const ServiceSpec& service : app.services) {
    for (const Need& need : NeedsOf(service)) {
      if (Minor(api) >= Minor(need.api)) continue;
      return std::unexpected(
          Error(ErrorCode::kFailedPrecondition,
                fmt::format("{} needs Docker {} (API {}), and this engine, which speaks API {}, "
                            "would leave it out; take it out or upgrade the engine",
                            need.path, ReleaseOf(need.api), need.api, api))
              .WithReason(reason::kInvalidSpec));
    }
  }
  return {};
}

}  // namespace mooring::docker
