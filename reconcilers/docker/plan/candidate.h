// SPDX-License-Identifier: Apache-2.0
// One container of a service held against the spec: does it need to be replaced, can it be changed
// in place, is it healthy. Pure.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

/// From so many on a container exits again and again.
inline constexpr int kManyRestarts = 3;

/// What a container of a service is judged by.
struct Expectation {
  const AppSpec& app;
  const ServiceSpec& service;
  std::string digest;                ///< what the label must say
  const ImageInfo* image = nullptr;  ///< that the service's reference means now; null: not here
  bool applied_before = false;       ///< this very spec was applied: what differs, the host changed
  bool history_lost = false;         ///< nothing is known of what was applied before
  Time now;
  Duration settle_time{0};
};

struct Candidate {
  const ObservedContainer* container = nullptr;
  bool outdated = false;            ///< needs a new container
  bool by_hand = false;             ///< made for this spec, then changed
  std::string why;                  ///< of `outdated`, for a person
  std::vector<FieldDiff> diffs;     ///< of `outdated`
  std::vector<FieldDiff> in_place;  ///< what can be changed without a new container
  std::vector<FieldDiff> ignored;   ///< what the host changed and is to stand
  bool healthy = false;             ///< answers its checks, or has completed

  bool serves() const { return healthy && summary().state == "running"; }
  const ContainerSummary& summary() const { return *container->summary; }
};

Candidate Judge(const Expectation& expected, const ObservedContainer& container);

/// A container that ended well and is to stay so: restart "no", or "on-failure" where no Site
/// points.
bool IsCompleted(const ServiceSpec& service, const ContainerSummary& summary);

/// The restart policy says that this exited container stays so.
bool RunsToEnd(const ServiceSpec& service, const ObservedContainer& container);

/// The number in its label; 0 when there is none.
int ReplicaOf(const ContainerSummary& summary);

/// "unhealthy", "exited, exit code 3".
std::string StateText(const ObservedContainer& container);

/// In the App's network: in use, or else asked for; empty when it is not connected.
std::string AddressOf(const AppSpec& app, const ContainerSummary& summary);

}  // namespace mooring::docker
