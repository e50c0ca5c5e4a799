// SPDX-License-Identifier: Apache-2.0
// What a request's head must be like before its body is taken. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "controller/web/message.h"

namespace mooring::web {

/// 431 or 414 when the head is too long: `target` and all headers together `max_header`, the target
/// alone half of it.
std::optional<Response> CheckHead(const Request& request, std::string_view target,
                                  size_t max_header);
/// 413 when more is announced than `max_body`, 415 when the body is of another type than the route
/// takes. A body without a type is taken for the right one.
std::optional<Response> CheckBody(const Request& request, const Route& route, size_t max_body);

Response BodyTooLarge(size_t limit);

}  // namespace mooring::web
