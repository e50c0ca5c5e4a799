// SPDX-License-Identifier: Apache-2.0
#include "controller/holds/holds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <future>

#include "controller/holds/hold_file.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ResourceKey kWeb{"App", "default", "web"};
const ResourceKey kBlue{"App", "blue", "web"};

class HoldsTest : public ::testing::Test {
 protected:
  Held Suspension(HoldScope scope, Duration for_how_long) {
    return {.scope = std::move(scope),
            .hold = {.actor = "ops", .until = clock_.Now() + Millis(for_how_long)},
            .since = clock_.Now()};
  }
  Held Rollback(const std::string& source, std::optional<Time> until = std::nullopt) {
    return {.scope = HoldScope::Source(source),
            .hold = {.act = Hold::Act::kRollback,
                     .actor = "ops",
                     .reason = "1.9 loses orders",
                     .revision = "main@sha1:4b1c9e2",
                     .until = until},
            .since = clock_.Now()};
  }
  static std::chrono::milliseconds Millis(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
  }
  void Write(const std::string& text) { std::ofstream(file_) << text; }

  testing::FakeClock clock_;
  TempDir dir_;
  const std::string file_ = dir_.File("etc/holds.json");
};

TEST_F(HoldsTest, ASuspensionHoldsWhatItIsAboutUntilItEnds) {
  Holds holds(file_, clock_);
  EXPECT_FALSE(holds.SuspensionOf(kWeb));
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Resource(kWeb), 1h)));
  ASSERT_TRUE(holds.SuspensionOf(kWeb));
  EXPECT_EQ(holds.SuspensionOf(kWeb)->hold.actor, "ops");
  EXPECT_FALSE(holds.SuspensionOf(kBlue));
  clock_.Advance(1h);
  EXPECT_FALSE(holds.SuspensionOf(kWeb)) << "held no more at that instant";
}

TEST_F(HoldsTest, OfSeveralTheLongestIsTold) {
  Holds holds(file_, clock_);
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Resource(kBlue), 1h)));
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Namespace("blue"), 2h)));
  EXPECT_EQ(DescribeSuspension(*holds.SuspensionOf(kBlue)),
            "suspended with namespace blue by ops until 2026-03-01T16:00:00Z");
  EXPECT_FALSE(holds.SuspensionOf(kWeb));
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::All(), 10min)));
  EXPECT_EQ(DescribeSuspension(*holds.SuspensionOf(kWeb)),
            "suspended with everything by ops until 2026-03-01T14:10:00Z");
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Namespace("blue"), 5min)));
  EXPECT_EQ(holds.SuspensionOf(kBlue)->scope, HoldScope::Resource(kBlue)) << "the last word counts";
}

TEST_F(HoldsTest, TheFileIsPrivateAndOutlivesTheProcess) {
  {
    Holds holds(file_, clock_);
    ASSERT_TRUE(holds.Put(Suspension(HoldScope::Namespace("blue"), 90500ms)));
    ASSERT_TRUE(holds.Put(Rollback("fleet")));
    struct stat info{};
    ASSERT_EQ(::stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600U);
    EXPECT_EQ(*ReadHolds(file_), holds.All());
  }
  ASSERT_EQ(::chmod(file_.c_str(), 0644), 0);
  Holds again(file_, clock_);
  EXPECT_EQ(again.damage(), "") << "what others could read is no less held";
  EXPECT_TRUE(again.SuspensionOf(kBlue));
  ASSERT_TRUE(again.RollbackOf("fleet"));
  EXPECT_EQ(again.RollbackOf("fleet")->hold.revision, "main@sha1:4b1c9e2");
  EXPECT_FALSE(again.RollbackOf("other"));
  clock_.Advance(100 * 24h);
  EXPECT_TRUE(again.RollbackOf("fleet")) << "without a time it holds until it is taken back";
}

