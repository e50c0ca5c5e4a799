// SPDX-License-Identifier: Apache-2.0
#include "controller/base/schedule.h"

#include "controller/base/text.h"

namespace mooring {
namespace {

Schedule Parsed(std::string_view cron, std::string_view timezone = "UTC") {
  const auto schedule = Schedule::Parse(cron, timezone);
  EXPECT_TRUE(schedule) << schedule.error().ToString();
  return *schedule;
}

std::string Why(std::string_view cron, std::string_view timezone = "UTC") {
  const auto schedule = Schedule::Parse(cron, timezone);
  return schedule ? "" : schedule.error().ToString();
}

/// The next times after `from`, as long as there are any in `expected`.
struct Case {
  const char* about;
  const char* cron;
  const char* timezone;
  const char* from;
  std::vector<std::string> expected;
};

const std::vector<Case> kCases = {
    {"every minute",
     "* * * * *",
     "UTC",
     "2026-03-01T14:03:41Z",
     {"2026-03-01T14:04:00Z", "2026-03-01T14:05:00Z"}},
    {"strictly after", "4 14 * * *", "UTC", "2026-03-01T14:04:00Z", {"2026-03-02T14:04:00Z"}},
    {"lists and ranges",
     "0,30 9-10 * * *",
     "UTC",
     "2026-03-01T09:15:00Z",
     {"2026-03-01T09:30:00Z", "2026-03-01T10:00:00Z", "2026-03-01T10:30:00Z",
      "2026-03-02T09:00:00Z"}},
    {"steps begin anew each hour",
     "*/25 * * * *",
     "UTC",
     "2026-03-01T09:26:00Z",
     {"2026-03-01T09:50:00Z", "2026-03-01T10:00:00Z"}},
    {"a step of a range",
     "10-40/15 12 * * *",
     "UTC",
     "2026-03-01T00:00:00Z",
     {"2026-03-01T12:10:00Z", "2026-03-01T12:25:00Z", "2026-03-01T12:40:00Z",
      "2026-03-02T12:10:00Z"}},
    {"names, in any case",
     "0 0 * Feb,DEC mon-tue",
     "UTC",
     "2026-02-23T00:00:00Z",
     {"2026-02-24T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-07T00:00:00Z"}},
    {"7 is Sunday", "0 0 * * 7", "UTC", "2026-03-02T00:00:00Z", {"2026-03-08T00:00:00Z"}},
    {"a week that ends on Sunday",
     "0 0 * * sat-sun",
     "UTC",
     "2026-03-02T00:00:00Z",
     {"2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-14T00:00:00Z"}},
    {"two restricted days: one is enough",
     "0 0 13 * 5",
     "UTC",
     "2026-03-01T00:00:00Z",
     {"2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z",
      "2026-03-27T00:00:00Z", "2026-04-03T00:00:00Z", "2026-04-10T00:00:00Z",
      "2026-04-13T00:00:00Z"}},
    {"a star with a step restricts no day: both are needed",
     "0 0 */2 * 1",
     "UTC",
     "2026-03-01T00:00:00Z",
     {"2026-03-09T00:00:00Z", "2026-03-23T00:00:00Z"}},
    {"so does it for the day of the week",
     "0 0 1-7 * */6",
     "UTC",
     "2026-03-01T00:00:00Z",
     {"2026-03-07T00:00:00Z", "2026-04-04T00:00:00Z", "2026-04-05T00:00:00Z"}},
    {"a day that not each month has",
     "0 12 31 * *",
     "UTC",
     "2026-03-31T12:00:00Z",
     {"2026-05-31T12:00:00Z", "2026-07-31T12:00:00Z", "2026-08-31T12:00:00Z"}},
    {"29 February",
     "0 0 29 2 *",
     "UTC",
     "2026-01-01T00:00:00Z",
     {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
    {"29 February over a century without one",
     "0 0 29 2 *",
     "UTC",
     "2096-03-01T00:00:00Z",
     {"2104-02-29T00:00:00Z"}},
    {"a zone",
     "0 8 * * 1-5",
     "Europe/Berlin",
     "2026-01-02T08:00:00Z",
     {"2026-01-05T07:00:00Z", "2026-01-06T07:00:00Z"}},
    {"the date is the zone's",
     "30 0 1 * *",
     "Asia/Tokyo",
     "2026-03-15T00:00:00Z",
     {"2026-03-31T15:30:00Z"}},
    {"Berlin: a skipped time runs at the end",
     "30 2 * * *",
     "Europe/Berlin",
     "2026-03-28T00:00:00Z",
     {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
    {"Berlin: what was skipped runs once",
     "*/20 2-3 * * *",
     "Europe/Berlin",
     "2026-03-29T00:00:00Z",
     {"2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z",
      "2026-03-30T00:00:00Z"}},
    {"Berlin: a repeated time runs the first time",
     "30 2 * * *",
     "Europe/Berlin",
     "2026-10-24T12:00:00Z",
     {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
    {"Berlin: asked in the second pass",
     "30 2 * * *",
     "Europe/Berlin",
     "2026-10-25T01:10:00Z",
     {"2026-10-26T01:30:00Z"}},
    {"Berlin: a repeated hour runs once",
     "*/30 * * * *",
     "Europe/Berlin",
     "2026-10-25T00:10:00Z",
     {"2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"}},
    {"New York: spring",
     "15 2 8 3 *",
     "America/New_York",
     "2026-01-01T00:00:00Z",
     {"2026-03-08T07:00:00Z", "2027-03-08T07:15:00Z"}},
    {"New York: autumn",
     "0 1 1 11 *",
     "America/New_York",
     "2026-01-01T00:00:00Z",
     {"2026-11-01T05:00:00Z", "2027-11-01T05:00:00Z"}},
    {"Lord Howe: half an hour is skipped",
     "15 2 * * *",
     "Australia/Lord_Howe",
     "2026-10-02T16:00:00Z",
     {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
    {"Lord Howe: half an hour is repeated",
     "45 1 * * *",
     "Australia/Lord_Howe",
     "2026-04-04T00:00:00Z",
     {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
    {"Apia: a whole day is skipped",
     "0 12 30 12 *",
     "Pacific/Apia",
     "2011-06-01T00:00:00Z",
     {"2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"}},
    {"before 1970", "0 0 1 1 *", "UTC", "1960-05-01T00:00:00Z", {"1961-01-01T00:00:00Z"}},
};

TEST(Schedule, HappensWhenTheFieldSays) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.about);
    const Schedule schedule = Parsed(c.cron, c.timezone);
    Time at = *ParseTime(c.from);
    for (const std::string& expected : c.expected) {
      const Time next = schedule.NextAfter(at);
      EXPECT_EQ(FormatTime(next), expected);
      EXPECT_EQ(schedule.LastUntil(next), next);
      EXPECT_EQ(schedule.LastUntil(next - std::chrono::milliseconds(1)), schedule.LastUntil(at));
      at = next;
    }
  }
}

TEST(Schedule, TheLastTimeInARepeatedHourWasTheFirst) {
  const Schedule schedule = Parsed("30 2 * * *", "Europe/Berlin");
  EXPECT_EQ(FormatTime(schedule.LastUntil(*ParseTime("2026-10-25T01:10:00Z"))),
            "2026-10-25T00:30:00Z");
}

TEST(Schedule, SaysWhichFieldIsWrong) {
  EXPECT_EQ(Why("0 3 * *"),
            "\"0 3 * *\" is not a schedule: it has 4 fields and takes five: minute, hour, day of "
            "month, month, day of week; write one such as \"30 3 * * *\"");
  EXPECT_EQ(Why("0 0 3 * * *"),
            "\"0 0 3 * * *\" is not a schedule: it has 6 fields and takes five: minute, hour, day "
            "of month, month, day of week, no seconds; write one such as \"30 3 * * *\"");
  const auto because = [](const char* cron) {
    const std::string why = Why(cron);
    return why.substr(std::min(why.size(), why.find(": ") + 2));
  };
  EXPECT_EQ(because("60 * * * *"), "minute takes 0 to 59, not \"60\"");
  EXPECT_EQ(because("* 24 * * *"), "hour takes 0 to 23, not \"24\"");
  EXPECT_EQ(because("0 0 0 * *"), "day of month takes 1 to 31, not \"0\"");
  EXPECT_EQ(because("0 0 * 13 *"), "month takes 1 to 12 or jan to dec, not \"13\"");
  EXPECT_EQ(because("0 0 * * 8"), "day of week takes 0 to 7 or sun to sat, not \"8\"");
  EXPECT_EQ(because("0 0 * * mond"), "day of week takes 0 to 7 or sun to sat, not \"mond\"");
  EXPECT_EQ(because("0 0 ? * *"), "day of month takes 1 to 31, not \"?\"; write *");
  EXPECT_EQ(because("0 22-2 * * *"), "hour 22-2 goes backwards; write 22-23,0-2");
  EXPECT_EQ(because("5/10 * * * *"), "a step needs a range: for minute write 5-59/10");
  EXPECT_EQ(because("*/0 * * * *"), "the step of minute takes 1 to 59, not \"0\"");
  EXPECT_EQ(because("*/60 * * * *"), "the step of minute takes 1 to 59, not \"60\"");
  EXPECT_EQ(because("1,,2 * * * *"), "minute takes 0 to 59, not \"\"");
  EXPECT_EQ(because("-1 * * * *"), "minute takes 0 to 59, not \"\"");
  EXPECT_EQ(because("0 0 31 4,6 *"), "it never happens: no such month has such a day");
  EXPECT_EQ(because("@daily"), "names are not taken; write \"0 0 * * *\"");
  EXPECT_EQ(because("@reboot").substr(0, 14), "it has 1 field");
  EXPECT_EQ(Why("0 0 31 4 1"), "");  // the Mondays of April
}

TEST(Schedule, SaysWhatIsWrongWithAZone) {
  EXPECT_TRUE(CheckTimeZone("UTC"));
  EXPECT_TRUE(CheckTimeZone("Europe/Berlin"));
  EXPECT_EQ(Why("0 0 * * *", "Europe/berlin"),
            "\"Europe/berlin\" is not a time zone; did you mean \"Europe/Berlin\"?");
  EXPECT_EQ(CheckTimeZone("CEST+1").error().ToString(),
            "\"CEST+1\" is not a time zone; write a name such as Europe/Berlin");
  EXPECT_FALSE(CheckTimeZone(""));
  EXPECT_FALSE(CheckTimeZone("../../etc/passwd"));
}

}  // namespace
}  // namespace mooring
