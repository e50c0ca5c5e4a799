// SPDX-License-Identifier: Apache-2.0
// What `mooring` ends with. API: scripts rely on the numbers. 64, 69 and 75 are those of
// sysexits.h.
#pragma once

namespace mooring::cli::exit_code {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kFindings = 2;  ///< findings, or changes where asked for
inline constexpr int kUsage = 64;
inline constexpr int kUnreachable = 69;  ///< the daemon does not answer
inline constexpr int kTryAgain = 75;

}  // namespace mooring::cli::exit_code
