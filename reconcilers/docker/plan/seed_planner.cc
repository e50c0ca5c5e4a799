// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/seed_planner.h"

#include <algorithm>
#include <charconv>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "controller/resource/repository_files.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/network_planner.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/volume_planner.h"

namespace mooring::docker {
namespace {

constexpr char kMarkPrefix[] = "mooring-seed_";

std::optional<uint32_t> NumberOf(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool Mounts(const ServiceSpec& service, const std::string& key) {
  return std::ranges::any_of(service.mounts, [&](const Mount& mount) {
    return mount.type == "volume" && mount.source == key;
  });
}

/// "1000:1000" of the first service by name that mounts it; a name is known to the image only.
void TakeOwner(const AppSpec& app, VolumeSeed& seed) {
  const ServiceSpec* first = nullptr;
  for (const ServiceSpec& service : app.services) {
    if (Mounts(service, seed.volume) && (first == nullptr || service.name < first->name))
      first = &service;
  }
  if (first == nullptr) return;
  const size_t colon = std::min(first->user.find(':'), first->user.size());
  const auto uid = NumberOf(std::string_view(first->user).substr(0, colon));
  if (!uid) return;
  seed.uid = *uid;
  if (colon < first->user.size())
    seed.gid = NumberOf(std::string_view(first->user).substr(colon + 1)).value_or(0);
}

const VolumeInfo* FindVolume(const AppContext& context, const std::string& name) {
  const auto found = std::ranges::find(context.seen.volumes, name, &VolumeInfo::name);
  return found == context.seen.volumes.end() ? nullptr : &*found;
}

const VolumeInfo* FindMark(const AppContext& context, const std::string& volume) {
  const VolumeInfo* found = FindVolume(context, MarkOf(volume));
  return found != nullptr && IsMark(*found) ? found : nullptr;
}

VolumeSeedPtr FindSeed(const AppContext& context, const VolumeSpec& volume) {
  const auto found = std::ranges::find(context.app.seeds, volume.key, &VolumeSeed::volume);
  return found == context.app.seeds.end() ? nullptr : *found;
}

/// Whether a container of the App has it mounted: then its data is the App's.
bool IsMounted(const AppContext& context, const std::string& volume) {
  return std::ranges::any_of(context.seen.containers, [&](const ObservedContainer& container) {
    if (!container.details) return false;  // the engine knows, and keeps what is in use
    const Json mounts = container.details->host_config.value("Mounts", Json::array());
    return std::ranges::any_of(
        mounts, [&](const Json& mount) { return mount.value("Source", "") == volume; });
  });
}

/// A service whose image is here, or will be when the volume is filled; those that mount the volume
/// first. Any would do: nothing of it runs.
const ServiceSpec* ServiceWithImage(const AppContext& context, const std::string& key) {
  const ServiceSpec* other = nullptr;
  for (const ServiceSpec& service : context.app.services) {
    const auto image = context.seen.images.find(service.image);
    const bool here = image != context.seen.images.end() && image->second;
    if (!here && !context.pulls_planned.contains(service.image)) continue;
    if (Mounts(service, key)) return &service;
    if (other == nullptr) other = &service;
  }
  return other;
}

Json VolumeMount(const std::string& volume, const std::string& target) {
  return {{"Type", "volume"},
          {"Source", volume},
          {"Target", target},
          {"VolumeOptions", {{"NoCopy", true}}}};
}

/// Never started: through it the engine unpacks into the volume. It holds the mark as well, so that
/// what prunes volumes takes both or none.
Json ContainerBody(const AppContext& context, const ServiceSpec& service,
                   const VolumeSpec& volume) {
  Json labels = OwnerLabels(context);
  labels[label::kSeedOf] = volume.name;
  Json body = {{"Image", service.image},
               {"Entrypoint", {"-"}},
               {"Labels", std::move(labels)},
               {"HostConfig",
                {{"NetworkMode", "none"},
                 {"Mounts",
                  {VolumeMount(volume.name, kSeedFolder),
                   VolumeMount(MarkOf(volume.name), kSeedMarkFolder)}}}}};
  if (!service.platform.empty()) body["Platform"] = service.platform;
  return body;
}

void Fill(AppContext& context, const VolumeSpec& volume, const VolumeSeedPtr& seed) {
  const ServiceSpec* service = ServiceWithImage(context, volume.key);
  // Nor is a container made then.
  if (service == nullptr) return;
  const bool begun = FindMark(context, volume.name) != nullptr;
  const bool missing = context.drift && !begun;
  Json mark_labels = OwnerLabels(context);
  mark_labels[label::kSeedOf] = volume.name;
  FillVolume step{.seed = seed,
                  .mark = {{"Name", MarkOf(volume.name)}, {"Labels", std::move(mark_labels)}},
                  .volume = VolumeBody(context, volume),
                  .name = fmt::format("{}_seed-{}", context.app.NetworkName(), volume.key),
                  .container = ContainerBody(context, *service, volume),
                  .again = FindVolume(context, volume.name) != nullptr};
  if (seed) step.volume["Labels"][label::kSeed] = seed->digest;
  for (const ObservedContainer& container : context.seen.seeders) {
    if (container.summary->Label(label::kSeedOf) == volume.name)
      step.left.push_back(container.summary->id);
  }
  const std::string from =
      seed ? "filled from ./" + seed->source : "empty, for it has no seed any more";
  const std::string why = (begun     ? "filling it was cut short: "
                           : missing ? "missing: "
                                     : "new, ") +
                          from;
  context.plan.notes.push_back(fmt::format("volume {}: {}", volume.name, why));
  context.plan.changes.push_back(
      MakeChange("volume/" + volume.name, Action::kCreate, why, std::move(step)));
  context.plan.changes.back().drift = missing;
}

/// It is used already, or not what was begun: whatever is in it stays.
void DropMark(AppContext& context, const VolumeSpec& volume) {
  context.plan.changes.push_back(MakeChange("volume/" + MarkOf(volume.name), Action::kDelete,
                                            volume.name + " is in use, and stays as it is",
                                            RemoveMark{MarkOf(volume.name)}));
}

/// Somebody else's App fills it now.
void AwaitOthers(AppContext& context, const VolumeSpec& volume, const VolumeInfo& mark) {
  context.plan.blocked =
      Error(ErrorCode::kUnavailable,
            fmt::format("volume {} is being filled {}; should that never end, take it as it is "
                        "with: docker volume rm {}",
                        volume.name, OwnerText(context, mark.labels), mark.name))
          .WithReason(reason::kDependencyNotReady);
}

void NoteChanged(AppContext& context, const VolumeInfo& seen, const VolumeSeed& seed) {
  const auto filled = seen.labels.find(label::kSeed);
  if (context.drift || filled == seen.labels.end() || filled->second == seed.digest) return;
  context.plan.notes.push_back(fmt::format(
      "./{} changed; volume {} was filled already, and stays as it is", seed.source, seen.name));
}

/// Whether what is there was made to be filled, and never used.
bool IsHalfFilled(const AppContext& context, const VolumeInfo& seen) {
  return seen.labels.contains(label::kSeed) && IsOurs(context, seen.labels) &&
         !IsMounted(context, seen.name);
}

}  // namespace

void ParseSeeds(const Resource& resource, AppSpec& app) {
  for (const Json& json : resource.spec.value("seeds", Json::array())) {
    const std::string from = json.value("from", "");
    VolumeSeed seed{.volume = json.value("volume", ""),
                    .source = from.starts_with("./") ? from.substr(2) : from,
                    .sha256 = json.value("sha256", "")};
    if (resource.files) {
      const auto entries = resource.files->At(from);
      seed.entries.assign(entries.begin(), entries.end());
      seed.folder = entries.size() != 1 || entries.front().path != seed.source;
      seed.digest = DigestOfEntries(entries, from);
      seed.contents = resource.files->contents;
    }
    TakeOwner(app, seed);
    app.seeds.push_back(std::make_shared<const VolumeSeed>(std::move(seed)));
  }
}

std::string MarkOf(const std::string& volume) { return kMarkPrefix + volume; }

bool IsMark(const VolumeInfo& volume) { return volume.labels.contains(label::kSeedOf); }

bool IsToBeFilled(const AppContext& context, const VolumeSpec& volume) {
  if (volume.external) return false;
  const VolumeInfo* seen = FindVolume(context, volume.name);
  const VolumeInfo* mark = FindMark(context, volume.name);
  const bool begun = mark != nullptr && IsOurs(context, mark->labels);
  if (seen == nullptr) return begun || FindSeed(context, volume) != nullptr;
  return begun && IsHalfFilled(context, *seen);
}

void PlanSeeds(AppContext& context) {
  for (const VolumeSpec& volume : context.app.volumes) {
    const VolumeInfo* mark = FindMark(context, volume.name);
    if (mark != nullptr && !IsOurs(context, mark->labels)) {
      AwaitOthers(context, volume, *mark);
      continue;
    }
    const VolumeSeedPtr seed = FindSeed(context, volume);
    if (IsToBeFilled(context, volume)) {
      Fill(context, volume, seed);
      continue;
    }
    if (mark != nullptr) DropMark(context, volume);
    const VolumeInfo* seen = FindVolume(context, volume.name);
    if (seed && seen != nullptr) NoteChanged(context, *seen, *seed);
  }
}

}  // namespace mooring::docker
