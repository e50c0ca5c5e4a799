// SPDX-License-Identifier: Apache-2.0
// JSON pointers (RFC 6901) as texts. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mooring {

/// A name as one part of a pointer, and back: "/" is "~1", "~" is "~0".
std::string EscapePointer(std::string_view name);
std::string UnescapePointer(std::string_view part);
/// The names that a pointer goes through: "/a~1b/c" is "a/b", "c"; none for "".
std::vector<std::string> PointerNames(std::string_view pointer);

}  // namespace mooring
