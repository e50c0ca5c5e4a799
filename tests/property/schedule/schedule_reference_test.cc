// SPDX-License-Identifier: Apache-2.0
// Random schedules around the days on which clocks are moved, against a reference that walks the
// minutes one by one and reads the zone's clock at each. MOORING_TEST_SEED=<n> repeats a run.
#include <date/tz.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <random>
#include <set>

#include "controller/base/schedule.h"
#include "controller/base/text.h"

namespace mooring {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr int kWindows = 500;
constexpr int kSchedulesInEach = 20;
constexpr days kWindow{3};
const char* const kZones[] = {"UTC",
                              "Europe/Berlin",
                              "Europe/London",
                              "Europe/Moscow",
                              "America/New_York",
                              "America/St_Johns",
                              "America/Sao_Paulo",
                              "America/Caracas",
                              "America/Havana",
                              "Asia/Kathmandu",
                              "Asia/Pyongyang",
                              "Asia/Tehran",
                              "Asia/Gaza",
                              "Africa/Casablanca",
                              "Africa/Cairo",
                              "Antarctica/Troll",
                              "Australia/Lord_Howe",
                              "Australia/Adelaide",
                              "Pacific/Apia",
                              "Pacific/Chatham",
                              "Pacific/Auckland"};
const char* const kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                               "jul", "aug", "sep", "oct", "nov", "dec"};
const char* const kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

using SysMinute = std::chrono::time_point<std::chrono::system_clock, minutes>;
using LocalMinute = date::local_time<minutes>;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int Between(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1));
  }
  bool Chance(int percent) { return Between(1, 100) <= percent; }

 private:
  std::mt19937 engine_;
};

/// A field with what it means, made together.
struct Field {
  std::string text;
  std::set<int> values;
  bool star = false;
};

class FieldMaker {
 public:
  FieldMaker(Random& random, int low, int high, const char* const* names)
      : random_(random), low_(low), high_(high), names_(names) {}

  Field Make(int stars) {
    if (random_.Chance(stars)) {
      Field field{.text = "*", .star = true};
      Fill(field, low_, high_, MaybeStep(field));
      return field;
    }
    Field field;
    const int items = random_.Between(1, 3);
    for (int i = 0; i < items; ++i) {
      if (i > 0) field.text += ",";
      AddItem(field);
    }
    return field;
  }

 private:
  void AddItem(Field& field) {
    const int first = random_.Between(low_, high_);
    const int last = random_.Between(first, high_);
    field.text += Name(first);
    if (random_.Chance(50)) return Fill(field, first, first, 1);
    field.text += "-" + Name(last);
    Fill(field, first, last, first < last ? MaybeStep(field) : 1);
  }
  int MaybeStep(Field& field) {
    if (random_.Chance(60)) return 1;
    const int step = random_.Between(1, high_);
    field.text += "/" + std::to_string(step);
    return step;
  }
  static void Fill(Field& field, int first, int last, int step) {
    for (int value = first; value <= last; value += step) field.values.insert(value);
  }
  std::string Name(int value) {
    const bool named = names_ != nullptr && value - low_ < (low_ == 0 ? 7 : 12);
    return named && random_.Chance(50) ? names_[value - low_] : std::to_string(value);
  }

  Random& random_;
  const int low_;
  const int high_;
  const char* const* names_;
};

struct Cron {
  Field minute, hour, day, month, weekday;

  std::string text() const {
    return Join({minute.text, hour.text, day.text, month.text, weekday.text}, " ");
  }
  bool Matches(LocalMinute local) const {
    const auto midnight = date::floor<date::days>(local);
    const auto of_day = (local - midnight).count();
    if (!minute.values.contains(static_cast<int>(of_day % 60)) ||
        !hour.values.contains(static_cast<int>(of_day / 60)))
      return false;
    const date::year_month_day ymd(midnight);
    const unsigned weekday_number = date::weekday(midnight).c_encoding();
    const auto has = [](const Field& field, unsigned value) {
      return field.values.contains(static_cast<int>(value));
    };
    if (!has(month, static_cast<unsigned>(ymd.month()))) return false;
    const bool of_month = has(day, static_cast<unsigned>(ymd.day()));
    const bool of_week = has(weekday, weekday_number) || (weekday_number == 0 && has(weekday, 7));
    return day.star || weekday.star ? of_month && of_week : of_month || of_week;
  }
};

