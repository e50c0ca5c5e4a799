// SPDX-License-Identifier: Apache-2.0
// What a container uses of its machine. Values; pure.
#pragma once

#include <optional>

namespace mooring::docker {

/// Counters since the container started; two of them give a rate.
struct ContainerUsage {
  long long cpu = 0;     ///< nanoseconds of processor time
  long long system = 0;  ///< nanoseconds that all processors together had
  int processors = 1;
  long long memory = 0;  ///< bytes, without what the kernel may drop at once
  long long memory_limit = 0;
};

/// Percent of one processor between the two: 200 is two of them busy. nullopt: it was started anew
/// in between, or does not run.
inline std::optional<double> CpuPercent(const ContainerUsage& before, const ContainerUsage& after) {
  const long long own = after.cpu - before.cpu;
  const long long all = after.system - before.system;
  if (own < 0 || all <= 0) return std::nullopt;
  return 100.0 * after.processors * static_cast<double>(own) / static_cast<double>(all);
}

}  // namespace mooring::docker
