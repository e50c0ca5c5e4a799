// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/base/json_pointer.h"

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

class Writer {
 public:
  explicit Writer(const YamlComments& comments) : comments_(comments) {}

  void WriteComments(const std::string& pointer, const std::string& indent, std::string& out) {
    const auto found = comments_.find(pointer);
    if (found == comments_.end()) return;
    for (const std::string& text : found->second) out += indent + CommentLine(text);
  }

  void Write(const Value& value, const std::string& pointer, const std::string& indent,
             std::string& out) {
    if (value.is_object()) {
      for (const auto& [key, member] : value.items()) {
        const std::string below = pointer + "/" + EscapePointer(key);
        WriteComments(below, indent, out);
        out += indent + Scalar(key) + ":";
        WriteBehind(member, below, indent + "  ", out);
      }
      return;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      const Value& item = value[i];
      const std::string below = fmt::format("{}/{}", pointer, i);
      if (!IsBlock(item) || item.is_array()) {
        out += indent + "-";
        WriteBehind(item, below, indent + "  ", out);
        continue;
      }
      std::string inside;  // the first member stands behind the dash
      Write(item, below, indent + "  ", inside);
      inside.replace(indent.size(), 1, "-");
      out += inside;
    }
  }

 private:
  /// A value behind "key:" or "-", on the same line where it fits there.
  void WriteBehind(const Value& value, const std::string& pointer, const std::string& indent,
                   std::string& out) {
    if (!IsBlock(value)) {
      out += " " + Scalar(value) + "\n";
      return;
    }
    out += "\n";
    Write(value, pointer, indent, out);
  }

  const YamlComments& comments_;
};

}  // namespace

std::string CommentLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return "# " + text + "\n";
}

std::string ToYaml(const Value& value, const YamlComments& comments) {
  if (!IsBlock(value)) return Scalar(value) + "\n";
  std::string out;
  Writer writer(comments);
  writer.WriteComments("", "", out);
  writer.Write(value, "", "", out);
  return out;
}

}  // namespace mooring::cli
