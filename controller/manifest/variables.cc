// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/variables.h"

#include <algorithm>
#include <optional>

#include "controller/base/text.h"
#include "controller/manifest/format_checks.h"
#include "controller/manifest/text_check.h"

namespace mooring::manifest {
namespace {

constexpr int kMostNested = 10;
/// Of all texts of one document, behind the replacing: a short file must not become a huge one.
constexpr size_t kMostBytes = 4 << 20;
constexpr size_t kMostUndefined = 20;
constexpr size_t kMostNames = 12;  ///< that a hint lists

bool IsNameStart(char c) { return IsLower(c) || IsUpper(c) || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }

size_t NameLength(std::string_view text) {
  if (text.empty() || !IsNameStart(text.front())) return 0;
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsNamePart) - text.begin());
}

/// The } that belongs to the ${ in front of `text`; npos when there is none.
size_t FindEnd(std::string_view text) {
  int open = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size()) {
      open += text[i + 1] == '{' ? 1 : 0;
      ++i;
    } else if (text[i] == '}' && --open == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// Why a text cannot be written out.
struct Problem {
  std::string what;
  std::string hint;
  bool undefined = false;
};

class Writer {
 public:
  Writer(const Variables& variables, const std::string& ns, Substitution& result)
      : variables_(variables), ns_(ns), result_(result) {}

  /// `text` without variables; nullopt: `problem` says why not.
  std::optional<std::string> Write(std::string_view text, bool compose, Problem& problem,
                                   int depth = 0) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t dollar = std::min(text.find('$', at), text.size());
      out += text.substr(at, dollar - at);
      at = dollar;
      if (at == text.size()) break;
      const std::string_view rest = text.substr(at + 1);
      if (rest.starts_with('$')) {
        out += '$';
        at += 2;
      } else if (rest.starts_with('{')) {
        const size_t end = FindEnd(rest.substr(1));
        auto value = WriteBraces(rest.substr(1, end), end, compose, problem, depth);
        if (!value) return std::nullopt;
        out += *value;
        at += end + 3;
      } else if (const size_t length = NameLength(rest); compose && length > 0) {
        auto value = Need(rest.substr(0, length), problem);
        if (!value) return std::nullopt;
        out += *value;
        at += length + 1;
      } else if (compose) {
        problem = {"a $ that begins no variable", "for a dollar sign write $$"};
        return std::nullopt;
      } else {
        out += '$';
        ++at;
      }
      if (out.size() > kMostBytes) return TooLong(problem);
    }
    written_ += depth == 0 ? out.size() : 0;
    if (written_ > kMostBytes) return TooLong(problem);
    return out;
  }

 private:
  static std::nullopt_t TooLong(Problem& problem) {
    problem = {fmt::format("with its variables this document has more than {}",
                           FormatByteCount(static_cast<long long>(kMostBytes))),
               "write shorter values"};
    return std::nullopt;
  }

  /// What stands between ${ and }.
  std::optional<std::string> WriteBraces(std::string_view inside, size_t end, bool compose,
                                         Problem& problem, int depth) {
    const size_t length = NameLength(inside);
    const std::string_view name = inside.substr(0, length);
    std::string_view rest = inside.substr(length);
    const bool colon = rest.starts_with(':');
    const std::string_view acts = rest.substr(colon ? 1 : 0);
    const char act = acts.empty() ? '\0' : acts.front();
    const bool fits = rest.empty() || act == '-' || act == '?' || act == '+';
    if (end == std::string_view::npos || length == 0 || !fits) {
      problem = {fmt::format("{} is no variable", Quoted("${" + std::string(inside.substr(0, 40)) +
                                                         (end == inside.npos ? "" : "}"))),
                 "write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${NAME:+other}; for a "
                 "dollar sign write $$"};
      return std::nullopt;
    }
    if (rest.empty()) return Need(name, problem);
    if (depth == kMostNested) {
      problem = {"variables stand too deep within each other", "give a default that is a text"};
      return std::nullopt;
    }
    const auto value = Find(name);
    const bool there = value && (!colon || !value->empty());
    const std::string_view word = rest.substr(colon ? 2 : 1);
    if (act == '+') return there ? Write(word, compose, problem, depth + 1) : std::string();
    if (there) return std::string(*value);
    auto written = Write(word, compose, problem, depth + 1);
    if (act == '-' || !written) return written;
    problem = {fmt::format("variable {} must have a value: {}", name,
                           written->empty() ? "it is required" : *written),
               Advice(name), true};
    return std::nullopt;
  }

  std::optional<std::string> Need(std::string_view name, Problem& problem) {
    if (const auto value = Find(name)) return std::string(*value);
    problem = {fmt::format("variable {} is not defined", name), Advice(name), true};
    return std::nullopt;
  }

  std::optional<std::string_view> Find(std::string_view name) {
    if (name == "MOORING_NAMESPACE") return ns_;
    result_.lookups.emplace(name);
    const auto found = variables_.values.find(name);
    if (found == variables_.values.end()) return std::nullopt;
    return found->second;
  }

  /// Who would define it, and what there is.
  std::string Advice(std::string_view name) const {
    if (variables_.values.contains(name)) return fmt::format("give it one in {}", variables_.file);
    std::vector<std::string> names;
    for (const auto& [known, value] : variables_.values) names.push_back(known);
    names.emplace_back("MOORING_NAMESPACE");
    if (const std::string near = Nearest(std::string(name), names); !near.empty())
      return fmt::format("did you mean {}?", near);
    if (variables_.file.empty())
      return fmt::format("{}, or write ${{{}:-default}}", variables_.where, name);
    const size_t count = names.size();
    if (count > kMostNames) names.resize(kMostNames);
    return fmt::format("add it to {}, or write ${{{}:-default}}; there are: {}{}", variables_.file,
                       name, Join(names, ", "), count > kMostNames ? ", ..." : "");
  }

  const Variables& variables_;
  const std::string& ns_;
  Substitution& result_;
  size_t written_ = 0;
};

