// SPDX-License-Identifier: Apache-2.0
// RFC 4648. Pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mooring {

/// With padding.
std::string EncodeBase64(std::string_view bytes);
/// With - and _ and padding, as headers and URLs have it.
std::string EncodeBase64Url(std::string_view bytes);
/// With padding; nullopt: it is none.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace mooring
