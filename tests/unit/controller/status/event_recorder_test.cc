// SPDX-License-Identifier: Apache-2.0
#include "controller/status/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"

namespace mooring {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

const ResourceKey kWeb{"App", "default", "web"};
const ResourceKey kApi{"App", "default", "api"};

/// A store whose disk is full.
class BrokenStore final : public Store {
 public:
  Result<std::optional<ResourceStatus>> GetStatus(const ResourceKey&) const override {
    return Down();
  }
  Result<std::vector<ResourceStatus>> ListStatus() const override { return Down(); }
  Result<std::vector<Event>> ListEvents(const EventQuery&) const override { return Down(); }
  Result<std::vector<uint64_t>> Commit(const StoreBatch&, Durability) override { return Down(); }
  Result<Intent> GetIntent(const ResourceKey&) const override { return Down(); }
  Status DropEventsBefore(Time) override { return Down(); }

 private:
  static std::unexpected<Error> Down() {
    return Fail(ErrorCode::kUnavailable, "no space left on device");
  }
};

class EventRecorderTest : public ::testing::Test {
 protected:
  void Record(const ResourceKey& key, const char* message) {
    recorder_.Record(Severity::kWarning, key, reason::kDriftFound, message, "main@sha1:1111111");
    clock_.Advance(1s);
  }
  std::vector<Event> Events() { return *store_.ListEvents({}); }

  testing::FakeClock clock_;
  MemoryStore store_;
  EventRecorder recorder_{store_, clock_, Log(), {.retention = 1h}};
};

TEST_F(EventRecorderTest, TheSameInARowIsCounted) {
  const Time first = clock_.Now();
  Record(kWeb, "image");
  Record(kApi, "image");
  Record(kWeb, "image");
  ASSERT_THAT(Events(), SizeIs(2));
  const Event web = Events()[0];
  EXPECT_EQ(web.key, kWeb);
  EXPECT_EQ(web.count, 2u);
  EXPECT_EQ(web.first, first);
  EXPECT_EQ(web.time, first + 2s);
}

TEST_F(EventRecorderTest, AnotherInBetweenBeginsANewOne) {
  Record(kWeb, "image");
  Record(kWeb, "state");
  Record(kWeb, "image");
  EXPECT_THAT(Events(), SizeIs(3));
}

TEST_F(EventRecorderTest, CountsOnAfterARestart) {
  Record(kWeb, "image");
  EventRecorder after_restart(store_, clock_, Log());
  after_restart.Record(Severity::kWarning, kWeb, reason::kDriftFound, "image", "main@sha1:1111111");
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].count, 2u);
}

TEST_F(EventRecorderTest, DropsWhatIsOldAndBeginsAnew) {
  Record(kWeb, "image");
  clock_.Advance(2h);
  recorder_.DropOld();
  EXPECT_THAT(Events(), SizeIs(0));
  Record(kWeb, "image");
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].count, 1u);
}

TEST_F(EventRecorderTest, AnEventThatTheStoreDroppedIsANewOne) {
  Record(kWeb, "image");
  ASSERT_TRUE(store_.DropEventsBefore(clock_.Now()).has_value());
  Record(kWeb, "image");
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].count, 1u);
}

TEST_F(EventRecorderTest, WhatHappensTwiceInOneBatchIsCountedToo) {
  Record(kWeb, "image");
  const auto make = [&](const ResourceKey& key, const char* message) {
    return recorder_.Make(Severity::kWarning, key, reason::kDriftFound, message, "r");
  };
  ASSERT_TRUE(recorder_.Commit({}, {make(kWeb, "image"), make(kApi, "image"), make(kWeb, "image"),
                                    make(kWeb, "state"), make(kWeb, "state")}));
  ASSERT_THAT(Events(), SizeIs(3));
  EXPECT_EQ(Events()[0].count, 3u);
  EXPECT_EQ(Events()[1].key, kApi);
  EXPECT_EQ(Events()[2].message, "state");
  EXPECT_EQ(Events()[2].count, 2u);
  Record(kWeb, "state");
  EXPECT_EQ(Events()[2].count, 3u);
}

TEST_F(EventRecorderTest, ABatchWhoseOldEventIsNotKeptIsStoredWhole) {
  Record(kWeb, "image");
  ASSERT_TRUE(store_.DropEventsBefore(clock_.Now()).has_value());
  ResourceStatus status;
  status.key = kWeb;
  const Event again =
      recorder_.Make(Severity::kWarning, kWeb, reason::kDriftFound, "image", "main@sha1:2");
  ASSERT_TRUE(recorder_.Commit({.statuses = {status}}, {again, again}));
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].count, 2u);
  EXPECT_TRUE(store_.GetStatus(kWeb)->has_value());
}

TEST_F(EventRecorderTest, AStoreThatFailsIsLoggedAndNothingElse) {
  BrokenStore broken;
  std::string lines;
  EventRecorder recorder(broken, clock_, Log::ToString(&lines));
  recorder.Record(Severity::kInfo, kWeb, reason::kCreated, "created", "main@sha1:1111111");
  recorder.DropOld();
  EXPECT_THAT(lines, HasSubstr("event not stored"));
  EXPECT_THAT(lines, HasSubstr("no space left on device"));
  EXPECT_FALSE(recorder.Commit({}, {recorder.Make(Severity::kInfo, kWeb, "x", "y", "z")}));
}

}  // namespace
}  // namespace mooring
