// SPDX-License-Identifier: Apache-2.0
#include "controller/base/schedule.h"
#include "controller/manifest/format_checks.h"

namespace mooring::manifest {
namespace {

Answer CheckCron(std::string_view text) {
  const auto schedule = Schedule::Parse(text);
  if (schedule) return std::nullopt;
  return Complaint{schedule.error().message(), ""};
}

Answer CheckTimeZoneName(std::string_view text) {
  const Status known = CheckTimeZone(text);
  if (known) return std::nullopt;
  return Complaint{known.error().message(), ""};
}

constexpr Format kFormats[] = {
    {"cron", CheckCron},
    {"time-zone", CheckTimeZoneName},
};

}  // namespace

std::span<const Format> ScheduleFormats() { return kFormats; }

}  // namespace mooring::manifest
