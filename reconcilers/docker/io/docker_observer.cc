// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/docker_observer.h"

#include <arpa/inet.h>

#include <bit>
#include <fstream>
#include <sstream>
#include <tuple>

#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/engine_needs.h"
#include "reconcilers/docker/plan/file_planner.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/seed_planner.h"

namespace mooring::docker {

namespace {

/// All only grow, so that the sum stays when none moves, and moves when one does.
uint64_t AllVersions(uint64_t engine, uint64_t hosts, uint64_t files, uint64_t counts) {
  return engine == 0 || hosts == 0 ? 0 : engine + hosts + files + counts;
}

constexpr int kLinesOfFailure = 5;

/// Those beside the App's own that some service is in.
void MentionNetworks(const AppSpec& app, EngineMemory::Mentions& mentions) {
  for (const NetworkSpec& network : app.networks) {
    const bool used = std::ranges::any_of(
        app.services, [&](const ServiceSpec& service) { return service.IsIn(network.key); });
    if (network.own || !used) continue;
    mentions.networks.insert(network.name);
    if (!network.external)
      std::ranges::move(network.Subnets(), std::back_inserter(mentions.subnets));
  }
}

/// Whoever reads of the failure wants to know what it said last.
bool IsFailedJob(const ContainerSummary& summary, const ContainerDetails& details) {
  return !summary.Label(label::kJob).empty() && summary.state == "exited" && details.exit_code != 0;
}

/// So that whoever has to mend it need not look for its log, which may be gone with it by then.
bool IsInTrouble(const ContainerSummary& summary) {
  const bool sick = summary.health == Health::kUnhealthy || summary.health == Health::kStarting;
  return summary.Label(label::kJob).empty() &&
         ((summary.state == "running" && sick) || summary.state == "restarting" ||
          (summary.state == "exited" && summary.exit_code != 0));
}

}  // namespace

DockerObserver::DockerObserver(Options options, DockerReader& reader, HostsFile& hosts,
                               Clock& clock, const SecretFiles* files, FileStore* repository_files,
                               RegistryDigests* digests, const ReplicaCounts* counts)
    : options_(std::move(options)),
      reader_(reader),
      hosts_(hosts),
      clock_(clock),
      files_(files),
      repository_files_(repository_files),
      digests_(digests),
      counts_(counts),
      memory_(EngineMemory(options_.instance)) {}

Status DockerObserver::Refresh(std::stop_token stop) {
  const auto began = memory_.With([](const auto& m) { return m.Now(); });
  MOORING_TRY(std::vector<SummaryPtr> all, reader_.ListContainers({}, stop));
  memory_.With([&](auto& m) { m.PutAll(began, std::move(all)); });
  return ReadSurroundings(stop);
}

Status DockerObserver::EnsureAll(std::stop_token stop) {
  const std::scoped_lock lock(reading_all_);
  const bool known = memory_.With([](const auto& m) { return m.HasAll(); });
  return known ? Status() : Refresh(stop);
}

Status DockerObserver::ReadSurroundings(std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(ReadNetworks(stop));
  const auto [volumes_known, began] =
      memory_.With([](const auto& m) { return std::pair(m.HasVolumes(), m.Now()); });
  if (!volumes_known) {
    MOORING_TRY(std::vector<VolumeInfo> volumes, reader_.ListVolumes(stop));
    memory_.With([&](auto& m) { m.PutVolumes(began, std::move(volumes)); });
  }
  return {};
}

Status DockerObserver::ReadNetworks(std::stop_token stop) {
  const auto [stale, began] =
      memory_.With([](const auto& m) { return std::pair(m.StaleNetworks(), m.Now()); });
  if (!stale) {
    MOORING_TRY(std::vector<NetworkInfo> networks, reader_.ListNetworks("", stop));
    memory_.With([&](auto& m) { m.PutNetworks(began, std::move(networks)); });
    return {};
  }
  for (const std::string& name : *stale) {
    MOORING_TRY(std::vector<NetworkInfo> networks, reader_.ListNetworks(name, stop));
    memory_.With([&](auto& m) { m.PutNetwork(name, began, std::move(networks)); });
  }
  return {};
}

Status DockerObserver::ReadApp(const ResourceKey& key, std::stop_token stop) {
  const auto [strangers_known, projects, began] = memory_.With(
      [&](const auto& m) { return std::tuple(m.HasStrangers(key), m.ProjectsOf(key), m.Now()); });
  const ContainerFilter ours{.labels = {fmt::format("{}={}", label::kInstance, options_.instance),
                                        fmt::format("{}={}", label::kKind, key.kind),
                                        fmt::format("{}={}", label::kNamespace, key.ns),
                                        fmt::format("{}={}", label::kName, key.name)}};
  MOORING_TRY(std::vector<SummaryPtr> containers, reader_.ListContainers(ours, stop));
  std::optional<std::vector<SummaryPtr>> named;
  if (!strangers_known) {
    const AppSpec app{.ns = key.ns, .name = key.name};
    MOORING_TRY(named, reader_.ListContainers({.name = "^/" + app.NetworkName() + "_"}, stop));
    // Also for a spec that adopts no more: what it adopted is still there.
    for (const std::string& project : projects) {
      const ContainerFilter filter{.labels = {fmt::format("{}={}", kProjectLabel, project)}};
      MOORING_TRY(std::vector<SummaryPtr> of_project, reader_.ListContainers(filter, stop));
      std::ranges::move(of_project, std::back_inserter(*named));
    }
  }
  memory_.With([&](auto& m) { m.PutApp(key, began, std::move(containers), std::move(named)); });
  return {};
}

Result<std::shared_ptr<const ContainerDetails>> DockerObserver::Details(
    const ContainerSummary& summary, std::stop_token stop) {
  const std::string& id = summary.id;
  EngineMemory::Moment ticket = 0;
  auto known = memory_.With([&](auto& m) {
    auto details = m.Details(id);
    if (!details) ticket = m.BeginDetails(id);
    return details;
  });
  if (known) return known;
  auto details = reader_.InspectContainer(id, stop);
  if (details && IsFailedJob(summary, *details)) {
    auto lines = reader_.LastLines(id, kLinesOfFailure, stop);
    if (!lines && lines.error().code() != ErrorCode::kNotFound)
      return std::unexpected(lines.error());
    if (lines) details->last_lines = *std::move(lines);
  }
  std::shared_ptr<const ContainerDetails> shared;
  if (details) shared = std::make_shared<const ContainerDetails>(std::move(*details));
  memory_.With([&](auto& m) { m.PutDetails(id, ticket, shared); });
  if (!details && details.error().code() != ErrorCode::kNotFound)
    return std::unexpected(details.error());
  return shared;
}

Result<std::optional<ImageInfo>> DockerObserver::Image(const std::string& reference,
                                                       std::stop_token stop) {
  EngineMemory::Moment began = 0;
  const auto known = memory_.With([&](const auto& m) -> std::optional<std::optional<ImageInfo>> {
    began = m.Now();
    const std::optional<ImageInfo>* image = m.Image(reference);
    if (image == nullptr) return std::nullopt;
    return std::make_optional(*image);
  });
  if (known) return *known;
  MOORING_TRY(std::optional<ImageInfo> image, reader_.InspectImage(reference, stop));
  memory_.With([&](auto& m) { m.PutImage(reference, began, image); });
  return image;
}

std::vector<Subnet> DockerObserver::HostRoutes() const {
  std::vector<Subnet> routes;
  std::ifstream file(options_.routes_file);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string interface;
    std::string destination;
    std::string skip;
    std::string mask;
    words >> interface >> destination >> skip >> skip >> skip >> skip >> skip >> mask;
    const auto base = ntohl(static_cast<uint32_t>(std::strtoul(destination.c_str(), nullptr, 16)));
    const auto bits = ntohl(static_cast<uint32_t>(std::strtoul(mask.c_str(), nullptr, 16)));
    // A default route takes nothing; nor do the two halves that VPNs write in its place.
    if (!mask.empty() && std::popcount(bits) > 1)
      routes.push_back({base & bits, std::popcount(bits)});
  }
  return routes;
}

