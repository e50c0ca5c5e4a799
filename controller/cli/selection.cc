// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/selection.h"

#include <algorithm>
#include <optional>

#include "controller/base/text.h"
#include "controller/net/http_client.h"

namespace mooring::cli {
namespace {

constexpr const char* kKindNames[] = {"App", "Site", "Secret", "Notifier", "Host", "Namespace"};

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// "apps", "App", "app" -> "App".
std::optional<std::string> KindOf(const std::string& word) {
  for (std::string kind : kKindNames) {
    if (Lower(word) == Lower(kind) || Lower(word) == Lower(kind) + "s") return kind;
  }
  return std::nullopt;
}

std::unexpected<Error> UnknownKind(const std::string& word) {
  std::vector<std::string> words;
  for (const std::string kind : kKindNames) {
    words.push_back(Lower(kind));
    words.push_back(Lower(kind) + "s");
  }
  const std::string near = Nearest(Lower(word), words);
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("unknown kind \"{}\"; {}", word,
                  near.empty()
                      ? "this version knows apps, sites, secrets, notifiers, hosts and namespaces"
                      : fmt::format("did you mean \"{}\"?", near)));
}

/// The namespace that a name is in, once the kind is known.
Result<Selection> InScope(Selection selection, const Scope& scope) {
  if (selection.kind == "Host" || selection.kind == "Namespace") {
    selection.ns.clear();
    return selection;
  }
  if (!selection.ns.empty()) {
    if (!scope.ns.empty() && scope.ns != selection.ns) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the resource is said to be in namespace {} and, by -n, in {}",
                              selection.ns, scope.ns));
    }
    return selection;
  }
  selection.ns = scope.ns;
  const bool one = !selection.kind.empty() && !selection.name.empty();
  if (one && selection.ns.empty() && !scope.all_namespaces) selection.ns = "default";
  return selection;
}

std::vector<std::string> NameParts(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const std::string& word : words) {
    for (std::string& part : Split(word, '/')) parts.push_back(std::move(part));
  }
  return parts;
}

bool HasEmpty(const std::vector<std::string>& parts) {
  return std::find(parts.begin(), parts.end(), "") != parts.end();
}

std::unexpected<Error> NotAName(const std::vector<std::string>& words) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" names no resource; write app shop, app/shop or App/default/shop",
                          Join(words, " ")));
}

std::string Shown(const Selection& selection) {
  if (selection.kind.empty()) {
    return fmt::format("\"{}\"",
                       selection.ns.empty() ? selection.name : selection.ns + "/" + selection.name);
  }
  if (selection.ns.empty()) return selection.kind + "/" + selection.name;
  return selection.Key().ToString();
}

std::string ListQuery(const Selection& selection) {
  std::string query = "/api/v1/resources";
  char separator = '?';
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"kind", selection.kind}, {"namespace", selection.ns}}) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", separator, name, net::EscapeQuery(value));
    separator = '&';
  }
  return query;
}

Result<std::vector<Json>> FetchList(ApiClient& api, const Selection& selection) {
  MOORING_TRY(const Json list, api.Get(ListQuery(selection)));
  const auto items = list.find("items");
  if (items == list.end() || !items->is_array())
    return Fail(ErrorCode::kInternal, "the daemon's list of resources has no items");
  return items->get<std::vector<Json>>();
}

}  // namespace

bool Selection::Matches(const ResourceKey& key) const {
  return (kind.empty() || kind == key.kind) && (ns.empty() || ns == key.ns) &&
         (name.empty() || name == key.name);
}

Result<Selection> ParseSelection(const std::vector<std::string>& words, const Scope& scope) {
  if (words.empty()) return InScope({}, scope);
  const std::vector<std::string> parts = NameParts(words);
  if (HasEmpty(parts) || parts.size() > 3) return NotAName(words);
  const auto kind = KindOf(parts.front());
  if (!kind) {
    if (parts.size() > 1) return UnknownKind(parts.front());
    return InScope({"", "", parts.front()}, scope);  // "shop": whatever has that name
  }
  if (parts.size() == 1) return InScope({*kind, "", ""}, scope);
  return InScope({*kind, parts.size() == 3 ? parts[1] : "", parts.back()}, scope);
}

