// SPDX-License-Identifier: Apache-2.0
// What the engine holds, remembered between looks. One list reads everything; afterwards only what
// an event or a write of ours has touched is read again, so a look at an App in peace costs no
// call. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/io/engine_memory.h"
#include "reconcilers/docker/io/file_store.h"
#include "reconcilers/docker/io/hosts_file.h"
#include "reconcilers/docker/io/registry_digests.h"
#include "reconcilers/docker/io/replica_counts.h"
#include "reconcilers/docker/io/secret_files.h"

namespace mooring::docker {

class DockerObserver final : public Observer {
 public:
  struct Options {
    std::string instance;  ///< host.name
    std::string routes_file = "/proc/net/route";
  };
  /// `files` and `repository_files` may be null: then no App has any; without `digests` no tag
  /// moves but here, and without `counts` nothing is scaled.
  DockerObserver(Options options, DockerReader& reader, HostsFile& hosts, Clock& clock,
                 const SecretFiles* files = nullptr, FileStore* repository_files = nullptr,
                 RegistryDigests* digests = nullptr, const ReplicaCounts* counts = nullptr);

  Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key,
                                                     const Resource* desired,
                                                     std::stop_token stop) override;
  uint64_t Version(const ResourceKey& key) override;
  Status Refresh(std::stop_token stop) override;
  Result<std::vector<ResourceKey>> Owned(std::stop_token stop) override;

  /// Takes in an event and returns the Apps that it may concern.
  std::vector<ResourceKey> OnEvent(const EngineEvent& event);
  /// After a write of ours: that part is read again at the App's next look.
  void MarkDirty(const ResourceKey& key, EngineMemory::Part part);
  /// As EngineMemory::Reserve; ends with the MarkDirty that follows the write.
  bool ReserveSubnet(const ResourceKey& key, const std::string& name, const Subnet& subnet);
  /// After a gap in the events nothing that is remembered can be trusted.
  void ForgetAll();
  /// All inspections are made again as their Apps are looked at: the slow sweep.
  void ForgetDetails();

 private:
  Status EnsureAll(std::stop_token stop);
  Status ReadSurroundings(std::stop_token stop);
  Status ReadNetworks(std::stop_token stop);
  Status ReadApp(const ResourceKey& key, std::stop_token stop);
  Status TakeAdopted(const ResourceKey& key, const std::string& project, AppObservation& seen,
                     std::stop_token stop);
  Result<std::shared_ptr<const ContainerDetails>> Details(const ContainerSummary& summary,
                                                          std::stop_token stop);
  Result<std::optional<ImageInfo>> Image(const std::string& reference, std::stop_token stop);
  void AskRegistries(AppObservation& seen, std::stop_token stop);
  std::vector<Subnet> HostRoutes() const;

  const Options options_;
  DockerReader& reader_;
  HostsFile& hosts_;
  Clock& clock_;
  const SecretFiles* const files_;
  FileStore* const repository_files_;
  RegistryDigests* const digests_;
  const ReplicaCounts* const counts_;
  Guarded<EngineMemory> memory_;
  std::mutex reading_all_;  ///< so that those who need everything read it once between them
};

}  // namespace mooring::docker
