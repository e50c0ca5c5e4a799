// SPDX-License-Identifier: Apache-2.0
// The commands that go on listening to the daemon: get -w, events -w.
#include "controller/cli/watch_commands.h"

#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/event_stream.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/tables.h"
#include "controller/cli/yaml_text.h"

namespace mooring::cli {
namespace {

void SayLost(const Error& error) {
  std::cerr << "-- " << error.ToString() << "; waiting for it" << std::endl;
}

/// Prints resources as they come: first all of them, then one row for each that looks different.
class ResourceWatch {
 public:
  ResourceWatch(Session& session, const GetOptions& options, const Selection& selection,
                LabelSelector labels)
      : session_(session), options_(options), selection_(selection), labels_(std::move(labels)) {}

  void Begin() { come_.clear(); }

  bool Take(const StreamEvent& event) {
    if (event.type == "sync") {
      TellGone();
      Print(std::exchange(first_, Json::array()));
      synced_ = true;
    } else if (event.type == "resource" || event.type == "deleted") {
      Json document = Json::parse(event.data, nullptr, false);
      if (document.is_object()) Changed(std::move(document), event.type == "deleted");
    }
    std::cout.flush();
    return std::cout.good();
  }

 private:
  /// What went while the daemon was away.
  void TellGone() {
    std::vector<ResourceKey> gone;
    for (const auto& [key, looks] : shown_) {
      if (!come_.contains(key)) gone.push_back(key);
    }
    for (const ResourceKey& key : gone) {
      Changed({{"kind", key.kind}, {"metadata", {{"name", key.name}, {"namespace", key.ns}}}},
              true);
    }
  }

  void Changed(Json document, bool deleted) {
    const ResourceKey key = KeyOf(document);
    if (!selection_.Matches(key)) return;
    if (!deleted) come_.insert(key);
    if (deleted) {
      if (shown_.erase(key) == 0) return;
      document["status"]["conditions"] = Json::array(
          {{{"type", "Ready"}, {"status", "False"}, {"reason", "Deleted"}, {"message", ""}}});
    } else {
      if (!labels_.Matches(document["metadata"].value("labels", Json()))) return;
      // After a break everything comes again.
      const std::string looks = Looks(document);
      if (const auto before = shown_.find(key); before != shown_.end() && before->second == looks)
        return;
      shown_[key] = looks;
    }
    if (!synced_)
      first_.push_back(std::move(document));
    else
      Print(Json::array({std::move(document)}));
  }

  /// What a reader would see change: a row but for its age, or the document.
  std::string Looks(const Json& document) const {
    const bool table = options_.output.empty() || options_.output == "wide";
    if (!table) return document.dump();
    return ResourceTable({.kind = true, .ns = true, .wide = options_.output == "wide"})
        .Rows(Json::array({document}), Time(), false);
  }

  void Print(const Json& items) {
    if (options_.output == "json" || options_.output == "yaml") {
      for (const Json& item : items)
        std::cout << (options_.output == "json" ? item.dump() + "\n" : "---\n" + ToYaml(item));
      return;
    }
    if (options_.output == "name") {
      for (const Json& item : items) std::cout << KeyOf(item).ToString() << "\n";
      return;
    }
    if (!table_) {
      table_.emplace(ResourceColumns{.kind = selection_.kind.empty(),
                                     .ns = NeedsNamespace(items),
                                     .wide = options_.output == "wide"},
                     session_.ForTables());
      std::cout << table_->Rows(items, session_.clock().Now(), !options_.no_headers);
      return;
    }
    std::cout << table_->Rows(items, session_.clock().Now(), false);
  }

  Session& session_;
  const GetOptions& options_;
  const Selection& selection_;
  const LabelSelector labels_;
  bool synced_ = false;
  Json first_ = Json::array();
  std::set<ResourceKey> come_;  ///< since the stream began
  std::map<ResourceKey, std::string> shown_;
  std::optional<ResourceTable> table_;
};

/// Ctrl-C is how a watch ends.
int EndOf(const Status& ended) {
  if (ended || ended.error().code() == ErrorCode::kCancelled) return exit_code::kDone;
  return Report(ended.error());
}

}  // namespace

std::string ResourceStreamPath(const Selection& selection) {
  std::string path = "/api/v1/resources/stream";
  char separator = '?';
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"kind", selection.kind},
                                    {"namespace", selection.ns},
                                    {"name", selection.name}}) {
    if (value.empty()) continue;
    path += fmt::format("{}{}={}", separator, name, net::EscapeQuery(value));
    separator = '&';
  }
  return path;
}

int WatchResources(Session& session, const GetOptions& options, const Selection& selection,
                   const LabelSelector& labels) {
  const std::stop_token stop = session.stop();
  ApiClient api = session.Api();
  ResourceWatch watch(session, options, selection, labels);
  return EndOf(
      FollowStream(api, ResourceStreamPath(selection),
                   {.on_begin = [&] { watch.Begin(); },
                    .on_event = [&](const StreamEvent& event) { return watch.Take(event); },
                    .on_lost = SayLost},
                   session.clock(), stop));
}

int WatchEvents(Session& session, const EventsOptions& options, const Json& first,
                const std::string& resource) {
  const std::stop_token stop = session.stop();
  ApiClient api = session.Api();
  EventTable table(session.ForTables());
  const bool json = options.output == "json";
  const auto print = [&](const Json& items, bool header) {
    if (json) {
      for (const Json& item : items) std::cout << item.dump() << "\n";
    } else {
      std::cout << table.Rows(items, session.clock().Now(), header);
    }
    std::cout.flush();
    return std::cout.good();
  };
  if (!print(first["items"], true)) return exit_code::kDone;
  std::string path =
      fmt::format("/api/v1/events/stream?after={}", first.value("last", Json(0)).dump());
  if (!resource.empty()) path += "&resource=" + net::EscapeQuery(resource);
  return EndOf(FollowStream(
      api, path,
      {.on_begin = [] {},
       .on_event =
           [&](const StreamEvent& event) {
             const Json data = Json::parse(event.data, nullptr, false);
             if (event.type == "gap") {
               std::cerr << "-- some events are no longer kept and are not shown" << std::endl;
               return true;
             }
             return event.type != "event" || !data.is_object() || print(Json::array({data}), false);
           },
       .on_lost = SayLost},
      session.clock(), stop));
}

}  // namespace mooring::cli
