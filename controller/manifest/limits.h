// SPDX-License-Identifier: Apache-2.0
// How much of an input is read; beyond it comes a finding, never a crash. Constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mooring::manifest {

struct Limits {
  uint64_t file_bytes = 1 << 20;
  size_t files = 50'000;
  size_t documents_per_file = 1'000;
  int depth = 64;
  size_t alias_values = 10'000;  ///< per file: values that anchors and aliases copy
  size_t findings_per_file = 100;
};

}  // namespace mooring::manifest
