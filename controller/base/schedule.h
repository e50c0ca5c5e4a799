// SPDX-License-Identifier: Apache-2.0
// When something is to happen: five fields of cron, read by the clocks of a time zone. A value;
// thread-safe. The zones of the machine are read when one is first asked for.
//
// A day must match day of month and day of week, unless both are restricted: then one of them is
// enough, as in Vixie cron; a field that begins with `*` does not restrict, even `*/2`. What the
// clocks skip happens at the end of what they skip; what they show twice happens the first time
// only. See docs/decisions/0018-schedules.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's name
}

namespace mooring {

/// Whether `name` is a zone of the IANA database: "Europe/Berlin", "UTC". InvalidArgument says what
/// to write; FailedPrecondition: this machine has no database.
Status CheckTimeZone(std::string_view name);

class Schedule {
 public:
  /// `cron` is minute, hour, day of month, month and day of week: `*`, numbers, names (jan, mon),
  /// lists, ranges and steps; Sunday is 0 or 7. InvalidArgument says which field is wrong and what
  /// it takes; what never happens, such as 31 April, is wrong too. `timezone` as CheckTimeZone.
  static Result<Schedule> Parse(std::string_view cron, std::string_view timezone = "UTC");

  /// The first time after `time`.
  Time NextAfter(Time time) const;
  /// The last time until `time`, `time` included.
  Time LastUntil(Time time) const;

 private:
  enum Field { kMinute, kHour, kDay, kMonth, kWeekday, kFields };
  struct Values {
    uint64_t bits = 0;
    bool restricts = true;
    bool Has(long long value) const { return (bits >> value & 1U) != 0; }
  };
  /// Since 1970-01-01 00:00 on the zone's clocks.
  using LocalMinute = long long;

  Schedule() = default;
  static Result<Values> ParseField(Field field, std::string_view text);
  Status CheckPossible() const;
  bool MatchesDay(long long day) const;
  /// The nearest minute that matches, `from` included, later (+1) or earlier (-1).
  LocalMinute Match(LocalMinute from, int direction) const;
  LocalMinute ShownAt(Time time) const;
  /// The greatest that was shown until `time`.
  LocalMinute ShownUntil(Time time) const;
  Time HappensAt(LocalMinute minute) const;

  std::array<Values, kFields> fields_;
  const date::time_zone* zone_ = nullptr;  ///< null: UTC
};

}  // namespace mooring
