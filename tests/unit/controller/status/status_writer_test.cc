// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/status/status_checker.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Counts the writes of a MemoryStore, and may refuse them.
class CountingStore final : public Store {
 public:
  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey& key) const override {
    return store.GetStatus(key);
  }
  Result<std::vector<ResourceStatus>> ListStatus() const override { return store.ListStatus(); }
  Result<std::vector<Event>> ListEvents(const EventQuery& query) const override {
    return store.ListEvents(query);
  }
  Status PutStatus(const ResourceStatus& status, Durability durability) override {
    if (full) return Fail(ErrorCode::kUnavailable, "no space left on device");
    writes.push_back(durability == Durability::kSynced ? "synced" : "buffered");
    return store.PutStatus(status, durability);
  }
  Status DeleteStatus(const ResourceKey& key) override {
    writes.push_back("delete");
    return store.DeleteStatus(key);
  }
  Result<uint64_t> AppendEvent(Event event) override { return store.AppendEvent(event); }
  Status UpdateEvent(const Event& event) override { return store.UpdateEvent(event); }
  Status DropEventsBefore(Time time) override { return store.DropEventsBefore(time); }

  MemoryStore store;
  std::vector<std::string> writes;
  bool full = false;
};

class StatusWriterTest : public ::testing::Test {
 protected:
  StatusWriterTest() {
    resource_.key = {"App", "default", "web"};
    resource_.spec_digest = "sha256:1";
    plan_.healthy = true;
    plan_.health_message = "1 of 1 services healthy";
  }
  RunReport Report(int changes) {
    RunReport report;
    report.key = resource_.key;
    report.desired = &resource_;
    report.revision = "main@sha1:1111111";
    report.trigger = "resync";
    report.outcome = Done{};
    report.plan = &plan_;
    report.changes = changes;
    report.started = clock_.Now();
    return report;
  }

  testing::FakeClock clock_;
  CountingStore store_;
  testing::StatusChecker checker_{store_, clock_};
  StatusWriter writer_{store_, clock_};
  Resource resource_;
  ResourcePlan plan_;
};

TEST_F(StatusWriterTest, ANoOpRunWritesNothing) {
  const auto first = writer_.Record(Report(1));
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->ReadyChanged());
  EXPECT_THAT(store_.writes, ElementsAre("buffered"));
  clock_.Advance(std::chrono::minutes(10));
  const auto second = writer_.Record(Report(0));
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(second->ReadyChanged());
  EXPECT_EQ(second->before, second->after);
  EXPECT_THAT(store_.writes, ElementsAre("buffered"));
}

TEST_F(StatusWriterTest, ANewSpecThatIsAppliedWakesWhoWaitsForIt) {
  ASSERT_TRUE(writer_.Record(Report(1)).has_value());
  resource_.spec_digest = "sha256:2";
  EXPECT_TRUE(writer_.Record(Report(1))->ReadyChanged());
}

TEST_F(StatusWriterTest, AnIntentIsSyncedOnceAndBeforeTheRunEnds) {
  const std::vector<InventoryEntry> created = {
      {"container/default_web_web_1", "default_web_web_1", {}}};
  ASSERT_TRUE(writer_.RecordIntent(resource_.key, created, "main@sha1:1111111").has_value());
  ASSERT_TRUE(writer_.RecordIntent(resource_.key, created, "main@sha1:1111111").has_value());
  EXPECT_THAT(store_.writes, ElementsAre("synced"));
}

TEST_F(StatusWriterTest, ADoneDeleteDeletesTheStatus) {
  ASSERT_TRUE(writer_.Record(Report(1)).has_value());
  RunReport report = Report(1);
  report.desired = nullptr;
  const auto gone = writer_.Record(report);
  ASSERT_TRUE(gone.has_value());
  EXPECT_FALSE(gone->after.has_value());
  EXPECT_TRUE(gone->ReadyChanged());
  EXPECT_THAT(*store_.ListStatus(), IsEmpty());
}

TEST_F(StatusWriterTest, AFullStoreIsAnError) {
  store_.full = true;
  EXPECT_FALSE(writer_.Record(Report(1)).has_value());
  EXPECT_FALSE(writer_.RecordIntent(resource_.key, {{"container/x", "x", {}}}, "r").has_value());
}

}  // namespace
}  // namespace mooring
