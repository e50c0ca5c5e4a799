// SPDX-License-Identifier: Apache-2.0
// Statuses, events and intents as the bytes that stores keep: the JSON of controller/resource. Both
// stores use it, so that what is read back is the same from either. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/resource/status.h"
#include "controller/store/store.h"

namespace mooring::store_codec {

/// Bytes that are not UTF-8 are replaced; details that are not an object are InvalidArgument.
Result<std::string> Encode(const ResourceStatus& status);
std::string Encode(const Event& event);
std::string Encode(const Intent& intent);

/// DataLoss when the bytes are not what Encode makes.
Result<ResourceStatus> DecodeStatus(std::string_view bytes);
Result<Event> DecodeEvent(std::string_view bytes);
Result<Intent> DecodeIntent(std::string_view bytes);

}  // namespace mooring::store_codec
