// SPDX-License-Identifier: Apache-2.0
// What a server sends, made fit for a terminal and a log. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace mooring::git {

/// On one line, other control characters and bytes above ASCII as '?', at most `max` bytes, blanks
/// at the ends left out.
inline std::string Printable(std::string_view text, size_t max) {
  std::string out;
  for (const char c : text.substr(0, max)) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(c == '\n' || c == '\t' || c == '\r' ? ' ' : byte < 0x20 || byte > 0x7e ? '?' : c);
  }
  const size_t first = out.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

}  // namespace mooring::git
