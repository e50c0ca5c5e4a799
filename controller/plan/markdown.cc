// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/markdown.h"

#include <algorithm>
#include <cctype>

#include "controller/base/text.h"
#include "controller/plan/fields.h"

namespace mooring {
namespace {

/// Letters, digits and the signs that neither format, link, mention, nor end a table cell.
bool IsPlain(std::string_view text) {
  if (text.find("//") != text.npos || text.find("www.") != text.npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0 ||
           std::string_view(" .,;:/+%()=?'\"-").find(c) != std::string_view::npos;
  });
}

size_t LongestRunOfBackticks(std::string_view text) {
  size_t longest = 0;
  size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// A sentence without backticks, word by word.
std::string Words(std::string_view text) {
  std::vector<std::string> words = Split(text, ' ');
  for (std::string& word : words) {
    const size_t last = word.find_last_not_of(".,;:)");
    const size_t size = last == std::string::npos ? 0 : last + 1;
    const std::string core = word.substr(0, size);
    if (!IsPlain(core)) word = CodeSpan(core) + word.substr(size);
  }
  return Join(words, " ");
}

}  // namespace

std::string CodeSpan(std::string_view text) {
  std::string line = OneLine(text);
  const std::string fence(LongestRunOfBackticks(line) + 1, '`');
  std::string inside;
  for (const char c : line) {
    if (c == '|') inside += '\\';
    inside += c;
  }
  const bool padded = inside.empty() || inside.front() == '`' || inside.back() == '`';
  return padded ? fence + " " + inside + " " + fence : fence + inside + fence;
}

std::string MarkdownValue(std::string_view text) {
  const std::string line = OneLine(text);
  return IsPlain(line) ? line : CodeSpan(line);
}

std::string MarkdownProse(std::string_view text) {
  const std::string line = OneLine(text);
  std::string out;
  const std::vector<std::string> parts = Split(line, '`');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool code = i % 2 == 1 && i + 1 < parts.size();
    if (code && parts[i].empty()) continue;
    out += code ? CodeSpan(parts[i]) : Words(parts[i]);
  }
  return out;
}

}  // namespace mooring
