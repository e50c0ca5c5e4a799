// SPDX-License-Identifier: Apache-2.0
// What ServicePlanner tells people: notes on a rollout, details for the status.
#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/service_planner.h"

namespace mooring::docker {

void ServicePlanner::AddNote() {
  if (replaced_ == 0) return;
  if (context_.app.start_first && service_.WhyAlone().empty()) {
    context_.plan.notes.push_back(fmt::format("no downtime: StartFirst, {}{}",
                                              Count(replaced_, "container"),
                                              replaced_ > 1 ? " one after the other" : ""));
    std::set<std::string> shared;
    for (const Mount& mount : service_.mounts) {
      if (mount.type == "volume" && !mount.source.empty() && !mount.read_only)
        shared.insert(mount.source);
    }
    if (!shared.empty()) {
      const bool one = shared.size() == 1;
      context_.plan.notes.push_back(
          fmt::format("old and new {} share volume{} {} for a while; set rollout.strategy: "
                      "Recreate if it locks its data",
                      service_.name, one ? "" : "s",
                      Join(std::vector<std::string>(shared.begin(), shared.end()), ", ")));
    }
    return;
  }
  context_.plan.notes.push_back(fmt::format(
      "downtime of {} while its container is replaced: Recreate, because {}", service_.name,
      service_.WhyAlone().empty() ? "rollout.strategy says so" : service_.WhyAlone()));
}

bool ServicePlanner::IsDeployed() const {
  for (const auto& [replica, candidates] : replicas_) {
    if (std::ranges::any_of(candidates,
                            [](const Candidate& c) { return !c.outdated || c.by_hand; }))
      return true;
  }
  return replicas_.empty() && service_.replicas == 0;
}

void ServicePlanner::AddDetails() {
  Json& details = context_.plan.details["services"][service_.name];
  details = {
      {"replicas", service_.replicas}, {"healthy", healthy_replicas_}, {"image", service_.image}};
  if (image_ == nullptr) return;
  // By the registry's name for it, anybody can get it again; what was never pulled has none.
  const auto& digests = image_->repo_digests;
  details["digest"] = digests.empty() ? image_->id : digests[0].substr(digests[0].find('@') + 1);
}

}  // namespace mooring::docker
