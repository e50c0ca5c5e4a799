// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/volume_planner.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/network_planner.h"
#include "reconcilers/docker/plan/seed_planner.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

/// Another Mooring's, and nothing of the App was ever here: whoever renames a host keeps its data.
/// What people made, or another App of ours, may be shared by its name.
bool IsOfAnotherInstance(const AppContext& context, const VolumeInfo& seen) {
  const auto instance = seen.labels.find(label::kInstance);
  const bool is_new = context.input.last_applied_digest.empty() && context.seen.containers.empty();
  return is_new && instance != seen.labels.end() && instance->second != context.options.instance;
}

/// "driver", "driver_opts.device": what the spec says and the volume has otherwise; "": nothing.
std::string WhatDiffers(const VolumeSpec& wanted, const VolumeInfo& seen) {
  const bool says = wanted.driver != VolumeSpec().driver || !wanted.driver_opts.empty();
  if (says && wanted.driver != seen.driver) return "driver";
  for (const auto& [name, value] : wanted.driver_opts) {
    const auto option = seen.options.find(name);
    if (option == seen.options.end() || option->second != value) return "driver_opts." + name;
  }
  return "";
}

/// Data stays where it is, so that a person must decide.
void CheckSeen(AppContext& context, const VolumeSpec& volume, const VolumeInfo& seen) {
  if (volume.external) return;
  if (IsOfAnotherInstance(context, seen)) {
    context.unusable_volumes.insert(volume.key);
    context.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("a volume named {} is there {}; give this one another name, or write "
                          "external: true to share it",
                          volume.name, OwnerText(context, seen.labels)))
            .WithReason(reason::kNameConflict);
    return;
  }
  const std::string field = WhatDiffers(volume, seen);
  if (field.empty()) return;
  context.plan.blocked = Error(
      ErrorCode::kFailedPrecondition,
      fmt::format("volumes.{}.{} is not what volume {} was made with, and its data stays; give it "
                  "another name, or move its data and remove it: docker volume rm {}",
                  volume.key, field, volume.name, volume.name));
}

void Create(AppContext& context, const VolumeSpec& volume) {
  context.plan.changes.push_back(MakeChange("volume/" + volume.name, Action::kCreate,
                                            context.drift ? "missing" : "new",
                                            CreateVolume{VolumeBody(context, volume)}));
  context.plan.changes.back().drift = context.drift;
}

}  // namespace

bool HasItsVolumes(const AppContext& context, const ServiceSpec& service) {
  return std::ranges::none_of(service.mounts, [&](const Mount& mount) {
    return mount.type == "volume" && context.unusable_volumes.contains(mount.source);
  });
}

Json VolumeBody(const AppContext& context, const VolumeSpec& volume) {
  Json labels = OwnerLabels(context);
  labels.update(Json(volume.labels));
  labels[label::kVolume] = volume.key;
  Json body = {{"Name", volume.name}, {"Driver", volume.driver}, {"Labels", std::move(labels)}};
  if (!volume.driver_opts.empty()) body["DriverOpts"] = volume.driver_opts;
  return body;
}

void PlanVolumes(AppContext& context) {
  for (const VolumeSpec& volume : context.app.volumes) {
    if (IsToBeFilled(context, volume)) continue;
    const auto seen = std::ranges::find(context.seen.volumes, volume.name, &VolumeInfo::name);
    if (seen != context.seen.volumes.end()) {
      CheckSeen(context, volume, *seen);
    } else if (!volume.external) {
      Create(context, volume);
    } else {
      context.unusable_volumes.insert(volume.key);
      context.plan.blocked =
          Error(ErrorCode::kFailedPrecondition,
                fmt::format("volume {} is external and not on this host; make it with: "
                            "docker volume create {}",
                            volume.name, volume.name));
    }
  }
}

}  // namespace mooring::docker
