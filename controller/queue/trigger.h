// SPDX-License-Identifier: Apache-2.0
// Why a key is looked at, in order of importance. A value.
#pragma once

#include <string_view>

namespace mooring {

/// Later is more important: a person who waits, then what Git says, then what the host did.
enum class Trigger { kResync, kRetry, kSchedule, kStart, kDrift, kRevision, kHuman };
inline constexpr int kTriggers = 7;

/// The word in history entries and logs: "resync", "retry", "schedule", "start", "drift",
/// "revision", "human".
std::string_view TriggerName(Trigger trigger);

}  // namespace mooring
