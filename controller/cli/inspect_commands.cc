// SPDX-License-Identifier: Apache-2.0
// The commands that ask the daemon: get, describe, events.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/client.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/tables.h"
#include "controller/net/http_client.h"

namespace mooring::cli {
namespace {

struct Selection {
  std::string kind;  ///< as in specs; empty: all
  std::string name;  ///< empty: all
  std::string ns;    ///< empty: all for a list; never for one resource that has one
};

const std::vector<std::string>& KindNames() {
  static const std::vector<std::string> kKinds = {"App", "Site", "Host"};
  return kKinds;
}

/// "apps", "App", "app" -> "App".
std::optional<std::string> KindOf(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string& kind : KindNames()) {
    std::string lower = kind;
    lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
    if (word == lower || word == lower + "s") return kind;
  }
  return std::nullopt;
}

/// What "apps", "app shop", "app/shop" or "App/default/shop" mean, in the namespace `ns` if given.
Result<Selection> Select(std::vector<std::string> words, std::string ns) {
  if (words.size() == 1 && words[0].find('/') != std::string::npos) words = Split(words[0], '/');
  if (words.empty()) return Selection{"", "", std::move(ns)};
  const auto kind = KindOf(words[0]);
  if (!kind) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("unknown kind \"{}\"; this version knows apps, sites and hosts", words[0]));
  }
  if (words.size() > 2) ns = words[1];
  Selection selection{*kind, words.size() > 1 ? words.back() : "", std::move(ns)};
  if (*kind == "Host")
    selection.ns.clear();
  else if (!selection.name.empty() && selection.ns.empty())
    selection.ns = "default";
  return selection;
}

std::string KeyOf(const Selection& selection) {
  return ResourceKey{selection.kind, selection.ns, selection.name}.ToString();
}

int Report(const Error& error) {
  std::cerr << "mooring: " << error.ToString() << "\n";
  if (error.code() == ErrorCode::kUnavailable) return exit_code::kUnreachable;
  if (error.code() == ErrorCode::kInvalidArgument) return exit_code::kUsage;
  return exit_code::kFailed;
}

std::string PathOf(const Selection& selection) {
  if (selection.kind == "Host")
    return fmt::format("/api/v1/resources?kind=Host&name={}", net::EscapeQuery(selection.name));
  return fmt::format("/api/v1/resources/{}/{}/{}", selection.kind, net::EscapeQuery(selection.ns),
                     net::EscapeQuery(selection.name));
}

Result<Json> FetchOne(ApiClient& client, const Selection& selection) {
  MOORING_TRY(Json document, client.Get(PathOf(selection)));
  if (selection.kind != "Host") return document;
  if (document["items"].empty())
    return Fail(ErrorCode::kNotFound, "Host/" + selection.name + " is not this host");
  return document["items"].front();
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

}  // namespace

int Get(const Config& config, const ListOptions& options) {
  const auto selection = Select(options.what, options.ns);
  if (!selection) return Report(selection.error());
  ApiClient client(config.ApiSocket());
  const bool one = !selection->name.empty();
  const auto document = one ? FetchOne(client, *selection) : client.Get(ListQuery(*selection));
  if (!document) return Report(document.error());
  if (options.output == "json") {
    std::cout << document->dump(2) << "\n";
    return exit_code::kDone;
  }
  const Json items = one ? Json::array({*document}) : (*document)["items"];
  if (items.empty()) {
    std::cout << "nothing there\n";
    return exit_code::kDone;
  }
  std::cout << ResourceTable(items, selection->kind.empty(), SystemClock().Now());
  return exit_code::kDone;
}

int Describe(const Config& config, const ListOptions& options) {
  const auto selection = Select(options.what, options.ns);
  if (!selection) return Report(selection.error());
  if (selection->name.empty()) {
    return Report(Error(ErrorCode::kInvalidArgument,
                        "describe needs one resource, for example: mooring describe app shop"));
  }
  ApiClient client(config.ApiSocket());
  const auto document = FetchOne(client, *selection);
  if (!document) return Report(document.error());
  const auto events =
      client.Get("/api/v1/events?limit=20&resource=" + net::EscapeQuery(KeyOf(*selection)));
  if (!events) return Report(events.error());
  std::cout << Description(*document, (*events)["items"], SystemClock().Now());
  return exit_code::kDone;
}

int Events(const Config& config, const EventsOptions& options) {
  const auto selection = Select(options.what, options.ns);
  if (!selection) return Report(selection.error());
  std::string path = fmt::format("/api/v1/events?limit={}", options.limit);
  if (!selection->name.empty()) {
    path += "&resource=" + net::EscapeQuery(KeyOf(*selection));
  } else if (!selection->kind.empty()) {
    return Report(Error(ErrorCode::kInvalidArgument,
                        "events are those of one resource or of all, for example: mooring events "
                        "app shop"));
  }
  ApiClient client(config.ApiSocket());
  const auto events = client.Get(path);
  if (!events) return Report(events.error());
  if (options.output == "json") {
    std::cout << events->dump(2) << "\n";
  } else {
    std::cout << EventTable((*events)["items"], SystemClock().Now());
  }
  return exit_code::kDone;
}

}  // namespace mooring::cli
