// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about one service: its containers, one replica after the other,
// and which of them its name points at. Used by AppPlanner only; lives for one Plan call.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/reconcile/reconciler.h"
#include "reconcilers/docker/plan/app_planner.h"
#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/hosts_block.h"
#include "reconcilers/docker/plan/observation.h"
#include "reconcilers/docker/plan/operations.h"

namespace mooring::docker {

/// What the services of one App share while it is planned.
struct AppContext {
  const AppPlanner::Options& options;
  const HostKey& key;
  const PlanInput& input;
  const AppSpec& app;
  const AppObservation& seen;
  bool drift = false;  ///< this very spec was applied before: what differs now, the host changed
  Subnet subnet;       ///< of the App's network, there or planned
  std::set<uint32_t> used_addresses;
  std::set<std::string> pulls_planned;
  HostsNames hosts;   ///< what the block shall hold for this App
  ResourcePlan plan;  ///< grows
};

class ServicePlanner {
 public:
  ServicePlanner(AppContext& context, const ServiceSpec& service);

  /// Adds the service's changes, waits and health to the plan.
  void Plan();
  bool healthy() const { return healthy_replicas_ == service_.replicas; }

 private:
  struct Candidate {
    const ObservedContainer* container;
    bool outdated;  ///< another spec: needs a new container
    bool by_hand;   ///< made for this spec, then changed
    std::vector<FieldDiff> diffs;
    std::vector<FieldDiff> in_place;
    bool healthy;
  };

  Candidate Judge(const ObservedContainer& container) const;
  bool IsHealthy(const ObservedContainer& container) const;
  bool IsCompleted(const ContainerSummary& summary) const;
  bool RunsToEnd(const ObservedContainer& container) const;
  std::string AddressOf(const ContainerSummary& summary) const;

  void PlanReplica(int replica);
  void PlanExtra(const ObservedContainer& container, std::string reason);
  void Create(int replica, const std::string& name, const Candidate* replaces, bool beside);
  void EnsureImage();
  void Heal(const Candidate& candidate, const std::string& name);
  void HealNetwork(const Candidate& candidate);
  void RemoveOld(const Candidate& old_one, const Candidate& new_one, const std::string& name);
  void WaitForHealth(const Candidate& candidate);
  void WaitForDrain(const ObservedContainer& container);
  bool IsDrained(const ObservedContainer& container) const;
  void PlanName();
  void AddDetails();

  Change& Add(std::string object, Action action, std::string reason, DockerOperation::Step step);
  void Wait(std::string reason, std::string message, Duration look_again);

  AppContext& context_;
  const ServiceSpec& service_;
  const ImageInfo* image_ = nullptr;
  std::string digest_;
  std::map<int, std::vector<Candidate>> replicas_;  ///< newest first
  std::string rolling_;  ///< the container that is being replaced now; the others wait for it
  std::vector<std::string> members_;   ///< addresses that the name shall point at
  std::vector<std::string> fallback_;  ///< when there is none: any address, so that the name exists
  int healthy_replicas_ = 0;
  int replaced_ = 0;
};

}  // namespace mooring::docker
