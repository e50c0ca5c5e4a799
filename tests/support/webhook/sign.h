// SPDX-License-Identifier: Apache-2.0
// What a forge does before it sends: signs, by another library than the daemon's. Pure.
#pragma once

#include <string>
#include <string_view>

namespace mooring::testing {

/// The HMAC-SHA256 of `body`, 64 hex digits.
std::string Sign(std::string_view secret, std::string_view body);

/// The body of a push as GitHub and Gitea have it, with what Mooring does not read.
std::string PushBody(std::string_view ref, std::string_view after);

}  // namespace mooring::testing
