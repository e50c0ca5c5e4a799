// SPDX-License-Identifier: Apache-2.0
// An input as what comes over HTTP: a first line, headers, an empty line, the body. Pure.
#pragma once

#include <cctype>
#include <map>
#include <string>
#include <string_view>

namespace mooring::fuzz {

struct Message {
  std::string first;
  std::map<std::string, std::string> headers;  ///< by lower-case names, as the server gives them
  std::string body;
};

inline std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

inline Message ReadMessage(std::string_view text) {
  Message message;
  message.first = TakeLine(text);
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (line.empty()) break;
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    message.headers[name] = line.substr(colon + 2);
  }
  message.body = text;
  return message;
}

}  // namespace mooring::fuzz
