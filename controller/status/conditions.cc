// SPDX-License-Identifier: Apache-2.0
#include "controller/status/conditions.h"

#include <algorithm>

namespace mooring {

void ConditionBuilder::Add(std::string_view type, ConditionStatus status, std::string_view reason,
                           std::string_view message) {
  const Condition* before = Previous(type);
  const bool same = before != nullptr && before->status == status;
  conditions_.push_back({std::string(type), status, std::string(reason), std::string(message),
                         revision_, same ? before->last_transition : now_});
}

const Condition* ConditionBuilder::Previous(std::string_view type) const {
  const auto found = std::ranges::find(previous_, type, &Condition::type);
  return found == previous_.end() ? nullptr : &*found;
}

}  // namespace mooring
