// SPDX-License-Identifier: Apache-2.0
// The official tool finds variables with one expression that takes as much of a
// line as it can, and then looks for the brace that ends the first of them.
// What it takes for a variable where braces do not match follows from that, so
// this does the same.
#include "controller/expand/compose/substitution.h"

#include <fmt/format.h>

namespace mooring::compose {
namespace {

bool StartsName(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsNamePart(char c) { return StartsName(c) || (c >= '0' && c <= '9'); }

size_t NameEnd(std::string_view text, size_t from) {
  size_t end = from;
  if (end < text.size() && StartsName(text[end])) {
    while (end < text.size() && IsNamePart(text[end])) ++end;
  }
  return end;
}

/// What a dollar sign begins.
struct Match {
  enum class Kind { kNothing, kEscaped, kNamed, kBraced, kInvalid };
  Kind kind = Kind::kNothing;
  size_t size = 0;        ///< of all of it, from the dollar sign
  std::string_view body;  ///< the name, or what stands between the braces
};

/// The `operator...}` after a name: as much of the line as ends with a brace;
/// npos: none.
size_t BracedEnd(std::string_view text, size_t name_end) {
  size_t at = name_end;
  if (at < text.size() && text[at] == ':') ++at;
  if (at < text.size() && std::string_view("-+?").find(text[at]) != std::string_view::npos) {
    const size_t line = std::min(text.find('\n', at + 1), text.size());
    const size_t brace = text.substr(0, line).rfind('}');
    if (brace != std::string_view::npos && brace > at) return brace;
  }
  return name_end < text.size() && text[name_end] == '}' ? name_end : std::string_view::npos;
}

/// `text` begins with a dollar sign.
Match MatchAt(std::string_view text) {
  using Kind = Match::Kind;
  if (text.size() < 2) return {};
  if (text[1] == '$') return {Kind::kEscaped, 2, {}};
  if (StartsName(text[1])) {
    const size_t end = NameEnd(text, 1);
    return {Kind::kNamed, end, text.substr(1, end - 1)};
  }
  if (text[1] != '{') return {};
  const size_t name_end = NameEnd(text, 2);
  const size_t end = name_end == 2 ? std::string_view::npos : BracedEnd(text, name_end);
  if (end == std::string_view::npos) return {Kind::kInvalid, 2, {}};
  return {Kind::kBraced, end + 1, text.substr(2, end - 2)};
}

/// The brace that closes the first one; npos: none does.
size_t ClosingBrace(std::string_view text) {
  int open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '}' && --open == 0) return i;
    if (text[i] == '{') {
      ++open;
      ++i;
    }
  }
  return std::string_view::npos;
}

std::unexpected<SubstitutionError> Invalid(std::string_view text) {
  return std::unexpected(
      SubstitutionError{fmt::format("\"{}\" is not a variable", text.substr(0, 80)),
                        "write ${NAME}, or ${NAME:-default}; $$ stands for a dollar sign"});
}

struct Operation {
  std::string name;
  std::string_view sign;  ///< ":-", "-", ":?", ...; empty: none
  std::string_view word;
};

Operation ReadOperation(std::string_view body) {
  const size_t end = NameEnd(body, 0);
  Operation operation{.name = std::string(body.substr(0, end)), .sign = {}, .word = {}};
  const std::string_view rest = body.substr(end);
  const size_t size = rest.empty() ? 0 : rest[0] == ':' ? 2 : 1;
  operation.sign = rest.substr(0, size);
  operation.word = rest.substr(std::min(size, rest.size()));
  return operation;
}

std::expected<std::string, SubstitutionError> Apply(std::string_view body, const Lookup& lookup) {
  const Operation operation = ReadOperation(body);
  if (operation.sign.empty()) return lookup(operation.name).value_or("");
  auto word = Substitute(operation.word, lookup);
  if (!word) return word;
  const auto value = lookup(operation.name);
  const bool counts = value && (operation.sign[0] != ':' || !value->empty());
  switch (operation.sign.back()) {
    case '-':
      return counts ? *value : *word;
    case '+':
      return counts ? *word : value.value_or("");
    default:
      if (counts) return *value;
      return std::unexpected(
          SubstitutionError{fmt::format("variable {} must have a value{}{}", operation.name,
                                        word->empty() ? "" : ": ", *word),
                            fmt::format("set {}, in .env or in the environment", operation.name)});
  }
}

/// One match, of which only what its first brace closes is the variable.
std::expected<std::string, SubstitutionError> Replace(std::string_view text, std::string_view whole,
                                                      const Lookup& lookup) {
  std::string_view rest;
  if (const size_t brace = ClosingBrace(text); brace != std::string_view::npos) {
    rest = text.substr(brace + 1);
    text = text.substr(0, brace + 1);
  }
  const Match match = MatchAt(text);
  switch (match.kind) {
    case Match::Kind::kEscaped:
      return "$";
    case Match::Kind::kNamed:
      return lookup(std::string(match.body)).value_or("");
    case Match::Kind::kBraced: {
      auto value = Apply(match.body, lookup);
      if (!value) return value;
      // Without an operation the official tool drops what follows; there is
      // nothing, then.
      auto after = Substitute(rest, lookup);
      if (!after) return after;
      return *value + *after;
    }
    default:
      return Invalid(whole);
  }
}

}  // namespace

std::expected<std::string, SubstitutionError> Substitute(std::string_view text,
                                                         const Lookup& lookup) {
  std::string result;
  size_t at = 0;
  while (at < text.size()) {
    const size_t dollar = text.find('$', at);
    result += text.substr(at, dollar - at);
    if (dollar == std::string_view::npos) break;
    const Match match = MatchAt(text.substr(dollar));
    if (match.kind == Match::Kind::kNothing) {
      result += '$';
      at = dollar + 1;
      continue;
    }
    auto value = Replace(text.substr(dollar, match.size), text, lookup);
    if (!value) return value;
    result += *value;
    at = dollar + match.size;
  }
  return result;
}

std::optional<std::string> LoneVariable(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  const Match match = MatchAt(text);
  if (match.size != text.size()) return std::nullopt;
  if (match.kind == Match::Kind::kNamed) return std::string(match.body);
  if (match.kind != Match::Kind::kBraced || ClosingBrace(text) != text.size() - 1)
    return std::nullopt;
  Operation operation = ReadOperation(match.body);
  if (operation.sign.ends_with('+')) return std::nullopt;
  return std::move(operation.name);
}

bool Mentions(std::string_view text, std::string_view name) {
  bool found = false;
  // Every lookup is answered, so that nothing ends the reading early.
  const auto ignored = Substitute(text, [&](const std::string& asked) {
    found |= asked == name;
    return std::optional<std::string>("x");
  });
  return found && ignored.has_value();
}

}  // namespace mooring::compose
