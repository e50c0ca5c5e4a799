// SPDX-License-Identifier: Apache-2.0
// What the kernel says about this process. Pure reading; thread-safe.
#pragma once

namespace mooring::metrics {

struct ProcessState {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double start_seconds = 0;  ///< since the epoch
};

/// From /proc/self; what cannot be read stays 0.
ProcessState ReadProcessState();

}  // namespace mooring::metrics
