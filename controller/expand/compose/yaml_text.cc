// SPDX-License-Identifier: Apache-2.0
// YAML as Go's yaml.v3 writes it with an indent of two: the same quotes, the
// same order.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "controller/expand/compose/render.h"
#include "controller/manifest/compose_scalars.h"

namespace mooring::compose {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

/// "22:22" was a number once.
bool IsBase60(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return false;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  if (text.substr(0, colon).find_first_not_of("0123456789_") != std::string_view::npos)
    return false;
  std::string_view rest = text.substr(colon);
  while (rest.starts_with(':')) {
    rest.remove_prefix(1);
    size_t digits = 0;
    while (digits < 2 && digits < rest.size() && IsDigit(rest[digits])) ++digits;
    if (digits == 0 || (digits == 2 && rest[0] > '5')) return false;
    rest.remove_prefix(digits);
  }
  if (rest.starts_with('.'))
    return rest.substr(1).find_first_not_of("0123456789_") == std::string_view::npos;
  return rest.empty();
}

bool IsOldBool(std::string_view text) {
  static constexpr std::string_view kWords[] = {"y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",
                                                "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF"};
  return std::ranges::find(kWords, text) != std::end(kWords);
}

/// What the characters of a text allow.
struct Analysis {
  bool plain = true;
  bool single = true;
  bool block = true;
};

/// The bytes of the character at the front, and whether it is written as it is.
std::pair<size_t, bool> Character(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned c = byte(0);
  if (c < 0x80) return {1, c == '\n' || (c >= 0x20 && c <= 0x7E)};
  if (c < 0xE0) return {2, c != 0xC2 || byte(1) >= 0xA0};
  if (c < 0xF0) {
    const bool mark = c == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF;
    const bool none = c == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;
    return {3, !mark && !none && !(c == 0xED && byte(1) >= 0xA0)};
  }
  return {4, false};
}

Analysis Analyse(std::string_view text) {
  Analysis result;
  if (text.starts_with("---") || text.starts_with("...")) result.plain = false;
  bool before_blank = true;
  bool previous_space = false;
  bool previous_break = false;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto [size, printable] = Character(text.substr(i));
    const bool last = i + size >= text.size();
    const bool after_blank =
        last || text[i + size] == ' ' || text[i + size] == '\t' || text[i + size] == '\n';
    constexpr std::string_view kFirst = "#,[]{}&*!|>'\"%@`";
    if (i == 0) {
      if (kFirst.find(c) != std::string_view::npos) result.plain = false;
      if ((c == '?' || c == ':' || c == '-') && after_blank) result.plain = false;
    } else if ((c == ':' && after_blank) || (c == '#' && before_blank)) {
      result.plain = false;
    }
    if (!printable) {
      result.plain = result.single = false;
      if (c != '\t') result.block = false;
    }
    if (c == '\n') result.plain = false;
    if (c == ' ') {
      if (i == 0 || last) result.plain = false;
      if (last) result.block = false;
      if (previous_break) result.plain = result.single = false;
    } else if (c == '\n') {
      if (previous_space) result.plain = result.single = result.block = false;
    }
    previous_space = c == ' ';
    previous_break = c == '\n';
    before_blank = c == ' ' || c == '\t' || c == '\n';
    i += size;
  }
  return result;
}

std::string Escaped(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const auto [size, printable] = Character(text.substr(i));
    const std::string_view character = text.substr(i, size);
    const char c = text[i];
    i += size;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (printable) {
      out += character;
    } else if (size == 1) {
      static constexpr std::pair<char, char> kNamed[] = {{0, '0'},   {7, 'a'},   {8, 'b'},
                                                         {0xB, 'v'}, {0xC, 'f'}, {0x1B, 'e'}};
      const auto named = std::ranges::find(kNamed, c, &std::pair<char, char>::first);
      out += named != std::end(kNamed) ? fmt::format("\\{}", named->second)
                                       : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    } else {
      uint32_t code = static_cast<unsigned char>(c) & (0xFFU >> (size + 1));
      for (const char next : character.substr(1))
        code = (code << 6U) | (static_cast<unsigned char>(next) & 0x3FU);
      if (code == 0x85) {
        out += "\\N";
      } else if (code <= 0xFF) {
        out += fmt::format("\\x{:02X}", code);
      } else if (code <= 0xFFFF) {
        out += fmt::format("\\u{:04X}", code);
      } else {
        out += fmt::format("\\U{:08X}", code);
      }
    }
  }
  return out + '"';
}