Cron MakeCron(Random& random) {
  return {.minute = FieldMaker(random, 0, 59, nullptr).Make(30),
          .hour = FieldMaker(random, 0, 23, nullptr).Make(40),
          .day = FieldMaker(random, 1, 31, nullptr).Make(70),
          .month = FieldMaker(random, 1, 12, kMonths).Make(80),
          .weekday = FieldMaker(random, 0, 7, kWeekdays).Make(70)};
}

/// What the clocks of a zone do in a few days: at which minute which times are there, the first
/// time only, and the skipped ones with the one that follows them.
class Walk {
 public:
  Walk(const date::time_zone& zone, SysMinute from) : from_(from) {
    LocalMinute before = Show(zone, from - minutes(1));
    for (SysMinute at = from; at < from + kWindow; at += minutes(1)) {
      const LocalMinute local = Show(zone, at);
      std::vector<LocalMinute> shown;
      for (LocalMinute skipped = before + minutes(1); skipped < local; skipped += minutes(1))
        shown.push_back(skipped);
      if (zone.to_sys(local, date::choose::earliest) == at) shown.push_back(local);
      shown_.push_back(std::move(shown));
      before = local;
    }
  }

  std::optional<Time> NextAfter(const Cron& cron, Time time) const {
    for (long i = Index(time) + 1; i < std::ssize(shown_); ++i) {
      if (Happens(cron, i)) return from_ + minutes(i);
    }
    return std::nullopt;
  }
  std::optional<Time> LastUntil(const Cron& cron, Time time) const {
    for (long i = Index(time); i >= 0; --i) {
      if (Happens(cron, i)) return from_ + minutes(i);
    }
    return std::nullopt;
  }

 private:
  static LocalMinute Show(const date::time_zone& zone, SysMinute at) {
    return date::floor<minutes>(zone.to_local(at));
  }
  long Index(Time time) const { return std::chrono::floor<minutes>(time - from_).count(); }
  bool Happens(const Cron& cron, long index) const {
    const auto& shown = shown_[static_cast<size_t>(index)];
    return std::any_of(shown.begin(), shown.end(),
                       [&](LocalMinute local) { return cron.Matches(local); });
  }

  const SysMinute from_;
  std::vector<std::vector<LocalMinute>> shown_;
};

/// A minute within a day of a change of the clocks, where the zone has any.
SysMinute NearAChange(const date::time_zone& zone, Random& random) {
  const date::sys_seconds start = date::sys_days(date::year(random.Between(1990, 2035)) / 1 / 1) +
                                  hours(random.Between(0, 365 * 24));
  const date::sys_seconds change = zone.get_info(start).end;
  const bool known = change < date::sys_days(date::year(2037) / 1 / 1);
  return std::chrono::floor<minutes>(known ? change : start) - days(1) -
         minutes(random.Between(0, 600));
}

TEST(ScheduleReference, AgreesWithAWalkOverTheMinutes) {
  const char* const given = std::getenv("MOORING_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given))
                                         : static_cast<unsigned>(std::random_device()());
  SCOPED_TRACE("MOORING_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  int decided = 0;
  for (int window = 0; window < kWindows; ++window) {
    const char* const name = kZones[random.Between(0, std::ssize(kZones) - 1)];
    const date::time_zone& zone = *date::locate_zone(name);
    const SysMinute from = NearAChange(zone, random);
    const Walk walk(zone, from);
    for (int i = 0; i < kSchedulesInEach; ++i) {
      const Cron cron = MakeCron(random);
      const auto schedule = Schedule::Parse(cron.text(), name);
      if (!schedule) {  // the only thing that can be wrong with what was made
        ASSERT_NE(schedule.error().ToString().find("never happens"), std::string::npos);
        continue;
      }
      const Time time = Time(from + days(1)) + std::chrono::seconds(random.Between(0, 86'399));
      SCOPED_TRACE(cron.text() + " in " + name + " at " + FormatTime(time));
      const auto next = walk.NextAfter(cron, time);
      const auto last = walk.LastUntil(cron, time);
      decided += (next ? 1 : 0) + (last ? 1 : 0);
      // What the walk does not find lies beyond it.
      const Time later = schedule->NextAfter(time);
      ASSERT_TRUE(next ? later == *next : later >= Time(from + kWindow)) << FormatTime(later);
      const Time earlier = schedule->LastUntil(time);
      ASSERT_TRUE(last ? earlier == *last : earlier < Time(from)) << FormatTime(earlier);
    }
  }
  EXPECT_GT(decided, kWindows * kSchedulesInEach / 2);  // most of the cases say something
}

}  // namespace
}  // namespace mooring
