// SPDX-License-Identifier: Apache-2.0
// The commands that ask the daemon once: get, describe, events.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/tables.h"
#include "controller/cli/watch_commands.h"
#include "controller/cli/yaml_text.h"
#include "controller/net/http_client.h"

namespace mooring::cli {
namespace {

/// What a document of the API is printed as; `list` when several could have been asked for.
std::string AsDocument(const Json& items, bool list, const std::string& output) {
  nlohmann::ordered_json document;
  if (list) {
    document = {{"apiVersion", kApiVersion}, {"kind", "List"}, {"items", items}};
  } else {
    document = items.front();
  }
  return output == "yaml" ? ToYaml(document) : document.dump(2) + "\n";
}

void PrintNames(const Json& items) {
  for (const Json& item : items) std::cout << KeyOf(item).ToString() << "\n";
}

}  // namespace

int Get(Session& session, const GetOptions& options) {
  if (options.target.words.size() == 1 && IsEngineList(options.target.words[0])) {
    if (options.watch || !options.selector.empty())
      return Report(Error(ErrorCode::kInvalidArgument, "-w and -l are for resources"));
    return ListEngine(session, {.what = options.target.words[0],
                                .ns = options.target.scope.ns,
                                .unmanaged = options.unmanaged,
                                .no_headers = options.no_headers,
                                .output = options.output});
  }
  const auto selection = ParseSelection(options.target.words, options.target.scope);
  if (!selection) return Report(selection.error());
  const auto labels = LabelSelector::Parse(options.selector);
  if (!labels) return Report(labels.error());
  if (options.watch) return WatchResources(session, options, *selection, *labels);
  ApiClient api = session.Api();
  const auto found = FetchSelected(api, *selection);
  if (!found) return Report(found.error());
  Json items = Json::array();
  for (const Json& item : *found) {
    if (labels->Matches(item["metadata"].value("labels", Json()))) items.push_back(item);
  }
  const bool one = selection->IsOne() && items.size() == 1;
  if (options.output == "json" || options.output == "yaml") {
    std::cout << AsDocument(items, !one, options.output);
  } else if (options.output == "name") {
    PrintNames(items);
  } else if (items.empty()) {
    std::cerr << "nothing there\n";
  } else {
    ResourceTable table({.kind = selection->kind.empty(),
                         .ns = NeedsNamespace(items),
                         .wide = options.output == "wide"},
                        session.ForTables());
    std::cout << table.Rows(items, session.clock().Now(), !options.no_headers);
  }
  return exit_code::kDone;
}

int Describe(Session& session, const Target& target) {
  const auto selection = ParseSelection(target.words, target.scope);
  if (!selection) return Report(selection.error());
  if (selection->name.empty()) {
    return Report(Error(ErrorCode::kInvalidArgument,
                        "describe needs one resource, for example: mooring describe app shop"));
  }
  ApiClient api = session.Api();
  const auto document = FetchOne(api, *selection);
  if (!document) return Report(document.error());
  const auto events =
      api.Get("/api/v1/events?limit=20&resource=" + net::EscapeQuery(KeyOf(*document).ToString()));
  if (!events) return Report(events.error());
  std::cout << Description(*document, (*events)["items"], session.clock().Now());
  return exit_code::kDone;
}

int Events(Session& session, const EventsOptions& options) {
  const auto selection = ParseSelection(options.target.words, options.target.scope);
  if (!selection) return Report(selection.error());
  ApiClient api = session.Api();
  std::string path = fmt::format("/api/v1/events?limit={}", options.limit);
  std::string resource;
  if (!selection->name.empty()) {
    const auto document = FetchOne(api, *selection);
    const bool gone = !document && document.error().code() == ErrorCode::kNotFound;
    if (!document && !(gone && selection->IsOne())) return Report(document.error());
    // What is gone has a past, too.
    const ResourceKey key = gone ? selection->Key() : KeyOf(*document);
    resource = key.ToString();
    path += "&resource=" + net::EscapeQuery(resource);
  } else if (!selection->kind.empty()) {
    return Report(Error(ErrorCode::kInvalidArgument,
                        "events are those of one resource or of all, for example: mooring events "
                        "app shop"));
  }
  const auto events = api.Get(path);
  if (!events) return Report(events.error());
  if (options.watch) return WatchEvents(session, options, *events, resource);
  if (options.output == "json") {
    std::cout << events->dump(2) << "\n";
    return exit_code::kDone;
  }
  std::cout
      << EventTable(session.ForTables()).Rows((*events)["items"], session.clock().Now(), true);
  return exit_code::kDone;
}

}  // namespace mooring::cli