Result<std::shared_ptr<const Observation>> DockerObserver::Observe(const ResourceKey& key,
                                                                   const Resource* desired,
                                                                   std::stop_token stop) {
  auto seen = std::make_shared<AppObservation>();
  AppSpec app{.ns = key.ns, .name = key.name};
  if (desired != nullptr) app = ParseApp(*desired);
  EngineMemory::Mentions mentions{.project = app.adopts};
  for (const ServiceSpec& service : app.services) mentions.images.insert(service.image);
  for (const VolumeSpec& volume : app.volumes)
    mentions.volumes.insert({volume.name, MarkOf(volume.name)});
  MentionNetworks(app, mentions);

  const auto [all_known, app_known] = memory_.With([&](auto& m) {
    if (desired != nullptr) m.Watch(key, mentions);
    // Whether a stranger is to be adopted is no matter of a name alone.
    return std::pair(m.HasAll(), m.HasApp(key) && (app.adopts.empty() || m.HasStrangers(key)));
  });
  if (!all_known) MOORING_RETURN_IF_ERROR(EnsureAll(stop));
  if (all_known && !app_known) MOORING_RETURN_IF_ERROR(ReadApp(key, stop));
  MOORING_RETURN_IF_ERROR(ReadSurroundings(stop));
  seen->seen_as_of = memory_.With([&](const auto& m) {
    m.Fill(key, mentions, *seen);
    return m.VersionOf(key);
  });
  MOORING_RETURN_IF_ERROR(TakeAdopted(key, app.adopts, *seen, stop));

  const bool may_go = desired == nullptr || app.deletion == DeletionPolicy::kDelete;
  if (may_go && !seen->volumes.empty()) {
    if (auto sizes = reader_.VolumeSizes(stop)) seen->volume_sizes = *std::move(sizes);
  }

  std::vector<std::string> addresses;
  for (ObservedContainer& container : seen->containers) {
    MOORING_TRY(container.details, Details(*container.summary, stop));
    if (desired != nullptr && IsInTrouble(*container.summary)) {
      if (auto lines = reader_.LastLines(container.summary->id, kLinesOfFailure, stop))
        container.last_lines = *std::move(lines);
    }
    for (const auto& [network, endpoint] : container.summary->networks) {
      for (const std::string& address : {endpoint.fixed_address, endpoint.address}) {
        if (!address.empty()) addresses.push_back(address);
      }
    }
  }
  // Gone between the list and the inspection: an event about it follows.
  std::erase_if(seen->containers, [](const ObservedContainer& c) { return !c.details; });
  std::erase_if(seen->containers, [&](const ObservedContainer& c) {
    if (c.summary->Label(label::kSeedOf).empty()) return false;
    seen->seeders.push_back(c);
    return true;
  });
  for (const std::string& image : mentions.images) {
    MOORING_TRY(seen->images[image], Image(image, stop));
  }
  if (digests_ != nullptr) digests_->Follow(key, app.follows_digests);
  if (digests_ != nullptr && app.follows_digests) AskRegistries(*seen, stop);
  if (desired != nullptr && (!seen->network || !seen->used_subnets.empty())) {
    const std::vector<Subnet> routes = HostRoutes();
    seen->used_subnets.insert(seen->used_subnets.end(), routes.begin(), routes.end());
  }
  if (NeedsNewerEngine(app)) {
    MOORING_TRY(const EngineInfo engine, reader_.Ping(stop));
    seen->engine_api = engine.api_version;
  }
  const std::string suffix = fmt::format(".{}.{}.mooring.internal", key.name, key.ns);
  MOORING_TRY(seen->hosts, hosts_.View(suffix, addresses));
  if (files_ != nullptr) seen->secret_files = files_->View(app.NetworkName());
  if (repository_files_ != nullptr) {
    MOORING_TRY(seen->files, repository_files_->View(app.NetworkName()));
    seen->has_files = HasRemovableFiles(seen->files);
  }
  uint64_t counted = 0;
  if (counts_ != nullptr) std::tie(seen->scaled, counted) = counts_->Read(key);
  seen->seen_as_of =
      AllVersions(seen->seen_as_of, seen->hosts.version, seen->files.version, counted);
  seen->now = clock_.Now();
  return seen;
}

