// SPDX-License-Identifier: Apache-2.0
#include "controller/status/status_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "controller/status/event_recorder.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/status/status_checker.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
  Result<std::vector<uint64_t>> Commit(const StoreBatch& batch, Durability durability) override {
    if (full) return Fail(ErrorCode::kUnavailable, "no space left on device");
    std::string what = durability == Durability::kSynced ? "synced" : "buffered";
    if (!batch.gone.empty()) what = "delete";
    if (!batch.events.empty()) what += " with events";
    writes.push_back(what);
    return store.Commit(batch, durability);
  }
  Result<Intent> GetIntent(const ResourceKey& key) const override { return store.GetIntent(key); }
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
  std::vector<Event> Events() {
    return {events_.Make(Severity::kInfo, resource_.key, reason::kCreated, "created", "r")};
  }
  Intent Step(const std::string& object, bool creates) {
    return {{{.object = object, .creates = creates, .event = Events().front()}}};
  }

  testing::FakeClock clock_;
  CountingStore store_;
  testing::StatusChecker checker_{store_, clock_};
  EventRecorder events_{store_, clock_, {}};
  StatusWriter writer_{store_, clock_, events_};
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

TEST_F(StatusWriterTest, AnIntentIsSyncedWithTheInventoryThatItMakes) {
  const Intent intent = Step("container/default_web_web_1", true);
  ASSERT_TRUE(writer_.RecordIntent(resource_.key, intent, "main@sha1:1111111").has_value());
  EXPECT_THAT(store_.writes, ElementsAre("synced"));
  EXPECT_EQ(*writer_.Unfinished(resource_.key), intent);
  const auto status = *store_.GetStatus(resource_.key);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->inventory.at(0).name, "default_web_web_1");
}

TEST_F(StatusWriterTest, AnIntentThatCreatesNothingLeavesTheStatusAlone) {
  const Intent intent = Step("container/default_web_web_1", false);
  ASSERT_TRUE(writer_.RecordIntent(resource_.key, intent, "main@sha1:1111111").has_value());
  EXPECT_EQ(*writer_.Unfinished(resource_.key), intent);
  EXPECT_EQ(*store_.GetStatus(resource_.key), std::nullopt);
}

TEST_F(StatusWriterTest, TheResultIsOneWriteWithItsEventsAndTheEndOfItsIntent) {
  const Intent intent = Step("container/default_web_web_1", true);
  ASSERT_TRUE(writer_.RecordIntent(resource_.key, intent, "main@sha1:1111111").has_value());
  store_.writes.clear();
  RunReport report = Report(1);
  report.events = {intent.steps[0].event, events_.Make(Severity::kError, report.key,
                                                       reason::kApplyFailed, "no answer", "r")};
  report.unfinished = Intent();
  ASSERT_TRUE(writer_.Record(report).has_value());
  EXPECT_THAT(store_.writes, ElementsAre("buffered with events"));
  EXPECT_THAT(*store_.ListEvents({}), SizeIs(2));
  EXPECT_EQ(*writer_.Unfinished(report.key), Intent());
}

TEST_F(StatusWriterTest, AResultThatIsNotStoredLeavesTheIntentAndNoEvent) {
  const Intent intent = Step("container/default_web_web_1", true);
  ASSERT_TRUE(writer_.RecordIntent(resource_.key, intent, "main@sha1:1111111").has_value());
  const auto before = *store_.GetStatus(resource_.key);
  RunReport report = Report(1);
  report.events = {intent.steps[0].event};
  report.unfinished = Intent();
  store_.full = true;
  EXPECT_FALSE(writer_.Record(report).has_value());
  EXPECT_THAT(*store_.ListEvents({}), IsEmpty());
  EXPECT_EQ(*writer_.Unfinished(report.key), intent);
  EXPECT_EQ(*store_.GetStatus(resource_.key), before);
}

TEST_F(StatusWriterTest, AnInterruptedRunTellsWhatItDidAndChangesNoStatus) {
  ASSERT_TRUE(writer_.Record(Report(1)).has_value());
  const auto before = *store_.GetStatus(resource_.key);
  RunReport report = Report(1);
  report.outcome = Interrupted{};
  report.events = Events();
  ASSERT_TRUE(writer_.Record(report).has_value());
  EXPECT_THAT(*store_.ListEvents({}), SizeIs(1));
  EXPECT_EQ(*store_.GetStatus(resource_.key), before);
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
  EXPECT_THAT(store_.writes, ElementsAre("buffered", "delete"));
}

TEST_F(StatusWriterTest, AFullStoreIsAnError) {
  store_.full = true;
  EXPECT_FALSE(writer_.Record(Report(1)).has_value());
  EXPECT_FALSE(writer_.RecordIntent(resource_.key, Step("container/x", true), "r").has_value());
}

}  // namespace
}  // namespace mooring
