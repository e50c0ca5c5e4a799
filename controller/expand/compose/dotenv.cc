// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/dotenv.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/base/text.h"

namespace mooring::compose {
namespace {

using Failure = std::unexpected<DotenvError>;

constexpr std::string_view kBlanks = "\t\v\f\r ";
constexpr std::string_view kSpaces = "\t\v\f\r \n";

std::string_view TrimLeft(std::string_view text, std::string_view blanks) {
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}
std::string_view TrimRight(std::string_view text) {
  const size_t end = text.find_last_not_of(kSpaces);
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

bool IsKeyPart(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  // Letters beyond ASCII are letters.
  return letter || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("_.-[]").find(c) != std::string_view::npos;
}

/// \n, \t, \", \$ and \0123 as they read in double quotes.
std::string Unescape(std::string_view text) {
  static constexpr std::pair<char, char> kSimple[] = {
      {'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'},  {'r', '\r'},
      {'t', '\t'}, {'v', '\v'}, {'"', '"'},  {'\\', '\\'},
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[i + 1];
    const auto simple = std::ranges::find(kSimple, next, &std::pair<char, char>::first);
    const std::string_view octal = text.substr(i + 2, 3);
    if (simple != std::end(kSimple)) {
      out += simple->second;
      ++i;
    } else if (next == '$') {
      out += "$$";
      ++i;
    } else if (next == '0' && octal.size() == 3 &&
               octal.find_first_not_of("01234567") == std::string_view::npos) {
      const int value = (octal[0] - '0') * 64 + (octal[1] - '0') * 8 + (octal[2] - '0');
      out += static_cast<char>(value & 0xff);
      i += 4;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view text, const Lookup& lookup) : text_(text), rest_(text), lookup_(lookup) {}

  std::expected<Variables, DotenvError> Read() {
    while (SkipToStatement()) {
      auto status = ReadStatement();
      if (!status) return std::unexpected(std::move(status).error());
    }
    return std::move(variables_);
  }

 private:
  using Done = std::expected<void, DotenvError>;

  int Line() const {
    const size_t at = text_.size() - rest_.size();
    return 1 + static_cast<int>(std::ranges::count(text_.substr(0, at), '\n'));
  }

  /// False at the end.
  bool SkipToStatement() {
    while (true) {
      rest_ = TrimLeft(rest_, kSpaces);
      if (!rest_.starts_with('#')) return !rest_.empty();
      rest_ = rest_.substr(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  Done ReadStatement() {
    if (rest_.starts_with("export") && rest_.size() > 6 &&
        kSpaces.find(rest_[6]) != std::string_view::npos) {
      rest_ = TrimLeft(rest_.substr(6), kBlanks);
    }
    size_t end = 0;
    while (end < rest_.size() && rest_[end] != '=' && rest_[end] != ':' && rest_[end] != '\n') {
      if (!IsKeyPart(rest_[end]) && kBlanks.find(rest_[end]) == std::string_view::npos) {
        return Failure({Line(),
                        fmt::format("a variable's name has no {} in it: \"{}\"", rest_[end],
                                    rest_.substr(0, std::min(rest_.find('\n'), rest_.size()))),
                        "write NAME=value"});
      }
      ++end;
    }
    // At the end of the file, a name without a value is none.
    const bool at_end = end == rest_.size();
    const bool inherited = !at_end && rest_[end] == '\n';
    const std::string key(at_end ? "" : TrimRight(rest_.substr(0, end)));
    if (key.find(' ') != std::string::npos)
      return Failure({Line(), fmt::format("the name \"{}\" has a blank in it", key), "remove it"});
    if (at_end) end = 0;
    const std::string_view left = TrimLeft(rest_.substr(at_end ? 0 : end + 1), kBlanks);
    if (inherited) {
      if (auto value = lookup_(key)) variables_[key] = *value;
      rest_ = left;
      return {};
    }
    rest_ = left;
    auto value = ReadValue();
    if (!value) return std::unexpected(std::move(value).error());
    variables_[key] = *std::move(value);
    return {};
  }

  std::expected<std::string, DotenvError> ReadValue() {
    if (rest_.starts_with('"') || rest_.starts_with('\'')) return ReadQuoted();
    const int line = Line();
    const size_t end = rest_.find('\n');
    std::string_view value = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    value = TrimRight(value.substr(0, value.find(" #")));
    return Expand(std::string(value), line);
  }

  std::expected<std::string, DotenvError> ReadQuoted() {
    const char quote = rest_[0];
    const int line = Line();
    std::string value;
    bool escaped = false;
    for (size_t i = 1; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (c == quote && !escaped) {
        rest_ = rest_.substr(i + 1);
        return quote == '"' ? Expand(Unescape(value), line)
                            : std::expected<std::string, DotenvError>(std::move(value));
      }
      if (c == quote) {
        escaped = false;
        value += c;
      } else if (!escaped && c == '\\') {
        escaped = true;
      } else {
        if (std::exchange(escaped, false)) value += '\\';
        value += c;
      }
    }
    return Failure({line, "the quote that opens here is never closed", "close it"});
  }

  std::expected<std::string, DotenvError> Expand(const std::string& value, int line) const {
    auto expanded = Substitute(value, [&](const std::string& name) -> std::optional<std::string> {
      if (auto found = lookup_(name)) return found;
      const auto earlier = variables_.find(name);
      return earlier == variables_.end() ? std::nullopt : std::optional(earlier->second);
    });
    if (expanded) return *std::move(expanded);
    return Failure({line, std::move(expanded.error().what), std::move(expanded.error().hint)});
  }

  const std::string_view text_;
  std::string_view rest_;
  const Lookup& lookup_;
  Variables variables_;
};

std::string_view WithoutBom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace

std::expected<Variables, DotenvError> ReadDotenv(std::string_view text, const Lookup& lookup) {
  return Reader(WithoutBom(text), lookup).Read();
}

std::expected<Variables, DotenvError> ReadRawEnv(std::string_view text, const Lookup& lookup) {
  Variables variables;
  int number = 0;
  for (const std::string& whole : Split(WithoutBom(text), '\n')) {
    ++number;
    std::string_view line = TrimLeft(whole, kSpaces);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    const size_t equal = line.find('=');
    const std::string key(line.substr(0, equal));
    if (key.empty()) return Failure({number, "a line has no name", "write NAME=value"});
    if (key.find_first_of(" \t") != std::string::npos) {
      return Failure({number, fmt::format("the name \"{}\" has a blank in it", key), "remove it"});
    }
    if (equal != std::string_view::npos) {
      variables[key] = line.substr(equal + 1);
    } else if (auto value = lookup(std::string(line))) {
      variables[key] = *value;
    }
  }
  return variables;
}

}  // namespace mooring::compose
