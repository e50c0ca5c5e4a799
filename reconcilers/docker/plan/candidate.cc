// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/candidate.h"

#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {
namespace {

std::string KeyId(const std::string& digest) { return digest.substr(0, digest.find(':')); }

/// One that the engine had to start again and again is not well because it runs for a moment.
Duration SettleTime(const Expectation& expected, const ContainerDetails& details) {
  constexpr Duration kAfterManyRestarts = std::chrono::minutes(1);
  return details.restart_count < kManyRestarts
             ? expected.settle_time
             : std::max<Duration>(expected.settle_time, kAfterManyRestarts);
}

bool IsHealthy(const Expectation& expected, const ObservedContainer& container) {
  const ContainerSummary& summary = *container.summary;
  if (IsCompleted(expected.service, summary)) return true;
  const bool connected =
      !expected.service.IsInOwn() || summary.networks.contains(expected.app.NetworkName());
  if (summary.state != "running" || !connected) return false;
  if (summary.health != Health::kNone) return summary.health == Health::kHealthy;
  const auto& check = expected.service.healthcheck;
  if ((check && !check->disable && !check->test.empty()) || !container.details) return false;
  return expected.now - container.details->started_at >= SettleTime(expected, *container.details);
}

FieldDiff ImageDiff(const Expectation& expected, const ContainerSummary& summary) {
  constexpr size_t kShortId = sizeof("sha256:") - 1 + 12;
  return {"services." + expected.service.name + ".image", summary.image_id.substr(0, kShortId),
          fmt::format("{} ({})", expected.service.image, expected.image->id.substr(0, kShortId))};
}

}  // namespace

bool IsCompleted(const ServiceSpec& service, const ContainerSummary& summary) {
  // What a Site points at is a server: it has not done its work by ending.
  const bool may_end =
      service.restart == "no" || (service.restart.starts_with("on-failure") && !service.routed);
  return may_end && summary.state == "exited" && summary.exit_code == 0;
}

bool RunsToEnd(const ServiceSpec& service, const ObservedContainer& container) {
  if (service.restart == "no" || IsCompleted(service, *container.summary)) return true;
  const size_t colon = service.restart.find(':');
  if (colon == std::string::npos || !container.details) return false;
  return container.details->restart_count >=
         std::strtol(service.restart.c_str() + colon + 1, nullptr, 10);
}

int ReplicaOf(const ContainerSummary& summary) {
  return static_cast<int>(std::strtol(summary.Label(label::kReplica).c_str(), nullptr, 10));
}

std::string StateText(const ObservedContainer& container) {
  const ContainerSummary& s = *container.summary;
  std::string text = s.state;
  if (s.state == "running" && s.health == Health::kStarting) text = "health: starting";
  if (s.state == "running" && s.health == Health::kUnhealthy) text = "unhealthy";
  if (s.state == "exited" || s.state == "restarting")
    text += fmt::format(", exit code {}", s.exit_code);
  if (container.details && container.details->oom_killed) text += ", killed for lack of memory";
  return text;
}

std::string AddressOf(const AppSpec& app, const ContainerSummary& summary) {
  const auto found = summary.networks.find(app.NetworkName());
  if (found == summary.networks.end()) return "";
  return found->second.address.empty() ? found->second.fixed_address : found->second.address;
}

Candidate Judge(const Expectation& expected, const ObservedContainer& container) {
  Candidate candidate{.container = &container};
  const ContainerSummary& summary = *container.summary;
  const std::string digest = summary.Label(label::kSpecDigest);
  // A digest of another key says nothing: the fields alone decide, and nothing is recreated for it.
  const bool made_for_this = digest == expected.digest || KeyId(digest) != KeyId(expected.digest);
  // A tag that moved brings other defaults, which this container never had.
  const bool moved = expected.image != nullptr && expected.image->id != summary.image_id;
  auto& diffs = candidate.diffs;
  diffs =
      CompareContainer(expected.app, expected.service, container, moved ? nullptr : expected.image);
  const FieldDiff image = moved ? ImageDiff(expected, summary) : FieldDiff();
  const bool other_reference = std::any_of(
      diffs.begin(), diffs.end(), [&](const FieldDiff& d) { return d.path == image.path; });
  if (moved && !other_reference) diffs.push_back(image);
  const auto ignore = [&](std::vector<FieldDiff>& list) {
    const std::vector<FieldDiff> taken = expected.app.ignored.TakeFrom(list);
    candidate.ignored.insert(candidate.ignored.end(), taken.begin(), taken.end());
  };
  if (made_for_this) ignore(diffs);
  // A removal that is under way, or one that failed: no spec makes a container dead.
  const bool dead = summary.state == "dead";
  if (dead) {
    diffs.push_back(
        {fmt::format("services.{}.containers.{}", expected.service.name, ReplicaOf(summary)),
         "dead", "running"});
  }
  candidate.by_hand = digest == expected.digest && !diffs.empty();
  candidate.outdated = !made_for_this || !diffs.empty();
  if (container.details) {
    auto& in_place = candidate.in_place;
    in_place = CompareInPlace(expected.service, *container.details);
    // Limits are not in the digest: where the history is lost, the same digest has to do.
    const bool same_spec = expected.history_lost && made_for_this;
    if (expected.applied_before || same_spec) ignore(in_place);
    if (!candidate.outdated && std::any_of(in_place.begin(), in_place.end(), LiftsLimit)) {
      candidate.outdated = true;
      candidate.by_hand = expected.applied_before;
    }
    if (candidate.outdated) {
      diffs.insert(diffs.end(), in_place.begin(), in_place.end());
      in_place.clear();
    }
  }
  candidate.why = IsAdopted(summary) ? "differs from the spec" : "spec changed";
  if (candidate.by_hand) candidate.why = "changed by hand";
  if (moved && made_for_this && diffs == std::vector{image}) candidate.why = "its tag has moved";
  if (dead) candidate.why = "dead";
  candidate.healthy = IsHealthy(expected, container);
  return candidate;
}

}  // namespace mooring::docker
