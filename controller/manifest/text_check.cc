// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/text_check.h"

#include <algorithm>

namespace mooring::manifest {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The length of the UTF-8 character at `at`; 0 when it is none (overlong, surrogate, cut off).
size_t CharacterLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
      (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return size;
}

bool AllOf(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}

bool IsInteger(std::string_view text) {
  if (text.starts_with("0o")) {
    return AllOf(text.substr(2), [](char c) { return c >= '0' && c <= '7'; });
  }
  if (text.starts_with("0x")) {
    return AllOf(text.substr(2), [](char c) {
      return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
  }
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return AllOf(text, IsDigit);
}

size_t TakeDigits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const auto size = static_cast<size_t>(end - text.begin());
  text.remove_prefix(size);
  return size;
}

bool IsFloat(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  size_t digits = TakeDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += TakeDigits(text);
  }
  if (digits == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (TakeDigits(text) == 0) return false;
  }
  return text.empty();
}

}  // namespace

std::optional<BadByte> FindBadByte(std::string_view text) {
  int line = 1;
  int column = 1;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const size_t size = CharacterLength(text, at);
    if (size == 0) {
      return BadByte{line, column, "this is not UTF-8 text", "save the file as UTF-8"};
    }
    const bool control =
        (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
    if (control) {
      return BadByte{line, column, "a control character stands here",
                     "remove it; a file that is no text needs another ending than .yaml"};
    }
    at += size;
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
  return std::nullopt;
}

bool QuoteEnds(std::string_view text, size_t start) {
  const char quote = text[start];
  if (quote != '"' && quote != '\'') return true;
  for (size_t at = start + 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != '\'') return true;
      ++at;
    }
  }
  return false;
}

Node::Type PlainType(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
      text == "FALSE") {
    return Node::Type::kBool;
  }
  if (IsInteger(text)) return Node::Type::kInteger;
  if (IsFloat(text)) return Node::Type::kNumber;
  return Node::Type::kString;
}

ColumnCounter::ColumnCounter(std::string_view text)
    : text_(text), ascii_(std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
      })) {}

int ColumnCounter::Characters(size_t offset, int column) const {
  if (ascii_ || column <= 0 || static_cast<size_t>(column) > offset) return column;
  const std::string_view before =
      text_.substr(offset - static_cast<size_t>(column), static_cast<size_t>(column));
  return static_cast<int>(
      std::count_if(before.begin(), before.end(), [](char c) { return !IsContinuation(c); }));
}

}  // namespace mooring::manifest
