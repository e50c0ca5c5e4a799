// SPDX-License-Identifier: Apache-2.0
// Building the conditions of the next status from those of the one before. Internal to this folder;
// not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/status.h"

namespace mooring {

/// Collects conditions; one whose status is as before keeps its transition time.
class ConditionBuilder {
 public:
  /// `previous` must outlive this.
  ConditionBuilder(const std::vector<Condition>& previous, std::string revision, Time now)
      : previous_(previous), revision_(std::move(revision)), now_(now) {}

  void Add(std::string_view type, ConditionStatus status, std::string_view reason,
           std::string_view message);
  const Condition* Previous(std::string_view type) const;
  std::vector<Condition> Take() { return std::move(conditions_); }

 private:
  const std::vector<Condition>& previous_;
  std::string revision_;
  Time now_;
  std::vector<Condition> conditions_;
};

}  // namespace mooring
