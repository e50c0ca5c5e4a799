// SPDX-License-Identifier: Apache-2.0
// The Docker Engine API, the reading and the writing half apart. Both are interfaces, so that the
// fake engine of the tests stands the same contract suite. Thread-safe.
// Sources: Docker Engine API v1.41 and later; texts of errors as measured on 20.10.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/error.h"
#include "reconcilers/docker/plan/observation.h"
#include "reconcilers/docker/plan/registry_login.h"

namespace mooring::docker {

class EnginePace;
class EngineTransport;

struct EngineInfo {
  std::string version;      ///< "20.10.24+dfsg1"
  std::string api_version;  ///< what is spoken: the lower of ours and the engine's newest
};

struct EngineEvent {
  std::string type;    ///< container, network, volume, image, daemon
  std::string action;  ///< "die", "health_status: healthy"
  std::string id;      ///< of the actor: container id, network id, volume name, image
  std::map<std::string, std::string> attributes;  ///< a container's labels are among them
};

struct ImagePull {
  std::string reference;
  std::string platform = {};             ///< "linux/arm64"; empty: the host's
  const RegistryLogin* login = nullptr;  ///< null: as nobody
};

/// Both empty: all containers.
struct ContainerFilter {
  std::vector<std::string> labels;  ///< "name=value", all must match
  std::string name;                 ///< regular expression over "/<name>"
};

class DockerReader {
 public:
  virtual ~DockerReader() = default;
  virtual Result<EngineInfo> Ping(std::stop_token stop) = 0;
  virtual Result<std::vector<SummaryPtr>> ListContainers(const ContainerFilter& filter,
                                                         std::stop_token stop) = 0;
  /// NotFound when it is gone.
  virtual Result<ContainerDetails> InspectContainer(const std::string& id,
                                                    std::stop_token stop) = 0;
  /// Those of exactly that name; empty: all.
  virtual Result<std::vector<NetworkInfo>> ListNetworks(const std::string& name,
                                                        std::stop_token stop) = 0;
  virtual Result<std::vector<VolumeInfo>> ListVolumes(std::stop_token stop) = 0;
  /// In bytes, by name; those that the engine can tell. It counts every file: rarely.
  virtual Result<std::map<std::string, long long>> VolumeSizes(std::stop_token stop) = 0;
  /// nullopt: not on this host.
  virtual Result<std::optional<ImageInfo>> InspectImage(const std::string& reference,
                                                        std::stop_token stop) = 0;
  /// "sha256:..." that the tag has at its registry; `login` null: as nobody. Unavailable when the
  /// registry does not answer, Unauthenticated, FailedPrecondition when it has no such tag.
  virtual Result<std::string> DigestAtRegistry(const std::string& reference,
                                               const RegistryLogin* login,
                                               std::stop_token stop) = 0;
  /// The last lines that the container has written, at most `most`. None where the engine keeps
  /// none that can be read. NotFound when it is gone.
  virtual Result<std::vector<std::string>> LastLines(const std::string& id, int most,
                                                     std::stop_token stop) = 0;
  /// Calls `on_open` once the stream stands, then `on_event` for each event but exec_* ones.
  /// Returns Unavailable when the engine ends the stream, Cancelled when stopped.
  virtual Status Events(const std::function<void()>& on_open,
                        const std::function<void(const EngineEvent&)>& on_event,
                        std::stop_token stop) = 0;
};

class DockerWriter {
 public:
  using OnProgress = std::function<void(const std::string&)>;
  virtual ~DockerWriter() = default;
  /// The id. FailedPrecondition/NameConflict when the name is taken, NotFound when the image is
  /// missing.
  virtual Result<std::string> CreateContainer(const std::string& name, const Json& body,
                                              std::stop_token stop) = 0;
  /// Running already is fine. Unavailable/PortConflict when a host port is taken, Aborted when the
  /// fixed address is, NotFound when its network is gone.
  virtual Status StartContainer(const std::string& id, std::stop_token stop) = 0;
  /// What came of each, in their order; at the same time, if the engine can.
  virtual std::vector<Status> StartContainers(const std::vector<std::string>& ids,
                                              std::stop_token stop) {
    std::vector<Status> results;
    for (const std::string& id : ids) results.push_back(StartContainer(id, stop));
    return results;
  }
  /// SIGTERM, then SIGKILL after `grace`. Stopped or gone already is fine.
  virtual Status StopContainer(const std::string& id, Duration grace, std::stop_token stop) = 0;
  /// Gone already is fine. Named volumes stay.
  virtual Status RemoveContainer(const std::string& id, std::stop_token stop) = 0;
  /// One that never ran, with the volumes without a name that its image made for it. Gone already
  /// is fine.
  virtual Status DiscardContainer(const std::string& id, std::stop_token stop) = 0;
  /// Not paused is fine.
  virtual Status UnpauseContainer(const std::string& id, std::stop_token stop) = 0;
  /// Not running, or gone, is fine: a program that starts later reads what is there then.
  virtual Status SignalContainer(const std::string& id, const std::string& signal,
                                 std::stop_token stop) = 0;
  virtual Status UpdateContainer(const std::string& id, const Json& body, std::stop_token stop) = 0;
  /// Having that name already is fine. FailedPrecondition/NameConflict when another has it.
  virtual Status RenameContainer(const std::string& id, const std::string& name,
                                 std::stop_token stop) = 0;
  virtual Status ConnectNetwork(const std::string& network, const std::string& container,
                                const Json& endpoint, std::stop_token stop) = 0;
  /// Not connected is fine.
  virtual Status DisconnectNetwork(const std::string& network, const std::string& container,
                                   std::stop_token stop) = 0;
  /// Aborted when the subnet overlaps: somebody took it since it was planned.
  /// FailedPrecondition/NameConflict when the name is taken.
  virtual Status CreateNetwork(const Json& body, std::stop_token stop) = 0;
  /// Gone already is fine. Unavailable/InUse while a running container is connected.
  virtual Status RemoveNetwork(const std::string& id, std::stop_token stop) = 0;
  /// One of that name is fine, and stays as it is: that one is returned, with its labels.
  virtual Result<VolumeInfo> CreateVolume(const Json& body, std::stop_token stop) = 0;
  /// Gone already is fine. Unavailable/InUse while a container has it mounted, be it stopped.
  virtual Status RemoveVolume(const std::string& name, std::stop_token stop) = 0;
  /// Unpacks a tar into a folder of a container, and so into the volumes mounted there; the
  /// container need not run. `next` gives the tar in parts, an empty one at the end; its error is
  /// the call's. NotFound when there is no such container or folder.
  virtual Status PutArchive(const std::string& container, const std::string& folder,
                            const std::function<Result<std::string>()>& next,
                            std::stop_token stop) = 0;
  /// Reports progress a few times a second at most. Errors carry ImagePullFailed.
  virtual Status PullImage(const ImagePull& pull, const OnProgress& progress,
                           std::stop_token stop) = 0;
  /// Takes the name from the image, and the image away where that was its last one. Gone already is
  /// fine, and so is one that a container uses: it stays. A name that has moved on stays too.
  virtual Status RemoveImage(const std::string& reference, const std::string& id,
                             std::stop_token stop) = 0;
};

/// Called after each request, for metrics: method, HTTP status (0: no answer), time it took.
using OnRequest = std::function<void(const std::string& method, const std::string& path, int status,
                                     Duration took)>;

/// One engine behind its unix socket: makes both halves, which share connections and the negotiated
/// version.
class DockerEngine {
 public:
  /// `pace`, if there is one, holds back what changes the engine, but for pulls.
  DockerEngine(std::string socket, OnRequest on_request, EnginePace* pace = nullptr);
  ~DockerEngine();
  DockerReader& reader();
  DockerWriter& writer();

 private:
  class HttpReader;
  class HttpWriter;
  std::unique_ptr<EngineTransport> transport_;
  std::unique_ptr<HttpReader> reader_;
  std::unique_ptr<HttpWriter> writer_;
};

}  // namespace mooring::docker