Result<Selection> ParseNameOf(const std::string& kind, const std::vector<std::string>& words,
                              const Scope& scope) {
  std::vector<std::string> parts = NameParts(words);
  if (parts.empty() || HasEmpty(parts)) return NotAName(words);
  // "app" alone is a name; with more behind it, it is the kind.
  if (parts.size() > 1 && KindOf(parts.front()) == kind) parts.erase(parts.begin());
  if (parts.size() > 2) return NotAName(words);
  return InScope({kind, parts.size() == 2 ? parts[0] : "", parts.back()}, scope);
}

ResourceKey KeyOf(const Json& document) {
  const Json metadata = document.value("metadata", Json::object());
  return {document.value("kind", ""), metadata.value("namespace", ""), metadata.value("name", "")};
}

Error NotThere(const Selection& selection, const std::vector<ResourceKey>& known) {
  const std::string what = Shown(selection) + " is neither in Git nor on this host";
  std::vector<std::string> names;
  for (const ResourceKey& key : known) {
    if (!selection.kind.empty() && key.kind != selection.kind) continue;
    if (key.name == selection.name && key.ns != selection.ns) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("{}; {} is: add -n {}", what, key.ToString(), key.ns));
    }
    names.push_back(key.name);
  }
  const std::string near = Nearest(selection.name, names);
  for (const ResourceKey& key : known) {
    if (!near.empty() && key.name == near &&
        (selection.kind.empty() || key.kind == selection.kind)) {
      return Error(ErrorCode::kNotFound, fmt::format("{}; did you mean {}?", what, key.ToString()));
    }
  }
  return Error(ErrorCode::kNotFound, what + "; see what there is with: mooring get");
}

Result<std::vector<Json>> FetchSelected(ApiClient& api, const Selection& selection) {
  if (selection.name.empty()) return FetchList(api, selection);
  MOORING_TRY(const std::vector<Json> all, FetchList(api, {}));
  std::vector<Json> found;
  std::vector<ResourceKey> known;
  for (const Json& document : all) {
    known.push_back(KeyOf(document));
    if (selection.Matches(known.back())) found.push_back(document);
  }
  if (found.empty()) return std::unexpected(NotThere(selection, known));
  return found;
}

Result<Json> FetchOne(ApiClient& api, const Selection& selection) {
  MOORING_TRY(std::vector<Json> found, FetchSelected(api, selection));
  if (found.size() == 1) return std::move(found.front());
  std::vector<std::string> keys;
  keys.reserve(found.size());
  for (const Json& document : found) keys.push_back(KeyOf(document).ToString());
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("several resources are meant: {}; name one of them", Join(keys, ", ")));
}

Result<LabelSelector> LabelSelector::Parse(const std::string& text) {
  LabelSelector selector;
  if (text.empty()) return selector;
  for (const std::string& part : Split(text, ',')) {
    Term term;
    const size_t equals = part.find('=');
    term.label = part.substr(0, equals);
    if (equals != std::string::npos) {
      term.has_value = true;
      term.value = part.substr(equals + 1);
      if (term.value.starts_with('=')) term.value.erase(0, 1);
      if (term.label.ends_with('!')) {
        term.negated = true;
        term.label.pop_back();
      }
    } else if (term.label.starts_with('!')) {
      term.negated = true;
      term.label.erase(0, 1);
    }
    if (term.label.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("\"{}\" is no label selector; write name=value, name!=value, name or "
                              "!name, with commas between",
                              text));
    }
    selector.terms_.push_back(std::move(term));
  }
  return selector;
}

bool LabelSelector::Matches(const Json& labels) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    const auto found = labels.is_object() ? labels.find(term.label) : labels.end();
    const bool there = labels.is_object() && found != labels.end();
    const bool holds = there && (!term.has_value || *found == term.value);
    return holds != term.negated;
  });
}

}  // namespace mooring::cli
