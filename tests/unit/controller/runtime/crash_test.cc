// SPDX-License-Identifier: Apache-2.0
// The daemon dies between any two writes, to the store or to the host. The next one, with the store
// or without it, brings the host to what is desired and touches nothing of others.
#include "tests/support/reconcile/crash_point.h"
#include "tests/support/reconcile/intercepted_store.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using testing::CrashPoint;
using testing::FakeClock;
using testing::FakeReconciler;
using testing::InterceptedStore;

const DesiredSet::Edges kWebOnDb = {{App("web"), {App("db")}}};

/// What is pushed, one after the other.
std::vector<std::shared_ptr<const DesiredSet>> Scenario() {
  const Values three = {{"a", "1"}, {"b", "1"}, {"c", "1"}};
  const Values other = {{"a", "2"}, {"b", "1"}, {"d", "2"}};
  return {Set("1", {Make("web", three), Make("db", {{"a", "1"}})}, kWebOnDb),
          Set("2", {Make("web", other), Make("db", {{"a", "2"}})}, kWebOnDb),
          Set("3", {Make("web", {{"a", "updated"}, {"b", "restarted"}})}), Set("4", {})};
}

/// The fake replaces whatever differs; these two values stand for the other actions.
void UseEveryAction(const PlanInput&, ResourcePlan& plan) {
  for (Change& change : plan.changes) {
    if (change.action != Action::kReplace) continue;
    if (change.diffs[0].desired == "updated") change.action = Action::kUpdate;
    if (change.diffs[0].desired == "restarted") change.action = Action::kRestart;
  }
}

FakeReconciler::Objects Expected(const DesiredSet& set) {
  FakeReconciler::Objects objects;
  objects["thing/default_web_foreign"] = {"somebody", "else"};
  for (const auto& [key, resource] : set.resources()) {
    for (const auto& [object, value] : resource->spec["objects"].items()) {
      objects[FakeReconciler::NameOf(key, object)] = {key.ToString(), value.get<std::string>()};
    }
  }
  return objects;
}

/// Runs the scenario until the crash; the step at which it came, or nullopt.
std::optional<size_t> RunUntilCrash(FakeReconciler& host, Store& memory, FakeClock& clock,
                                    CrashPoint& crash) {
  InterceptedStore store(memory, [&] { return crash.Step(); });
  host.allow = [&] { return crash.Step(); };
  host.on_plan = UseEveryAction;
  Loop loop(host, store, clock);
  const auto steps = Scenario();
  for (size_t step = 0; step < steps.size(); ++step) {
    loop.Apply(steps[step]);
    if (crash.crashed()) return step;
  }
  return std::nullopt;
}

/// A new process over the same host: it reads the source and looks at what the host holds.
void Restart(FakeReconciler& host, Store& memory, FakeClock& clock,
             const std::shared_ptr<const DesiredSet>& set) {
  InterceptedStore store(memory);
  host.allow = {};
  Loop loop(host, store, clock);
  loop.Apply(set);
  loop.controller.Wake(*host.Owned({}), Trigger::kResync);
  loop.AwaitIdle();
  EXPECT_EQ(host.objects(), Expected(*set));
  const auto statuses = memory.ListStatus();
  for (const ResourceStatus& status : *statuses) {
    EXPECT_TRUE(status.IsReady()) << status.key.ToString();
    EXPECT_NE(set->Find(status.key), nullptr) << status.key.ToString();
  }
  const int writes = store.writes();
  const size_t changes = host.changes().size();
  loop.controller.WakeAll(Trigger::kResync);
  loop.AwaitIdle();
  EXPECT_EQ(store.writes(), writes);
  EXPECT_EQ(host.changes().size(), changes);
}

/// Each change that was done was told once, by the process that did it or by the one after it.
void ExpectTold(const FakeReconciler& host, const Store& store) {
  const std::map<std::string, std::string> actions = {{reason::kCreated, "create"},
                                                      {reason::kUpdated, "update"},
                                                      {reason::kReplaced, "replace"},
                                                      {reason::kRestarted, "restart"},
                                                      {reason::kDeleted, "delete"}};
  std::multiset<std::string> told;
  const auto events = store.ListEvents({});
  for (const Event& event : *events) {
    const auto action = actions.find(event.reason);
    ASSERT_NE(action, actions.end()) << event.reason << " " << event.message;
    const std::string object = event.message.substr(0, event.message.find(' '));
    for (uint64_t i = 0; i < event.count; ++i) told.insert(action->second + " " + object);
  }
  const auto changes = host.changes();
  EXPECT_EQ(told, std::multiset<std::string>(changes.begin(), changes.end()));
}

void CrashEverywhere(bool keep_store) {
  int survived = 0;
  for (;; ++survived) {
    SCOPED_TRACE(fmt::format("dead after {} writes", survived));
    FakeClock clock;
    FakeReconciler host;
    host.Put("thing/default_web_foreign", {"somebody", "else"});
    MemoryStore before;
    MemoryStore lost;
    CrashPoint crash(survived);
    const auto step = RunUntilCrash(host, before, clock, crash);
    if (!step) {
      EXPECT_EQ(host.objects(), Expected(*Scenario().back()));
      break;
    }
    MemoryStore& after = keep_store ? before : lost;
    Restart(host, after, clock, Scenario()[*step]);
    testing::StatusChecker(after, clock).Check();
    if (keep_store) ExpectTold(host, after);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(survived, 20);
}

TEST(Crash, AtAnyPointIsHealedByTheNextStart) { CrashEverywhere(true); }

TEST(Crash, AtAnyPointIsHealedByTheNextStartWithoutTheStore) { CrashEverywhere(false); }

TEST(Crash, WhatRunsIsAdoptedAndToldOnceByANewStore) {
  FakeClock clock;
  FakeReconciler host;
  {
    MemoryStore lost;
    Loop loop(host, lost, clock);
    loop.Apply(Scenario()[0]);
  }
  const size_t changes = host.changes().size();
  MemoryStore store;
  for (int life = 0; life < 2; ++life) {
    Loop loop(host, store, clock);
    loop.Apply(Scenario()[0]);
    EXPECT_EQ(host.changes().size(), changes);
    const auto events = *store.ListEvents({});
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].reason, reason::kAdopted);
    EXPECT_EQ(events[0].message, "found on the host and not remembered: thing/default_db_a");
    EXPECT_EQ(events[1].key, App("web"));  // which had to wait before it could be looked at
  }
}

/// What every create must be preceded by: whoever starts next knows of it.
TEST(Crash, NothingIsOnTheHostThatNobodyKnowsOf) {
  for (int survived = 0;; ++survived) {
    FakeClock clock;
    FakeReconciler host;
    MemoryStore store;
    CrashPoint crash(survived);
    if (!RunUntilCrash(host, store, clock, crash)) break;
    const FakeReconciler::Objects objects = host.objects();
    for (const auto& [name, object] : objects) {
      const auto status = *store.GetStatus(*ResourceKey::Parse(object.owner));
      ASSERT_TRUE(status.has_value()) << name << " after " << survived;
      EXPECT_TRUE(std::any_of(status->inventory.begin(), status->inventory.end(),
                              [&](const InventoryEntry& entry) { return entry.id == name; }))
          << name << " after " << survived;
    }
  }
}

}  // namespace
}  // namespace mooring
