// SPDX-License-Identifier: Apache-2.0
// Which instant of a job's schedule is to be run now, and when to look again. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "controller/base/clock.h"
#include "reconcilers/docker/plan/job_spec.h"

namespace mooring::docker {

/// A start this late is on time all the same: schedules have minutes.
inline constexpr Duration kOnTime = std::chrono::minutes(1);

struct DueInstant {
  std::optional<Time> run;  ///< the instant that is to be run now
  Time next;                ///< when the one after it starts; later than now
};

/// `after`: instants until then have been run, or are nobody's to run. Of several that were missed
/// the newest is made up, if it was missed by less than `catch_up`. `seed` tells jobs with the same
/// schedule apart, for the jitter.
DueInstant FindDue(const JobSchedule& schedule, Time after, Time now, std::string_view seed);

}  // namespace mooring::docker
