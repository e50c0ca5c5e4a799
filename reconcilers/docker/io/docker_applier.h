// SPDX-License-Identifier: Apache-2.0
// Performs what AppPlanner planned. Each step may be done twice; after any of them, done or failed,
// the App is read again at its next look. Thread-safe.
#pragma once

#include <functional>
#include <string>

#include "controller/base/log.h"
#include "controller/reconcile/applier.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/io/docker_observer.h"
#include "reconcilers/docker/io/file_store.h"
#include "reconcilers/docker/io/hosts_file.h"
#include "reconcilers/docker/io/registry_logins.h"
#include "reconcilers/docker/io/secret_files.h"
#include "reconcilers/docker/plan/operations.h"

namespace mooring::docker {

class DockerApplier final : public Applier {
 public:
  /// Says how far a long step is: "pulling nginx:1.27: 42 %".
  using OnProgress = std::function<void(const ResourceKey&, const std::string&)>;
  /// `pace` may be null: then pulls wait for no others. `files` and
  /// `repository_files` may be null where no App has any.
  DockerApplier(DockerWriter& writer, DockerObserver& observer, HostsFile& hosts,
                OnProgress on_progress, EnginePace* pace = nullptr, SecretFiles* files = nullptr,
                RegistryLogins logins = RegistryLogins({}), FileStore* repository_files = nullptr)
      : writer_(writer),
        observer_(observer),
        hosts_(hosts),
        on_progress_(std::move(on_progress)),
        pace_(pace),
        files_(files),
        logins_(std::move(logins)),
        repository_files_(repository_files) {}

  Result<Applied> Apply(const ResourceKey& key, const Change& change,
                        std::stop_token stop) override;

  /// Containers that are made for the first time are started together.
  std::vector<Result<Applied>> ApplySome(const ResourceKey& key,
                                         std::span<const Change* const> changes,
                                         std::stop_token stop) override;

 private:
  std::vector<Result<Applied>> CreateTogether(const ResourceKey& key,
                                              std::span<const Change* const> changes,
                                              std::stop_token stop);
  Status Do(const ResourceKey& key, const PullImage& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveImage& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const CreateNetwork& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveNetwork& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const CreateVolume& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const FillVolume& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveMark& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveVolume& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const CreateContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const ReplaceContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const StartContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const StopContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const UnpauseContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const UpdateContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RenameContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const ConnectNetwork& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveContainer& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const SetHosts& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const WriteSecretFiles& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveSecretFiles& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const WriteFiles& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const RemoveFiles& step, std::stop_token stop);
  Status Do(const ResourceKey& key, const SignalContainer& step, std::stop_token stop);
  Result<std::string> CreateAlone(const CreateContainer& step, std::stop_token stop);
  Result<std::string> Create(const CreateContainer& step, std::stop_token stop);

  DockerWriter& writer_;
  DockerObserver& observer_;
  HostsFile& hosts_;
  OnProgress on_progress_;
  EnginePace* const pace_;
  SecretFiles* const files_;
  const RegistryLogins logins_;
  FileStore* const repository_files_;
};

}  // namespace mooring::docker
