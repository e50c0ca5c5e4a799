// SPDX-License-Identifier: Apache-2.0
// Prints specs as a host has them: overlays laid over, variables written out, short syntax long.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/findings_text.h"
#include "controller/cli/preview.h"
#include "controller/cli/yaml_text.h"
#include "controller/git/library.h"

namespace mooring::cli {
namespace {

using nlohmann::ordered_json;

/// Each dollar sign is written twice, since one would begin a variable when this is read again. As
/// in specs, names are taken as they are.
void EscapeDollars(ordered_json& value) {
  if (value.is_structured()) {
    for (ordered_json& item : value) EscapeDollars(item);
  } else if (value.is_string()) {
    value = Join(Split(value.get_ref<const std::string&>(), '$'), "$$");
  }
}

ordered_json DocumentOf(const Resource& resource) {
  ordered_json metadata = {{"name", resource.key.name}};
  if (!resource.key.ns.empty()) metadata["namespace"] = resource.key.ns;
  if (!resource.labels.empty()) metadata["labels"] = resource.labels;
  if (!resource.annotations.empty()) metadata["annotations"] = resource.annotations;
  ordered_json spec = resource.spec;
  if (resource.key.kind != "Host") {  // which has no variables
    for (const char* texts : {"labels", "annotations"}) {
      if (metadata.contains(texts)) EscapeDollars(metadata[texts]);
    }
    EscapeDollars(spec);
  }
  return {{"apiVersion", kApiVersion},
          {"kind", resource.key.kind},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

/// "# apps/hello.yaml:1, overlays/staging/hello.yaml"
std::string OriginOf(const Resource& resource) {
  std::string text = fmt::format("# {}:{}", resource.source.file, resource.source.line);
  if (!resource.overlay.empty()) text += ", " + resource.overlay;
  return text;
}

void PrintYaml(const std::vector<const Resource*>& resources) {
  for (const Resource* resource : resources)
    std::cout << "---\n" << OriginOf(*resource) << "\n" << ToYaml(DocumentOf(*resource));
}

void PrintJson(const std::vector<const Resource*>& resources) {
  ordered_json list = {
      {"apiVersion", kApiVersion}, {"kind", "List"}, {"items", ordered_json::array()}};
  for (const Resource* resource : resources) list["items"].push_back(DocumentOf(*resource));
  std::cout << list.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

void TellNotPlaced(const std::vector<expand::NotPlaced>& not_placed, const Selection& selection,
                   const std::string& host) {
  std::vector<std::string> lines;
  for (const expand::NotPlaced& one : not_placed) {
    if (selection.Matches(one.key))
      lines.push_back(
          fmt::format("# {} ({}): {}", one.key.ToString(), one.source.ToString(), one.why));
  }
  if (lines.empty()) return;
  std::cerr << fmt::format("# {} not on {}:\n{}\n", Count(lines.size(), "resource"), host,
                           Join(lines, "\n"));
}

}  // namespace

int Build(Session& session, const BuildOptions& options) {
  const auto selection = ParseSelection(options.words, options.scope);
  if (!selection) return Report(selection.error());
  const git::Library git;
  const std::string host = options.host.empty() ? session.config().host_name : options.host;
  const auto specs = ReadSpecs(options.path, host, {});
  if (!specs) return ReportFailure(specs.error());
  if (!specs->input.desired) {
    PrintFindings(specs->findings, specs->files);
    return exit_code::kFindings;
  }
  std::vector<const Resource*> resources;
  for (const auto& [key, resource] : specs->input.desired->resources()) {
    if (selection->Matches(key)) resources.push_back(resource.get());
  }
  TellNotPlaced(specs->not_placed, *selection, host);
  if (resources.empty() && !selection->name.empty()) {
    std::cerr << fmt::format("mooring: nothing of that name is on {}\n", host);
    return exit_code::kFailed;
  }
  options.output == "json" ? PrintJson(resources) : PrintYaml(resources);
  return exit_code::kDone;
}

}  // namespace mooring::cli