/// Containers of Compose that the spec names, or that were adopted before: they have no labels of
/// ours, and never get any.
Status DockerObserver::TakeAdopted(const ResourceKey& key, const std::string& project,
                                   AppObservation& seen, std::stop_token stop) {
  const auto candidates = memory_.With([&](const auto& m) { return m.Adoptable(key, project); });
  const std::string mark = AdoptionMark(options_.instance, key);
  for (const SummaryPtr& candidate : candidates) {
    MOORING_TRY(const auto details, Details(*candidate, stop));
    const bool before = details != nullptr && details->adopted_by == mark;
    if (!before && (project.empty() || ProjectOf(*candidate) != project)) continue;
    std::erase_if(seen.strangers, [&](const SummaryPtr& s) { return s->id == candidate->id; });
    seen.containers.push_back({AsOurs(*candidate, options_.instance, key), details});
  }
  return {};
}

void DockerObserver::AskRegistries(AppObservation& seen, std::stop_token stop) {
  for (const auto& [reference, image] : seen.images) {
    if (!image) continue;
    if (auto answer = digests_->Ask(reference, stop))
      seen.at_registry.emplace(reference, *std::move(answer));
  }
}

uint64_t DockerObserver::Version(const ResourceKey& key) {
  // A registry tells nothing by itself.
  if (digests_ != nullptr && digests_->Follows(key)) return 0;
  const EngineMemory::Moment engine = memory_.With([&](const auto& m) { return m.VersionOf(key); });
  const AppSpec app{.ns = key.ns, .name = key.name};
  const uint64_t files =
      repository_files_ == nullptr ? 1 : repository_files_->Version(app.NetworkName());
  const uint64_t counted = counts_ == nullptr ? 0 : counts_->Read(key).second;
  return AllVersions(engine, hosts_.Version(), files, counted);
}

Result<std::vector<ResourceKey>> DockerObserver::Owned(std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(EnsureAll(stop));
  MOORING_RETURN_IF_ERROR(ReadSurroundings(stop));
  return memory_.With([](const auto& m) { return m.Owned(); });
}

std::vector<ResourceKey> DockerObserver::OnEvent(const EngineEvent& event) {
  return memory_.With([&](auto& m) { return m.OnEvent(event); });
}

void DockerObserver::MarkDirty(const ResourceKey& key, EngineMemory::Part part) {
  memory_.With([&](auto& m) { m.Touch(key, part); });
}

bool DockerObserver::ReserveSubnet(const ResourceKey& key, const std::string& name,
                                   const Subnet& subnet) {
  return memory_.With([&](auto& m) { return m.Reserve(key, name, subnet); });
}

void DockerObserver::ForgetAll() {
  memory_.With([](auto& m) { m.ForgetAll(); });
}

void DockerObserver::ForgetDetails() {
  memory_.With([](auto& m) { m.ForgetDetails(); });
}

}  // namespace mooring::docker
