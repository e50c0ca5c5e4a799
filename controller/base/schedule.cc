// SPDX-License-Identifier: Apache-2.0
#include "controller/base/schedule.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controller/base/text.h"

namespace mooring {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr long long kMinutesOfDay = 24 * 60;
constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldRule {
  std::string_view name;
  int low;
  int high;
  std::span<const std::string_view> names;  ///< the first stands for `low`
};
const FieldRule kRules[] = {{"minute", 0, 59, {}},
                            {"hour", 0, 23, {}},
                            {"day of month", 1, 31, {}},
                            {"month", 1, 12, kMonths},
                            {"day of week", 0, 7, kWeekdays}};

std::string Shown(std::string_view text) {
  return fmt::format("\"{}{}\"", text.substr(0, 60), text.size() > 60 ? "..." : "");
}

std::unexpected<Error> Wrong(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

std::vector<std::string_view> Words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string_view> words;
  for (size_t at = text.find_first_not_of(kSpace); at != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpace, end);
  }
  return words;
}

std::optional<int> Number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool plain = !text.empty() && text.size() <= 4 && text[0] != '-';
  if (!plain || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool SameWord(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

Result<int> Value(const FieldRule& rule, std::string_view text) {
  for (size_t i = 0; i < rule.names.size(); ++i) {
    if (SameWord(text, rule.names[i])) return rule.low + static_cast<int>(i);
  }
  const auto number = Number(text);
  if (number && *number >= rule.low && *number <= rule.high) return *number;
  const std::string names =
      rule.names.empty() ? "" : fmt::format(" or {} to {}", rule.names.front(), rule.names.back());
  return Wrong(fmt::format("{} takes {} to {}{}, not {}{}", rule.name, rule.low, rule.high, names,
                           Shown(text), text == "?" ? "; write *" : ""));
}

struct Range {
  int first;
  int last;
};

/// "*", "5", "1-5", "fri-sun".
Result<Range> ParseRange(const FieldRule& rule, std::string_view text) {
  if (text == "*") return Range{rule.low, rule.high};
  const size_t dash = text.find('-');
  MOORING_TRY(const int first, Value(rule, text.substr(0, dash)));
  if (dash == std::string_view::npos) return Range{first, first};
  MOORING_TRY(int last, Value(rule, text.substr(dash + 1)));
  const bool to_sunday = &rule == &kRules[4] && last == 0 && first > 0;
  if (to_sunday) last = 7;
  if (first <= last) return Range{first, last};
  return Wrong(fmt::format("{} {} goes backwards; write {}-{},{}-{}", rule.name, text, first,
                           rule.high, rule.low, last));
}

/// What people bring from other crons, and how it is written here; "" when it cannot be.
std::string_view WithoutAlias(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
      {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
      {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
      {"@annually", "0 0 1 1 *"},
  };
  for (const auto& [alias, fields] : kAliases) {
    if (text == alias) return fields;
  }
  return "";
}

std::unexpected<Error> WrongCount(std::string_view text, size_t count) {
  if (const auto fields = WithoutAlias(text); !fields.empty())
    return Wrong(fmt::format("names are not taken; write \"{}\"", fields));
  return Wrong(
      fmt::format("it has {} and takes five: minute, hour, day of month, month, day of "
                  "week{}; write one such as \"30 3 * * *\"",
                  Count(count, "field"), count == 6 ? ", no seconds" : ""));
}

/// Null: this machine has none.
const date::tzdb* Database() {
  try {
    return &date::get_tzdb();
  } catch (const std::exception&) {
    return nullptr;
  }
}

/// Null: UTC, which needs no database.
Result<const date::time_zone*> FindZone(std::string_view name) {
  if (name == "UTC") return nullptr;
  const date::tzdb* database = Database();
  if (database == nullptr) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} is not known: this machine has no time zones; install tzdata, or "
                            "write UTC",
                            Shown(name)));
  }
  const auto found = std::ranges::lower_bound(database->zones, name, {}, &date::time_zone::name);
  if (found != database->zones.end() && found->name() == name) return &*found;
  std::vector<std::string> names;
  for (const date::time_zone& zone : database->zones) names.push_back(zone.name());
  const std::string near = Nearest(name, names);
  return Wrong(fmt::format("{} is not a time zone; {}", Shown(name),
                           near.empty() ? "write a name such as Europe/Berlin"
                                        : fmt::format("did you mean \"{}\"?", near)));
}

Time At(date::sys_seconds time) { return Time(time.time_since_epoch()); }

date::local_seconds Local(long long minute) { return date::local_seconds(minutes(minute)); }

}  // namespace

Status CheckTimeZone(std::string_view name) {
  const auto zone = FindZone(name);
  return zone ? Status() : std::unexpected(zone.error());
}