TEST_F(HoldsTest, AResumeEndsWhatItContains) {
  Holds holds(file_, clock_);
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Resource(kWeb), 1h)));
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Resource(kBlue), 1h)));
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Namespace("blue"), 1h)));
  ASSERT_TRUE(holds.Put(Rollback("fleet")));
  EXPECT_EQ(holds.Resume(HoldScope::Namespace("blue"))->size(), 2U);
  EXPECT_TRUE(holds.SuspensionOf(kWeb));
  EXPECT_EQ(holds.Resume(HoldScope::All())->size(), 1U);
  EXPECT_TRUE(holds.RollbackOf("fleet")) << "a source is resumed by its name";
  EXPECT_EQ(holds.Resume(HoldScope::Source("fleet"))->size(), 1U);
  EXPECT_THAT(Holds(file_, clock_).All(), IsEmpty());
}

TEST_F(HoldsTest, WhatCannotBeResumedSaysWhatCan) {
  Holds holds(file_, clock_);
  const auto nothing = holds.Resume(HoldScope::Resource(kWeb));
  EXPECT_EQ(nothing.error().ToString(), "App/default/web is not held by hand");
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::All(), 1h)));
  const auto wider = holds.Resume(HoldScope::Resource(kWeb));
  EXPECT_EQ(wider.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(wider.error().ToString(),
            "App/default/web is suspended with everything; end that with: mooring resume --all");
}

TEST_F(HoldsTest, ADamagedFileIsMovedAsideAndTold) {
  for (const char* text :
       {"{", "{}", R"({"version": 2, "holds": []})",
        R"({"version": 1, "holds": [{"scope": "resource", "name": "App/default/web"}]})",
        R"({"version": 1, "holds": [{"scope": "all", "name": "", "since": "2026-03-01T14:00:00Z",
            "hold": {"act": "suspend", "actor": "ops", "reason": "", "revision": "",
                     "until": null}}]})"}) {
    std::filesystem::create_directories(std::filesystem::path(file_).parent_path());
    Write(text);
    Holds holds(file_, clock_);
    EXPECT_THAT(holds.damage(), HasSubstr("it is now " + file_ + ".damaged")) << text;
    EXPECT_THAT(holds.All(), IsEmpty());
    ASSERT_TRUE(holds.Put(Suspension(HoldScope::All(), 1h)));
    EXPECT_EQ(Holds(file_, clock_).damage(), "");
    EXPECT_TRUE(std::filesystem::exists(file_ + ".damaged"));
    std::filesystem::remove(file_);
  }
}

TEST_F(HoldsTest, WhatCannotBeWrittenIsNotHeld) {
  std::filesystem::create_directories(file_ + ".new/in the way");
  Holds holds(file_, clock_);
  EXPECT_FALSE(holds.Put(Suspension(HoldScope::All(), 1h)));
  EXPECT_FALSE(holds.SuspensionOf(kWeb));
}

TEST_F(HoldsTest, TheEndOfAHoldIsNoticedInTime) {
  Holds holds(file_, clock_);
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::All(), 24h)));
  std::stop_source stop;
  auto ended = std::async(std::launch::async, [&] {
    return holds.AwaitEnded(clock_.Steady() + 48h, stop.get_token());
  });
  clock_.AwaitWaiters(1);
  // One that is made meanwhile and ends sooner.
  ASSERT_TRUE(holds.Put(Suspension(HoldScope::Resource(kWeb), 5s)));
  clock_.Advance(5s);
  EXPECT_THAT(ended.get(), ElementsAre(::testing::Field(&Held::scope, HoldScope::Resource(kWeb))));
  EXPECT_EQ(ReadHolds(file_)->size(), 1U);
}

TEST_F(HoldsTest, WaitingForAnEndStops) {
  Holds holds(file_, clock_);
  EXPECT_THAT(holds.AwaitEnded(clock_.Steady(), {}), IsEmpty());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(holds.AwaitEnded(clock_.Steady() + 1h, stop.get_token()), IsEmpty());
}

}  // namespace
}  // namespace mooring
