// SPDX-License-Identifier: Apache-2.0
// The engine's list of all containers, read again and again: an item whose text is as it was the
// last time is not parsed again but given as the same pointer, and no more than one item at a time
// is held as a tree. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/base/error.h"
#include "controller/base/guarded.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

class SummaryList {
 public:
  /// `text`: the body of GET /containers/json?all=1. Internal when it is no list of containers.
  Result<std::vector<SummaryPtr>> Parse(std::string_view text);

 private:
  using Known = std::unordered_map<uint64_t, SummaryPtr>;
  Guarded<Known> known_;  ///< by a hash of the item's text; those of the last list
};

}  // namespace mooring::docker