Result<Schedule> Schedule::Parse(std::string_view cron, std::string_view timezone) {
  Schedule schedule;
  const auto parse = [&]() -> Status {
    const auto words = Words(cron);
    if (words.size() != kFields) return WrongCount(cron, words.size());
    for (int field = 0; field < kFields; ++field) {
      const auto at = static_cast<size_t>(field);
      MOORING_TRY(schedule.fields_[at], ParseField(static_cast<Field>(field), words[at]));
    }
    return schedule.CheckPossible();
  };
  if (const Status parsed = parse(); !parsed) {
    return Wrong(fmt::format("{} is not a schedule: {}", Shown(cron), parsed.error().message()));
  }
  MOORING_TRY(schedule.zone_, FindZone(timezone));
  return schedule;
}

Result<Schedule::Values> Schedule::ParseField(Field field, std::string_view text) {
  const FieldRule& rule = kRules[field];
  Values values{.restricts = !text.starts_with('*')};
  for (const std::string& item : Split(text, ',')) {
    const size_t slash = item.find('/');
    MOORING_TRY(const Range range, ParseRange(rule, std::string_view(item).substr(0, slash)));
    int step = 1;
    if (slash != std::string::npos) {
      if (range.first == range.last) {
        return Wrong(fmt::format("a step needs a range: for {} write {}-{}{}", rule.name,
                                 range.first, rule.high, item.substr(slash)));
      }
      const auto number = Number(std::string_view(item).substr(slash + 1));
      if (!number || *number < 1 || *number > rule.high) {
        return Wrong(fmt::format("the step of {} takes 1 to {}, not {}", rule.name, rule.high,
                                 Shown(item.substr(slash + 1))));
      }
      step = *number;
    }
    for (int value = range.first; value <= range.last; value += step) {
      values.bits |= uint64_t{1} << (field == kWeekday ? value % 7 : value);
    }
  }
  return values;
}

Status Schedule::CheckPossible() const {
  if (fields_[kWeekday].restricts) return {};  // alone, or one of two of which one is enough
  static constexpr int kLongest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (int month = 1; month <= 12; ++month) {
    if (!fields_[kMonth].Has(month)) continue;
    for (int day = 1; day <= kLongest[month - 1]; ++day) {
      if (fields_[kDay].Has(day)) return {};
    }
  }
  return Wrong("it never happens: no such month has such a day");
}

bool Schedule::MatchesDay(long long day) const {
  namespace chrono = std::chrono;
  const chrono::sys_days days{chrono::days(day)};
  const chrono::year_month_day ymd(days);
  if (!fields_[kMonth].Has(static_cast<unsigned>(ymd.month()))) return false;
  const bool of_month = fields_[kDay].Has(static_cast<unsigned>(ymd.day()));
  const bool of_week = fields_[kWeekday].Has(chrono::weekday(days).c_encoding());
  const bool one_is_enough = fields_[kDay].restricts && fields_[kWeekday].restricts;
  return one_is_enough ? of_month || of_week : of_month && of_week;
}

Schedule::LocalMinute Schedule::Match(LocalMinute from, int direction) const {
  long long day = from / kMinutesOfDay - (from % kMinutesOfDay < 0 ? 1 : 0);
  long long minute = from - day * kMinutesOfDay;
  // Some day of the calendar's 400 years matches: CheckPossible.
  for (;; day += direction, minute = direction > 0 ? 0 : kMinutesOfDay - 1) {
    if (!MatchesDay(day)) continue;
    for (; minute >= 0 && minute < kMinutesOfDay; minute += direction) {
      if (fields_[kHour].Has(minute / 60) && fields_[kMinute].Has(minute % 60))
        return day * kMinutesOfDay + minute;
    }
  }
}

Schedule::LocalMinute Schedule::ShownAt(Time time) const {
  const auto utc = std::chrono::floor<seconds>(time);
  const seconds offset = zone_ == nullptr ? seconds(0) : zone_->get_info(utc).offset;
  return std::chrono::floor<minutes>(utc + offset).time_since_epoch().count();
}

Schedule::LocalMinute Schedule::ShownUntil(Time time) const {
  const LocalMinute now = ShownAt(time);
  if (zone_ == nullptr) return now;
  const date::local_info info = zone_->get_info(Local(now));
  if (info.result != date::local_info::ambiguous || time < At(info.first.end)) return now;
  const auto set_back = info.first.end + info.first.offset;
  return std::chrono::ceil<minutes>(set_back).time_since_epoch().count() - 1;
}

Time Schedule::HappensAt(LocalMinute minute) const {
  if (zone_ == nullptr) return Time(minutes(minute));
  const date::local_info info = zone_->get_info(Local(minute));
  if (info.result == date::local_info::nonexistent) return At(info.first.end);
  // Shown twice: `first` is the first time.
  return At(date::sys_seconds(Local(minute).time_since_epoch() - info.first.offset));
}

// A later minute never happens earlier, so the first match that is late enough is the answer.
Time Schedule::NextAfter(Time time) const {
  for (LocalMinute minute = Match(ShownAt(time), +1);; minute = Match(minute + 1, +1)) {
    if (const Time at = HappensAt(minute); at > time) return at;
  }
}

Time Schedule::LastUntil(Time time) const {
  for (LocalMinute minute = Match(ShownUntil(time), -1);; minute = Match(minute - 1, -1)) {
    if (const Time at = HappensAt(minute); at <= time) return at;
  }
}

}  // namespace mooring
