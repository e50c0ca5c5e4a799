// SPDX-License-Identifier: Apache-2.0
// A service for each field of the vocabulary, in its long form: what the fake engine and the real
// one must both take without a difference at the second look.
#pragma once

#include <string>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::testing {

struct VocabularyCase {
  std::string what;
  Json service;  ///< without its image
};

/// Each can be created and started on an engine of Debian stable with cgroup v1 or v2.
std::vector<VocabularyCase> Vocabulary();

}  // namespace mooring::testing
