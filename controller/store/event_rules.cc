// SPDX-License-Identifier: Apache-2.0
#include "controller/store/event_rules.h"

namespace mooring {

Status CheckEventUpdate(const Event* existing, const Event& update) {
  if (existing == nullptr) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("update event {} of {}: the store no longer keeps it", update.sequence,
                            update.key.ToString()));
  }
  if (existing->key != update.key) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("update event {} of {}: it belongs to {}", update.sequence,
                            update.key.ToString(), existing->key.ToString()));
  }
  return {};
}

}  // namespace mooring
