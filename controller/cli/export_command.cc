// SPDX-License-Identifier: Apache-2.0
// `mooring export`: what runs on this host, as specs.
#include <algorithm>
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/live_host.h"
#include "controller/cli/yaml_text.h"
#include "reconcilers/docker/plan/export_app.h"

namespace mooring::cli {
namespace {

using docker::ContainerFacts;
using docker::ContainerView;
using docker::ExportedDocument;

constexpr size_t kShortId = 12;

/// What is printed: documents, and what could not become one.
struct Exported {
  std::vector<ExportedDocument> documents;
  std::vector<std::string> remarks;
};

/// The container of that name, or whose id begins so.
Result<ContainerView> Find(const LiveHost& live, const std::string& word) {
  std::vector<std::string> names;
  for (const ContainerView& container : live.containers) {
    const bool is_id = word.size() >= kShortId && container.id.starts_with(word);
    if (container.name == word || is_id) return container;
    names.push_back(container.name);
  }
  const std::string nearest = Nearest(word, names);
  return Fail(ErrorCode::kNotFound,
              fmt::format("there is no container {} on this host; {}", word,
                          nearest.empty() ? "see mooring get containers"
                                          : fmt::format("did you mean {}?", nearest)));
}

/// All that runs, and what Mooring made even where it does not run: it may have done its work.
std::vector<ContainerView> Running(const LiveHost& live, std::vector<std::string>& remarks) {
  std::vector<ContainerView> chosen;
  for (const ContainerView& container : live.containers) {
    if (OwnerOf(container.labels) || container.state == "running" ||
        container.state == "restarting" || container.state == "paused") {
      chosen.push_back(container);
    } else {
      remarks.push_back(
          fmt::format("not exported: container {} ({}); name it with --container to have it",
                      container.name, container.state));
    }
  }
  return chosen;
}

Result<std::vector<ContainerFacts>> Inspect(docker::EngineView& view,
                                            const std::vector<ContainerView>& containers,
                                            const std::stop_token& stop) {
  std::map<std::string, Json> images;
  std::vector<ContainerFacts> facts;
  for (const ContainerView& container : containers) {
    auto inspect = view.Inspect(container.id, stop);
    if (!inspect && inspect.error().code() == ErrorCode::kNotFound) continue;  // it has just gone
    if (!inspect) return std::unexpected(inspect.error());
    auto image = images.find(container.image_id);
    if (image == images.end()) {
      MOORING_TRY(Json config, view.ImageConfig(container.image_id, stop));
      image = images.emplace(container.image_id, std::move(config)).first;
    }
    facts.push_back({*std::move(inspect), image->second});
  }
  return facts;
}

/// As the daemon has it: Caddy's configuration is made of it.
ExportedDocument SiteDocument(const Json& resource) {
  ExportedDocument out{.key = KeyOf(resource)};
  out.document["apiVersion"] = resource.value("apiVersion", "");
  out.document["kind"] = out.key.kind;
  out.document["metadata"]["name"] = out.key.name;
  if (out.key.ns != "default") out.document["metadata"]["namespace"] = out.key.ns;
  out.document["spec"] = resource.value("spec", Json());
  return out;
}

Status AddSites(Session& session, const Selection& selection, Exported& out) {
  ApiClient api = session.Api();
  MOORING_TRY(const std::vector<Json> documents, FetchSelected(api, selection));
  for (const Json& document : documents) {
    if (document.value("spec", Json()).is_null()) {
      out.remarks.push_back(fmt::format("not exported: {}; it is not in the source any more",
                                        KeyOf(document).ToString()));
      continue;
    }
    out.documents.push_back(SiteDocument(document));
  }
  return {};
}

Result<Exported> ExportContainers(Session& session, const ExportOptions& options,
                                  const Selection& selection) {
  Exported out;
  const std::stop_token stop = session.stop();
  docker::EngineView view(session.config().docker_socket);
  MOORING_TRY(const LiveHost live, LiveHost::Read(view, false, stop));
  std::vector<ContainerView> chosen;
  if (options.all) {
    chosen = Running(live, out.remarks);
  } else if (!options.containers.empty()) {
    for (const std::string& word : options.containers) {
      MOORING_TRY(ContainerView container, Find(live, word));
      chosen.push_back(std::move(container));
    }
  } else {
    chosen = live.ContainersOf(selection.Key());
    if (chosen.empty()) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("{} has no containers on this host", selection.Key().ToString()));
    }
  }
  MOORING_TRY(const std::vector<ContainerFacts> facts, Inspect(view, chosen, stop));
  out.documents = docker::ExportApps(facts);
  return out;
}

Result<Exported> Collect(Session& session, const ExportOptions& options) {
  if (options.all || !options.containers.empty()) {
    MOORING_TRY(Exported out, ExportContainers(session, options, {}));
    if (!options.all) return out;
    if (const Status sites = AddSites(session, {.kind = "Site"}, out); !sites) {
      out.remarks.push_back("not exported: Sites; " + sites.error().ToString());
    }
    return out;
  }
  MOORING_TRY(const Selection selection,
              ParseSelection(options.target.words, options.target.scope));
  if (!selection.IsOne() || (selection.kind != "App" && selection.kind != "Site")) {
    return Fail(ErrorCode::kInvalidArgument,
                "name one App or Site, as in mooring export app shop; or use --container or --all");
  }
  if (selection.kind == "App") return ExportContainers(session, options, selection);
  Exported out;
  MOORING_RETURN_IF_ERROR(AddSites(session, selection, out));
  return out;
}

}  // namespace

int Export(Session& session, const ExportOptions& options) {
  auto exported = Collect(session, options);
  if (!exported) return Report(exported.error());
  std::string text;
  for (const ExportedDocument& document : exported->documents) {
    if (!text.empty()) text += "---\n";
    text += ToYaml(document.document, document.comments);
  }
  for (const std::string& remark : exported->remarks) text += CommentLine(remark);
  std::cout << text;
  return exit_code::kDone;
}

}  // namespace mooring::cli