class Walk {
 public:
  Walk(Writer& writer, const Variables& variables, Substitution& result, Findings& findings)
      : writer_(writer), variables_(variables), result_(result), findings_(findings) {}

  void Over(Node& node, bool compose) {
    for (Member& m : node.members) Over(m.value, compose);
    for (Node& item : node.items) Over(item, compose);
    if (!node.IsString() || node.text.find('$') == std::string::npos) return;
    Problem problem;
    if (auto text = writer_.Write(node.text, compose, problem)) {
      node.text = *std::move(text);
      node.substituted = true;
    } else if (!problem.undefined) {
      findings_.Add(node.at, std::move(problem.what), std::move(problem.hint));
    } else {
      result_.incomplete = true;
      if (!variables_.known || result_.undefined.size() >= kMostUndefined) return;
      const SourceLocation where = findings_.Place(node.at);
      result_.undefined.push_back({where, std::move(problem.what), std::move(problem.hint)});
    }
  }

 private:
  Writer& writer_;
  const Variables& variables_;
  Substitution& result_;
  Findings& findings_;
};

/// The parts of an App in which Compose's own rules hold.
bool IsComposePart(std::string_view field) {
  static constexpr std::string_view kParts[] = {"services", "networks", "volumes", "configs",
                                                "secrets"};
  return std::find(std::begin(kParts), std::end(kParts), field) != std::end(kParts);
}

/// A value of a variable is a text; where the schema wants a number or true, it is read as one.
void ReadTypes(Node& node, const Schema& schema) {
  if (node.substituted && node.IsString()) {
    const Node::Type type = PlainType(node.text);
    const bool wanted = (schema.type == Schema::Type::kInteger && type == Node::Type::kInteger) ||
                        (schema.type == Schema::Type::kBoolean && type == Node::Type::kBool);
    if (wanted) node.type = type;
  }
  for (Member& m : node.members) {
    const Schema* inside = schema.has_fields ? schema.Find(m.key) : schema.each.get();
    if (inside != nullptr) ReadTypes(m.value, *inside);
  }
  for (Node& item : node.items) {
    if (schema.each != nullptr) ReadTypes(item, *schema.each);
  }
}

}  // namespace

bool IsVariableName(std::string_view name) {
  return !name.empty() && NameLength(name) == name.size();
}

Substitution Substitute(Node& document, const Kind& kind, const ResourceKey& key,
                        const Variables& variables, Findings& findings) {
  Substitution result;
  const std::string ns = kind.in_namespace ? key.ns : key.name;
  Writer writer(variables, ns, result);
  Walk walk(writer, variables, result, findings);
  if (Node* metadata = document.Find("metadata")) {
    for (const std::string_view part : {"labels", "annotations"}) {
      if (Node* texts = metadata->Find(part)) walk.Over(*texts, false);
    }
  }
  Node* spec = document.Find("spec");
  if (spec == nullptr) return result;
  for (Member& m : spec->members) walk.Over(m.value, kind.name == "App" && IsComposePart(m.key));
  ReadTypes(*spec, *kind.schema.Find("spec"));
  return result;
}

}  // namespace mooring::manifest
