// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/job_schedule.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/text.h"

namespace mooring::docker {
namespace {

/// The same for an instant each time it is asked, by whatever process.
Time StartOf(const JobSchedule& schedule, Time instant, std::string_view seed) {
  const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(schedule.jitter).count();
  if (most <= 0) return instant;
  const std::string digest = Sha256Hex(fmt::format("{} {}", seed, FormatTime(instant)));
  const auto random = std::stoull(digest.substr(0, 12), nullptr, 16);
  return instant + std::chrono::milliseconds(random % static_cast<unsigned long long>(most));
}

}  // namespace

DueInstant FindDue(const JobSchedule& schedule, Time after, Time now, std::string_view seed) {
  DueInstant due;
  Time instant = schedule.when.LastUntil(now);
  const Time following = schedule.when.NextAfter(now);
  due.next = StartOf(schedule, following, seed);
  // With a jitter the newest instants may be still to come.
  while (instant > after && StartOf(schedule, instant, seed) > now) {
    due.next = StartOf(schedule, instant, seed);
    instant = schedule.when.LastUntil(instant - std::chrono::milliseconds(1));
  }
  const Duration late = now - StartOf(schedule, instant, seed);
  if (instant > after && late < std::max(schedule.catch_up, kOnTime)) due.run = instant;
  return due;
}

}  // namespace mooring::docker
