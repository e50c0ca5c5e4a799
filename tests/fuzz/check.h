// SPDX-License-Identifier: Apache-2.0
// What must hold for every input; aborts, so that the fuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace mooring::fuzz {

inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace mooring::fuzz
