// SPDX-License-Identifier: Apache-2.0
// What the list and the stream of events take alike. Pure. Internal to this folder.
#pragma once

#include <optional>
#include <string_view>

#include "controller/base/error.h"
#include "controller/resource/key.h"
#include "controller/web/message.h"

namespace mooring::http {

/// InvalidArgument names the parameter or header `name`.
Result<uint64_t> ParseSequence(std::string_view name, std::string_view text);

/// The resource of `?resource=Kind/namespace/name`; nullopt when there is none.
Result<std::optional<ResourceKey>> ReadResource(const web::Request& request);

}  // namespace mooring::http
