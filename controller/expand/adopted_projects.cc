// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/adopted_projects.h"

namespace mooring::expand {

void AdoptedProjects::Add(const Resource& app) {
  const auto adopt = app.spec.find("adopt");
  if (adopt == app.spec.end()) return;
  const std::string project = adopt->value("composeProject", app.key.name);
  const auto [owner, is_new] = owners_.try_emplace(project, &app);
  if (is_new) return;
  diagnostics_.push_back({app.LocationOf("/adopt"),
                          fmt::format("Compose project {} is adopted by {} already", project,
                                      owner->second->key.ToString()),
                          fmt::format("the first is at {}; remove one of them",
                                      owner->second->LocationOf("/adopt").ToString())});
}

}  // namespace mooring::expand
