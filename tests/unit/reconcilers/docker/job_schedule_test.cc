// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/job_schedule.h"

#include <gtest/gtest.h>

#include "controller/base/text.h"

namespace mooring::docker {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Time At(const char* text) { return *ParseTime(text); }

JobSchedule Daily(Duration catch_up = hours(1), Duration jitter = Duration(0)) {
  return {.when = *Schedule::Parse("0 12 * * *"),
          .text = "0 12 * * * UTC",
          .jitter = jitter,
          .catch_up = catch_up};
}

std::string Due(const JobSchedule& schedule, const char* after, const char* now) {
  const DueInstant due = FindDue(schedule, At(after), At(now), "seed");
  return (due.run ? FormatTime(*due.run) : "nothing") + ", next " + FormatTime(due.next);
}

TEST(JobSchedule, IsDueAtItsInstantAndNotBefore) {
  EXPECT_EQ(Due(Daily(), "2026-03-01T12:00:00Z", "2026-03-02T11:59:59Z"),
            "nothing, next 2026-03-02T12:00:00Z");
  EXPECT_EQ(Due(Daily(), "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"),
            "2026-03-02T12:00:00Z, next 2026-03-03T12:00:00Z");
  EXPECT_EQ(Due(Daily(), "2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z"),
            "nothing, next 2026-03-03T12:00:00Z")
      << "it was run";
}

TEST(JobSchedule, MakesUpTheNewestMissedInstantWithinCatchUp) {
  EXPECT_EQ(Due(Daily(), "2026-02-01T12:00:00Z", "2026-03-02T12:59:59Z"),
            "2026-03-02T12:00:00Z, next 2026-03-03T12:00:00Z");
  EXPECT_EQ(Due(Daily(), "2026-02-01T12:00:00Z", "2026-03-02T13:00:00Z"),
            "nothing, next 2026-03-03T12:00:00Z");
  EXPECT_EQ(Due(Daily(hours(48)), "2026-02-01T12:00:00Z", "2026-03-02T11:00:00Z"),
            "2026-03-01T12:00:00Z, next 2026-03-02T12:00:00Z");
}

TEST(JobSchedule, NeverMakesUpWithoutCatchUpButIsNotPettyAboutSeconds) {
  EXPECT_EQ(Due(Daily(Duration(0)), "2026-03-01T12:00:00Z", "2026-03-02T12:00:59Z"),
            "2026-03-02T12:00:00Z, next 2026-03-03T12:00:00Z");
  EXPECT_EQ(Due(Daily(Duration(0)), "2026-03-01T12:00:00Z", "2026-03-02T12:01:00Z"),
            "nothing, next 2026-03-03T12:00:00Z");
}

TEST(JobSchedule, JitterMovesAnInstantTheSameWayEachTime) {
  const JobSchedule schedule = Daily(hours(1), minutes(30));
  const Time after = At("2026-03-01T13:00:00Z");
  const DueInstant due = FindDue(schedule, after, At("2026-03-02T10:00:00Z"), "seed");
  EXPECT_GT(due.next, At("2026-03-02T12:00:00Z"));
  EXPECT_LT(due.next, At("2026-03-02T12:30:00Z"));
  const DueInstant before = FindDue(schedule, after, due.next - seconds(1), "seed");
  EXPECT_FALSE(before.run);
  EXPECT_EQ(before.next, due.next) << "also when its instant is over";
  const DueInstant then = FindDue(schedule, after, due.next, "seed");
  ASSERT_TRUE(then.run);
  EXPECT_EQ(*then.run, At("2026-03-02T12:00:00Z"));
  EXPECT_NE(FindDue(schedule, after, At("2026-03-02T10:00:00Z"), "other").next, due.next);
}

TEST(JobSchedule, AMissedInstantIsMadeUpWhileTheNextOnesJitterIsNotOver) {
  const JobSchedule schedule{.when = *Schedule::Parse("*/10 * * * *"),
                             .text = "",
                             .jitter = minutes(9),
                             .catch_up = hours(1)};
  for (int second = 0; second < 600; second += 20) {
    const Time now = At("2026-03-02T12:00:00Z") + seconds(second);
    const DueInstant due = FindDue(schedule, At("2026-03-02T11:00:00Z"), now, "seed");
    ASSERT_TRUE(due.run);
    EXPECT_GE(*due.run, At("2026-03-02T11:50:00Z"));
    EXPECT_GT(due.next, now);
  }
}

}  // namespace
}  // namespace mooring::docker
