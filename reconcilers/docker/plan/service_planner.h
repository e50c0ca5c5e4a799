// SPDX-License-Identifier: Apache-2.0
// The part of an App's plan that is about one service: its containers, one replica after the other,
// and which of them its name points at. Used by AppPlanner only; lives for one Plan call.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/docker/plan/app_planner.h"
#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/candidate.h"
#include "reconcilers/docker/plan/hosts_block.h"
#include "reconcilers/docker/plan/observation.h"
#include "reconcilers/docker/plan/operations.h"

namespace mooring::docker {

/// How far a service is, for those that depend on it.
struct ServiceState {
  /// One thing of each of its replicas.
  struct Progress {
    bool started = true;    ///< runs, has ended well, or is started by this plan
    bool healthy = true;    ///< or has ended well
    bool completed = true;  ///< has ended with exit code 0
  };
  Progress any;        ///< of containers of whichever spec
  Progress current;    ///< of those that are as the spec says
  std::string failed;  ///< a container that ended otherwise: "shop_migrate_1 exited, exit code 3"
  std::string container;  ///< the id of the first that serves and is as the spec says; "": none yet
  Time created;  ///< of that one; never of an adopted one, which was made in an order of its own
};

/// What the services of one App share while it is planned.
struct AppContext {
  const AppPlanner::Options& options;
  const HostKey& key;
  const PlanInput& input;
  const AppSpec& app;
  const AppObservation& seen;
  bool drift = false;  ///< this very spec was applied before: what differs now, the host changed
  Subnet subnet;       ///< of the App's network, there or planned
  std::set<uint32_t> used_addresses;      ///< by containers, there or planned
  std::set<uint32_t> reserved_addresses;  ///< a resolver may still hand them out for some name
  std::set<std::string> pulls_planned;
  std::set<std::string> unusable_volumes;      ///< keys: nothing that mounts them may be made
  std::set<std::string> stopped_by_us;         ///< ids: stopped with the App, and not started since
  std::vector<FieldDiff> ignored;              ///< what the host changed and is to stand
  std::map<std::string, ServiceState> states;  ///< by service, of those planned already
  /// Values of spec.restartedAt, in their short form; see restarts.h.
  struct Restarts {
    std::string wanted;                   ///< the spec's; empty: it has none
    std::vector<std::string> remembered;  ///< acted on, by the status
    std::vector<std::string> known;       ///< and by the containers
    bool due = false;                     ///< some container goes for it
  } restarts;
  HostsNames hosts;   ///< what the block shall hold for this App
  ResourcePlan plan;  ///< grows

  /// A failure of this version leads back to the one that was applied before.
  bool MayRollBack() const {
    return !drift && app.auto_rollback && !input.last_applied_digest.empty();
  }
};

class ServicePlanner {
 public:
  ServicePlanner(AppContext& context, const ServiceSpec& service);

  /// Adds the service's changes, waits and health to the plan.
  void Plan();
  bool healthy() const { return healthy_replicas_ == service_.replicas; }
  /// Some container was made for this spec: its rollout has begun, or is over.
  bool IsDeployed() const;
  /// After Plan.
  ServiceState state() const;

 private:
  using Candidates = std::vector<Candidate>;

  void PlanReplica(int replica);
  void PlanReplacement(int replica, const std::string& name, const Candidates& candidates);
  bool RemoveOther(const Candidate& other, std::string reason);
  void RemoveExtra(const Candidate& extra);
  void RemoveOld(const Candidate& old_one, const Candidate& new_one, const std::string& name);
  bool IsScaledUp(int replica) const;
  void Create(int replica, const std::string& name, const Candidate* replaces);
  bool Connect(CreateContainer& step);
  std::vector<std::string> MissingDependencies(bool ran_before) const;
  bool AreDependenciesReady(const std::string& container, bool ran_before = false);
  void StartAgain(const Candidate& old_one);
  void AddProgress(int replica, ServiceState& state) const;
  bool Shares(const std::string& other) const;
  void FollowReplaced(Candidate& candidate) const;
  bool RunsBeside(const Candidate& old_one) const;
  void TakeOver(const std::string& name, const Candidate& old_one, ReplaceContainer step);
  void Describe(Change& change, const std::string& name, const Candidate& replaces);
  bool EnsureName(const std::string& name);
  std::string FreeName(const std::string& name, const std::set<std::string>& freed) const;
  std::string NameOf(const ContainerSummary& summary) const;
  bool HasNextName(const ContainerSummary& summary) const;
  std::optional<uint32_t> PickAddress() const;

  void Heal(const Candidate& candidate, const std::string& name);
  void HealName(const ContainerSummary& summary, const std::string& name);
  void HealNetworks(const Candidate& candidate);
  void HealNetwork(const Candidate& candidate, const ServiceNetwork& place);
  std::string WhatIsWrongWith(const ServiceNetwork& place,
                              const ObservedContainer& container) const;

  void WaitForHealth(const Candidate& candidate);
  void Fail(const Candidate& candidate, const char* why, const std::string& what);
  void WaitForDrain(const ContainerSummary& summary);
  Duration DrainTime() const;
  bool IsDrained(const ContainerSummary& summary) const;
  void PlanName();
  void AddNote();
  void AddDetails();

  Change& Add(std::string object, Action action, std::string reason, DockerOperation::Step step);
  void Wait(std::string reason, std::string message, Duration look_again);

  AppContext& context_;
  const ServiceSpec& service_;
  const std::string routing_name_;
  const bool named_;  ///< has a line in the hosts block, or is to get one
  std::string digest_;
  const ImageInfo* image_ = nullptr;
  std::map<int, Candidates> replicas_;  ///< best first: healthy, then ever started, then newest
  std::string rolling_;                 ///< the name that is being replaced now; others wait for it
  std::vector<std::string> members_;    ///< addresses that the name shall point at
  std::vector<std::string> spare_;      ///< healthy, but to go: better than nothing
  std::vector<std::string> fallback_;   ///< any address, so that the name exists
  std::set<std::string> freed_names_;   ///< of containers that go in this plan
  int healthy_replicas_ = 0;
  int replaced_ = 0;
};

}  // namespace mooring::docker
