// SPDX-License-Identifier: Apache-2.0
// A reconciler of Apps over a host that is a map. A spec {"objects": {"a": "1", "b": "2"}} wants
// two objects with these values. Thread-safe; owned by the test, outlives the loop. What has no
// method is set and read while the loop is idle.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/reconcile/applier.h"
#include "controller/reconcile/reconciler.h"

namespace mooring::testing {

class FakeReconciler final : public Observer, public Planner, public Applier {
 public:
  struct Object {
    std::string owner;  ///< "App/default/web"; anything else is foreign
    std::string value;
    bool operator==(const Object&) const = default;
  };
  using Objects = std::map<std::string, Object>;  ///< by name: "thing/default_web_a"

  ReadSide AsReadSide() { return {{"App"}, "fake", this, this}; }
  /// "thing/default_web_a"
  static std::string NameOf(const ResourceKey& key, const std::string& object);

  Objects objects() const;
  void Put(const std::string& name, Object object);
  void Remove(const std::string& name);
  /// "create thing/default_web_a", in the order in which they were done.
  std::vector<std::string> changes() const;
  int observations() const;
  int refreshes() const;

  /// The n-th change from now (1: the next) fails with `error` and is not done.
  void FailNth(int n, Error error);
  /// The n-th change from now is done and then answered with DeadlineExceeded.
  void TimeOutNth(int n);
  /// Every look at the host fails, or works again.
  void SetUnreachable(std::optional<Error> error);
  /// The next looks at the host are Aborted.
  void AbortLooks(int count);
  /// Changes wait until they are cut (true), or go on (false).
  void SetStuck(bool stuck);
  /// Blocks until a change is stuck.
  void AwaitStuck();
  /// Changes are accepted and done by FlushPending only.
  void SetPending(bool pending);
  void FlushPending();

  std::set<ResourceKey> unhealthy;
  /// May write into a plan, or throw.
  std::function<void(const PlanInput&, ResourcePlan&)> on_plan;
  /// Within each change, as a pull reports its progress.
  std::function<void(const ResourceKey&)> on_apply;
  /// Before each change of the host; false: it is not done (the process is dead).
  std::function<bool()> allow;

  Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key,
                                                     const Resource* desired,
                                                     std::stop_token stop) override;
  Status Refresh(std::stop_token stop) override;
  Result<std::vector<ResourceKey>> Owned(std::stop_token stop) override;
  ResourcePlan Plan(const PlanInput& input) const override;
  Result<Applied> Apply(const ResourceKey& key, const Change& change,
                        std::stop_token stop) override;

 private:
  struct Fault {
    int in = 0;  ///< changes until then
    std::optional<Error> instead;
    bool then_time_out = false;
  };
  std::optional<Fault> TakeFault();
  Status Do(const ResourceKey& key, const Change& change);

  mutable std::mutex mutex_;
  std::condition_variable_any moved_;
  Objects objects_;
  std::vector<std::string> changes_;
  std::vector<Fault> faults_;
  std::vector<std::pair<ResourceKey, Change>> pending_edits_;
  std::optional<Error> unreachable_;
  int aborted_looks_ = 0;
  int observations_ = 0;
  int refreshes_ = 0;
  bool stuck_ = false;
  bool is_stuck_ = false;
  bool pending_ = false;
};

}  // namespace mooring::testing
