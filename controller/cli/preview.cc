// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/preview.h"

#include <algorithm>
#include <filesystem>

#include "controller/base/text.h"
#include "controller/plan/host_path.h"
#include "controller/source/open_tree.h"

namespace mooring::cli {

Result<SpecTree> ReadSpecs(const std::string& argument, const std::string& host,
                           std::stop_token stop, const std::string& source) {
  MOORING_TRY(const auto artifact, OpenTree(argument, {}, stop));
  DesiredLoader loader(host, source);
  MOORING_TRY(LoadedDesired loaded, loader.Load(*artifact, artifact->revision().ToString()));
  return SpecTree{.input = {std::move(loaded.set), artifact->Describe(), loaded.empty},
                  .note = std::move(loaded.note),
                  .findings = std::move(loaded.diagnostics),
                  .files = loaded.files,
                  .not_placed = std::move(loaded.not_placed),
                  .hosts = std::move(loaded.hosts)};
}

Policy PolicyOf(const Config& config) {
  Policy::Options options{.resolve = ResolveHostPath};
  options.engine_sockets.push_back(config.docker_socket);
  auto& own = options.own_directories;
  own.push_back(config.store_path);
  own.push_back(config.seal_key_file.parent_path());
  own.push_back(config.secret_folder);
  own.push_back(FileFolderOf(config));
  for (const std::filesystem::path file : {config.sops.age_key_file, config.sops.pgp_home}) {
    if (!file.empty()) own.push_back(file);
  }
  for (const secret::Provider& provider : config.secret_providers) {
    if (!provider.directory.empty()) own.push_back(provider.directory);
  }
  for (const std::string& socket : {config.ApiSocket(), config.caddy_admin}) {
    const size_t path = socket.find('/', socket.starts_with("unix/") ? 5 : 0);
    if (path == std::string::npos || socket.find("//localhost") != std::string::npos) continue;
    own.push_back(std::filesystem::path(socket.substr(path)).parent_path());
  }
  return Policy(std::move(options));
}

Result<Plan> BuildPreview(const PreviewInput& input, const PlanBuilder& plans, const Policy& policy,
                          const StoreReader& remembered, const std::string& host,
                          std::stop_token stop) {
  if (input.empty) return std::unexpected(manifest::EmptySource(input.source));
  MOORING_TRY(const std::vector<KnownStatus> known, remembered.ListKnown());
  const auto last_applied = [&](const ResourceKey& key) {
    LastApplied last;
    const auto status = std::ranges::lower_bound(known, key, {}, &KnownStatus::key);
    if (status == known.end() || status->key != key) return last;
    last.digest = status->last_applied_digest;
    last.source_name = status->source_name;
    // What was done before is in the whole status, which is read only where something is done once,
    // and of what goes: its document is not there to say what happens to its data.
    const Resource* resource = input.desired->Find(key);
    if (resource == nullptr || resource->spec.contains("jobs") ||
        resource->spec.contains("restartedAt")) {
      const auto whole = remembered.GetStatus(key);
      if (whole && *whole) {
        last.details = (*whole)->details;
        last.document = (*whole)->observed_spec_digest;
      }
    }
    for (const std::string& text : status->depends_on) {
      if (const auto dependency = ResourceKey::Parse(text)) last.depends_on.push_back(*dependency);
    }
    return last;
  };
  PlanRequest request{.desired = input.desired.get(),
                      .host = host,
                      .source = input.source,
                      .last_applied = last_applied,
                      .policy = &policy,
                      .whole = input.whole,
                      .suspended = input.suspended,
                      .failed = input.failed,
                      .held_at = input.held_at,
                      .remembers = input.remembers};
  for (const KnownStatus& status : known) request.known.push_back({status.key, status.source_name});
  MOORING_TRY(const auto about_host, remembered.GetStatus({"Host", "", host}));
  if (about_host) request.prune = PruneStateOf(*about_host);
  return plans.PlanSet(request, stop);
}

}  // namespace mooring::cli
