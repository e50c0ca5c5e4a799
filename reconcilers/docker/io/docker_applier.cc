// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/docker_applier.h"

#include <algorithm>
#include <set>

#include "controller/base/redact.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/io/engine_pace.h"
#include "reconcilers/docker/io/volume_filler.h"

namespace mooring::docker {

namespace {

using Part = EngineMemory::Part;

/// What of the engine a step changes; nullopt: nothing.
std::optional<Part> PartOf(const DockerOperation::Step& step) {
  return std::visit(
      [](const auto& s) -> std::optional<Part> {
        using Step = std::decay_t<decltype(s)>;
        if (std::is_same_v<Step, SetHosts> || std::is_same_v<Step, WriteSecretFiles> ||
            std::is_same_v<Step, RemoveSecretFiles> || std::is_same_v<Step, WriteFiles> ||
            std::is_same_v<Step, RemoveFiles>)
          return std::nullopt;
        if (std::is_same_v<Step, PullImage> || std::is_same_v<Step, RemoveImage>)
          return Part::kImages;
        if (std::is_same_v<Step, CreateVolume> || std::is_same_v<Step, FillVolume> ||
            std::is_same_v<Step, RemoveMark> || std::is_same_v<Step, RemoveVolume>)
          return Part::kVolumes;
        if (std::is_same_v<Step, CreateNetwork> || std::is_same_v<Step, RemoveNetwork>)
          return Part::kNetworks;
        return Part::kContainers;
      },
      step);
}

/// A name that was free when planned is taken: by this very step done before, or by somebody else.
/// The next look tells which.
Error LookAgainAtNames(const Error& error) {
  return error.reason() == reason::kNameConflict ? Error(ErrorCode::kAborted, error.message())
                                                 : error;
}

std::vector<SecretString> ValuesOf(const CreateContainer& step) {
  std::vector<SecretString> values;
  for (const auto& [name, value] : step.secrets) values.push_back(value);
  return values;
}

/// The engine may quote what it was sent.
Status WithoutSecrets(const Status& done, const CreateContainer& step) {
  if (done || step.secrets.empty()) return done;
  return std::unexpected(Redact(done.error(), ValuesOf(step)));
}

const CreateContainer* CreationIn(const Change& change) {
  const auto* operation = static_cast<const DockerOperation*>(change.operation.get());
  return std::get_if<CreateContainer>(&operation->step);
}

/// How many of the changes, from the first on, make containers that do not depend on each other.
size_t CountCreations(std::span<const Change* const> changes) {
  constexpr size_t kMost = 32;  // what is done is told in between
  std::set<std::string> services;
  for (size_t i = 0; i < changes.size() && i < kMost; ++i) {
    const CreateContainer* step = CreationIn(*changes[i]);
    const auto is_before = [&](const std::string& name) { return services.contains(name); };
    if (step == nullptr || std::ranges::any_of(step->depends_on, is_before)) return i;
    services.insert(step->service);
  }
  return std::min(changes.size(), kMost);
}

Result<Applied> Outcome(const Status& done, const Change& change) {
  if (done) return Applied::kDone;
  const std::string what = std::string(ActionName(change.action)) + " " + change.object;
  return std::unexpected(LookAgainAtNames(done.error()).WithContext(what));
}

}  // namespace

std::vector<Result<Applied>> DockerApplier::ApplySome(const ResourceKey& key,
                                                      std::span<const Change* const> changes,
                                                      std::stop_token stop) {
  const size_t together = CountCreations(changes);
  if (together > 1) return CreateTogether(key, changes.first(together), stop);
  return {Apply(key, *changes.front(), stop)};
}

std::vector<Result<Applied>> DockerApplier::CreateTogether(const ResourceKey& key,
                                                           std::span<const Change* const> changes,
                                                           std::stop_token stop) {
  std::vector<std::string> ids;
  Status created;
  for (const Change* change : changes) {
    auto id = Create(*CreationIn(*change), stop);
    if (!id) {
      created = std::unexpected(id.error());
      break;
    }
    ids.push_back(std::move(*id));
  }
  const std::vector<Status> started = writer_.StartContainers(ids, stop);
  observer_.MarkDirty(key, Part::kContainers);
  std::vector<Result<Applied>> results;
  for (size_t i = 0; i < started.size(); ++i)
    results.push_back(Outcome(WithoutSecrets(started[i], *CreationIn(*changes[i])), *changes[i]));
  if (!created) results.push_back(Outcome(created, *changes[ids.size()]));
  return results;
}

Result<Applied> DockerApplier::Apply(const ResourceKey& key, const Change& change,
                                     std::stop_token stop) {
  const auto* operation = static_cast<const DockerOperation*>(change.operation.get());
  const Status done =
      std::visit([&](const auto& step) { return Do(key, step, stop); }, operation->step);
  if (const auto part = PartOf(operation->step)) observer_.MarkDirty(key, *part);
  if (std::holds_alternative<FillVolume>(operation->step))
    observer_.MarkDirty(key, Part::kContainers);
  return Outcome(done, change);
}

Status DockerApplier::Do(const ResourceKey& key, const PullImage& step, std::stop_token stop) {
  const auto report = [&](const std::string& progress) {
    if (on_progress_) on_progress_(key, fmt::format("pulling {}: {}", step.image, progress));
  };
  std::optional<RegistryLogin> login = step.login;
  if (!login) {
    MOORING_TRY(login, logins_.Find(RegistryOf(step.image)));
  }
  const ImagePull pull{step.image, step.platform, login ? &*login : nullptr};
  if (pace_ == nullptr) return writer_.PullImage(pull, report, stop);
  MOORING_TRY(const EnginePace::Turn turn,
              pace_->AwaitPull([&] { report("waits for other pulls"); }, stop));
  return writer_.PullImage(pull, report, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveImage& step, std::stop_token stop) {
  return writer_.RemoveImage(step.reference, step.id, stop);
}

/// Two new Apps that are planned side by side find the same subnet free: the second looks again.
Status DockerApplier::Do(const ResourceKey& key, const CreateNetwork& step, std::stop_token stop) {
  const std::string name = step.body.value("Name", "");
  const bool chosen = step.subnet != Subnet();
  if (chosen && !observer_.ReserveSubnet(key, name, step.subnet)) {
    return Fail(ErrorCode::kAborted,
                fmt::format("another App is about to get {}", step.subnet.ToString()));
  }
  return writer_.CreateNetwork(step.body, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveNetwork& step, std::stop_token stop) {
  return writer_.RemoveNetwork(step.id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const CreateVolume& step, std::stop_token stop) {
  const auto made = writer_.CreateVolume(step.body, stop);
  return made ? Status() : std::unexpected(made.error());
}

Status DockerApplier::Do(const ResourceKey& key, const FillVolume& step, std::stop_token stop) {
  if (on_progress_ && step.seed) {
    on_progress_(key, fmt::format("filling volume {} from ./{}", step.volume.value("Name", ""),
                                  step.seed->source));
  }
  const auto now = std::chrono::floor<Time::duration>(std::chrono::system_clock::now());
  return DoFillVolume(writer_, step, now, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveMark& step, std::stop_token stop) {
  return writer_.RemoveVolume(step.name, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveVolume& step, std::stop_token stop) {
  return writer_.RemoveVolume(step.name, stop);
}

Result<std::string> DockerApplier::Create(const CreateContainer& step, std::stop_token stop) {
  MOORING_TRY(const std::string id, CreateAlone(step, stop));
  // One that is cut off here is connected to the rest before it is started.
  for (const auto& [network, endpoint] : step.networks) {
    MOORING_RETURN_IF_ERROR(writer_.ConnectNetwork(network, id, endpoint, stop));
  }
  return id;
}

Result<std::string> DockerApplier::CreateAlone(const CreateContainer& step, std::stop_token stop) {
  if (step.secrets.empty()) return writer_.CreateContainer(step.name, step.body, stop);
  Json body = step.body;
  for (const auto& [name, value] : step.secrets) body["Env"].push_back(name + "=" + value.Reveal());
  auto id = writer_.CreateContainer(step.name, body, stop);
  if (!id) return std::unexpected(Redact(id.error(), ValuesOf(step)));
  return id;
}

Status DockerApplier::Do(const ResourceKey&, const WriteSecretFiles& step, std::stop_token) {
  for (const SecretFileContent& file : step.files) {
    MOORING_RETURN_IF_ERROR(files_->Write(file));
  }
  return {};
}

Status DockerApplier::Do(const ResourceKey&, const RemoveSecretFiles& step, std::stop_token) {
  for (const std::string& path : step.paths) {
    MOORING_RETURN_IF_ERROR(files_->Remove(path));
  }
  return {};
}

Status DockerApplier::Do(const ResourceKey&, const WriteFiles& step, std::stop_token) {
  return repository_files_->Write(step);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveFiles& step, std::stop_token) {
  for (const std::string& path : step.paths) {
    MOORING_RETURN_IF_ERROR(repository_files_->Remove(path));
  }
  return {};
}

/// Told first: a crash in between tells it twice, and never not at all.
Status DockerApplier::Do(const ResourceKey&, const SignalContainer& step, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(writer_.SignalContainer(step.id, step.signal, stop));
  return repository_files_->MarkSignalled(step);
}

Status DockerApplier::Do(const ResourceKey&, const CreateContainer& step, std::stop_token stop) {
  MOORING_TRY(const std::string id, Create(step, stop));
  return WithoutSecrets(writer_.StartContainer(id, stop), step);
}

Status DockerApplier::Do(const ResourceKey&, const ReplaceContainer& step, std::stop_token stop) {
  std::string id = step.created;
  if (id.empty()) {
    MOORING_TRY(id, Create(step.next, stop));
  }
  if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
  MOORING_RETURN_IF_ERROR(writer_.StopContainer(step.old_one, step.grace, stop));
  // Nothing runs now: these are short, and done to the end even when a stop is requested.
  MOORING_RETURN_IF_ERROR(writer_.RemoveContainer(step.old_one, {}));
  MOORING_RETURN_IF_ERROR(WithoutSecrets(writer_.StartContainer(id, {}), step.next));
  if (step.name.empty()) return {};
  return writer_.RenameContainer(id, step.name, {});
}

Status DockerApplier::Do(const ResourceKey&, const StartContainer& step, std::stop_token stop) {
  return writer_.StartContainer(step.id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const StopContainer& step, std::stop_token stop) {
  return writer_.StopContainer(step.id, step.grace, stop);
}

Status DockerApplier::Do(const ResourceKey&, const UnpauseContainer& step, std::stop_token stop) {
  return writer_.UnpauseContainer(step.id, stop);
}

Status DockerApplier::Do(const ResourceKey&, const UpdateContainer& step, std::stop_token stop) {
  return writer_.UpdateContainer(step.id, step.body, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RenameContainer& step, std::stop_token stop) {
  return writer_.RenameContainer(step.id, step.name, stop);
}

Status DockerApplier::Do(const ResourceKey&, const ConnectNetwork& step, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(writer_.DisconnectNetwork(step.network, step.container, stop));
  return writer_.ConnectNetwork(step.network, step.container, step.endpoint, stop);
}

Status DockerApplier::Do(const ResourceKey&, const RemoveContainer& step, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(writer_.StopContainer(step.id, step.grace, stop));
  MOORING_RETURN_IF_ERROR(writer_.RemoveContainer(step.id, stop));
  if (step.rename.empty()) return {};
  return writer_.RenameContainer(step.rename, step.name, stop);
}

Status DockerApplier::Do(const ResourceKey&, const SetHosts& step, std::stop_token) {
  return hosts_.Set(step.names);
}

}  // namespace mooring::docker