std::string SingleQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
    if (c == '\n') out += c;
  }
  return out + '\'';
}

std::string Literal(std::string_view text, size_t indent) {
  std::string out = "|";
  if (text[0] == ' ' || text[0] == '\n') out += '2';
  if (!text.ends_with('\n')) {
    out += '-';
  } else if (text.size() == 1 || text.ends_with("\n\n")) {
    out += '+';
  }
  // A break at the front stands for the one that ends this line: yaml.v3 loses
  // it so.
  if (text[0] != '\n') out += '\n';
  bool at_start = true;
  for (const char c : text) {
    if (c == '\n') {
      out += c;
      at_start = true;
      continue;
    }
    if (at_start) out.append(indent, ' ');
    at_start = false;
    out += c;
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Writer {
 public:
  std::string Take() { return std::move(out_); }

  void Map(const OrderedJson& map, size_t indent, bool first_on_line) {
    for (const auto& [key, value] : map.items()) {
      if (!first_on_line) out_.append(indent, ' ');
      first_on_line = false;
      out_ += Text(key, indent, true) + ":";
      if (value.is_object() && !value.empty()) {
        out_ += '\n';
        Map(value, indent + 2, false);
      } else if (value.is_array() && !value.empty()) {
        out_ += '\n';
        List(value, indent + 2, false);
      } else {
        out_ += " " + Scalar(value, indent + 2) + "\n";
      }
    }
  }
  void List(const OrderedJson& list, size_t indent, bool first_on_line) {
    for (const OrderedJson& item : list) {
      if (!first_on_line) out_.append(indent, ' ');
      first_on_line = false;
      out_ += "- ";
      if (item.is_object() && !item.empty()) {
        Map(item, indent + 2, true);
      } else if (item.is_array() && !item.empty()) {
        List(item, indent + 2, true);
      } else {
        out_ += Scalar(item, indent + 2) + "\n";
      }
    }
  }

 private:
  static std::string Scalar(const OrderedJson& value, size_t indent) {
    if (value.is_object()) return "{}";
    if (value.is_array()) return "[]";
    if (value.is_number_float()) return manifest::FloatText(value.get<double>());
    if (value.is_string()) return Text(value.get_ref<const std::string&>(), indent, false);
    return value.dump();
  }

  static std::string Text(const std::string& text, size_t indent, bool key) {
    const manifest::PlainScalar plain = manifest::ReadPlainScalar(text);
    const bool is_text = plain.type == manifest::Node::Type::kString && plain.text == text &&
                         text != "<<" && !IsOldBool(text) && !IsBase60(text);
    const Analysis allowed = Analyse(text);
    if (text.find('\n') != std::string::npos && !key && allowed.block) return Literal(text, indent);
    if (!is_text || text.find('\n') != std::string::npos) return Escaped(text);
    if (allowed.plain) return text;
    return allowed.single ? SingleQuoted(text) : Escaped(text);
  }

  std::string out_;
};

}  // namespace

bool KeyLess(const std::string& a, const std::string& b) {
  bool digits = false;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i] == b[i]) {
      digits = IsDigit(a[i]);
      continue;
    }
    const bool letter_a = IsLetter(a[i]);
    const bool letter_b = IsLetter(b[i]);
    if (letter_a && letter_b)
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
    if (letter_a || letter_b) return digits ? letter_a : letter_b;
    int64_t number_a = 0;
    int64_t number_b = 0;
    if (a[i] == '0' || b[i] == '0') {
      for (size_t j = i; j > 0 && IsDigit(a[j - 1]); --j) {
        if (a[j - 1] == '0') continue;
        number_a = number_b = 1;
        break;
      }
    }
    size_t end_a = i;
    size_t end_b = i;
    for (; end_a < a.size() && IsDigit(a[end_a]); ++end_a)
      number_a = static_cast<int64_t>(static_cast<uint64_t>(number_a) * 10 +
                                      static_cast<uint64_t>(a[end_a] - '0'));
    for (; end_b < b.size() && IsDigit(b[end_b]); ++end_b)
      number_b = static_cast<int64_t>(static_cast<uint64_t>(number_b) * 10 +
                                      static_cast<uint64_t>(b[end_b] - '0'));
    if (number_a != number_b) return number_a < number_b;
    if (end_a != end_b) return end_a < end_b;
    return a[i] < b[i];
  }
  return a.size() < b.size();
}

std::string YamlText(const OrderedJson& value) {
  Writer writer;
  if (value.empty()) return "{}\n";
  writer.Map(value, 0, true);
  return writer.Take();
}

}  // namespace mooring::compose
