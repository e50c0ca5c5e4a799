// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/yaml_text.h"

#include <algorithm>
#include <array>

namespace mooring::cli {
namespace {

using Value = nlohmann::ordered_json;

bool IsPlainCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view(" _-./@+,()=*<>%^~;|").find(c) != std::string_view::npos;
}

/// YAML 1.1 readers, of which there are many, take these for booleans or nothing.
bool IsWord(std::string text) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "nan"};
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

/// Whether a reader takes the text for nothing but that text. Colons are fine within a word.
bool IsPlain(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (std::isalpha(static_cast<unsigned char>(text.front())) == 0 && text.front() != '/')
    return false;  // numbers, times, indicators
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':' && text[i + 1] != ' ') continue;
    if (!IsPlainCharacter(text[i])) return false;
  }
  return !IsWord(text);
}

std::string Scalar(const Value& value) {
  if (value.is_string() && IsPlain(value.get_ref<const std::string&>()))
    return value.get<std::string>();
  // JSON's quoting is YAML's double-quoted style.
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

bool IsBlock(const Value& value) { return value.is_structured() && !value.empty(); }

void Write(const Value& value, const std::string& indent, std::string& out);

/// A value behind "key:" or "-", on the same line where it fits there.
void WriteBehind(const Value& value, const std::string& indent, std::string& out) {
  if (!IsBlock(value)) {
    out += " " + Scalar(value) + "\n";
    return;
  }
  out += "\n";
  Write(value, indent, out);
}

void Write(const Value& value, const std::string& indent, std::string& out) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      out += indent + Scalar(key) + ":";
      WriteBehind(member, indent + "  ", out);
    }
    return;
  }
  for (const Value& item : value) {
    if (!IsBlock(item) || item.is_array()) {
      out += indent + "-";
      WriteBehind(item, indent + "  ", out);
      continue;
    }
    std::string inside;  // the first member stands behind the dash
    Write(item, indent + "  ", inside);
    inside.replace(indent.size(), 1, "-");
    out += inside;
  }
}

}  // namespace

std::string ToYaml(const Value& value) {
  if (!IsBlock(value)) return Scalar(value) + "\n";
  std::string out;
  Write(value, "", out);
  return out;
}

}  // namespace mooring::cli
