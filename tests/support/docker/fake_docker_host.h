// SPDX-License-Identifier: Apache-2.0
// A stateful Docker engine in memory. Thread-safe; owned by the test. The clock drives its
// timestamps only: nothing happens on the host but by a call.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "reconcilers/docker/io/docker_client.h"

namespace mooring::testing {

class FakeDockerHost final : public docker::DockerReader, public docker::DockerWriter {
 public:
  struct Endpoint {
    std::string network_id;
    std::string fixed_address;
    std::string address;
    std::vector<std::string> aliases;
    Json driver_opts;
    Json asked = Json::object();  ///< IPAMConfig
  };
  struct Container {
    std::string id;
    std::string name;
    std::string image;
    std::string image_id;
    std::map<std::string, std::string> labels;
    Json config;
    Json host_config;
    std::map<std::string, Endpoint> networks;  ///< by network name
    std::string state = "created";
    int exit_code = 0;
    docker::Health health = docker::Health::kNone;
    Time created;
    Time started_at;
    std::optional<Time> finished_at;
    std::vector<std::string> lines;  ///< that it has written
    int restart_count = 0;
    std::string error;
  };
  /// What a container of an image does once it runs.
  struct Behaviour {
    std::optional<int> exits_with;  ///< at once, each time
    bool becomes_healthy = true;    ///< at the next Settle
  };

  explicit FakeDockerHost(Clock& clock);

  // The engine's API.
  Result<docker::EngineInfo> Ping(std::stop_token stop) override;
  Result<std::vector<docker::SummaryPtr>> ListContainers(const docker::ContainerFilter& filter,
                                                         std::stop_token stop) override;
  Result<docker::ContainerDetails> InspectContainer(const std::string& id,
                                                    std::stop_token stop) override;
  Result<std::vector<docker::NetworkInfo>> ListNetworks(const std::string& name,
                                                        std::stop_token stop) override;
  Result<std::vector<docker::VolumeInfo>> ListVolumes(std::stop_token stop) override;
  Result<std::map<std::string, long long>> VolumeSizes(std::stop_token stop) override;
  Result<std::optional<docker::ImageInfo>> InspectImage(const std::string& reference,
                                                        std::stop_token stop) override;
  Result<std::string> DigestAtRegistry(const std::string& reference,
                                       const docker::RegistryLogin* login,
                                       std::stop_token stop) override;
  Result<std::vector<std::string>> LastLines(const std::string& id, int most,
                                             std::stop_token stop) override;
  Status Events(const std::function<void()>& on_open,
                const std::function<void(const docker::EngineEvent&)>& on_event,
                std::stop_token stop) override;
  Result<std::string> CreateContainer(const std::string& name, const Json& body,
                                      std::stop_token stop) override;
  Status StartContainer(const std::string& id, std::stop_token stop) override;
  Status StopContainer(const std::string& id, Duration grace, std::stop_token stop) override;
  Status RemoveContainer(const std::string& id, std::stop_token stop) override;
  Status DiscardContainer(const std::string& id, std::stop_token stop) override {
    return RemoveContainer(id, std::move(stop));
  }
  Status UnpauseContainer(const std::string& id, std::stop_token stop) override;
  Status SignalContainer(const std::string& id, const std::string& signal,
                         std::stop_token stop) override;
  Status UpdateContainer(const std::string& id, const Json& body, std::stop_token stop) override;
  Status RenameContainer(const std::string& id, const std::string& name,
                         std::stop_token stop) override;
  Status ConnectNetwork(const std::string& network, const std::string& container,
                        const Json& endpoint, std::stop_token stop) override;
  Status DisconnectNetwork(const std::string& network, const std::string& container,
                           std::stop_token stop) override;
  Status CreateNetwork(const Json& body, std::stop_token stop) override;
  Status RemoveNetwork(const std::string& id, std::stop_token stop) override;
  Result<docker::VolumeInfo> CreateVolume(const Json& body, std::stop_token stop) override;
  Status RemoveVolume(const std::string& name, std::stop_token stop) override;
  Status PutArchive(const std::string& container, const std::string& folder,
                    const std::function<Result<std::string>()>& next,
                    std::stop_token stop) override;
  Status PullImage(const docker::ImagePull& pull, const OnProgress& progress,
                   std::stop_token stop) override;
  Status RemoveImage(const std::string& reference, const std::string& id,
                     std::stop_token stop) override;

  // What else happens on a host. Names and ids are taken alike; no call is counted.
  /// Puts an image here; a reference that is taken moves to the new one. Returns its id.
  std::string AddImage(const std::string& reference, Json config = Json::object());
  void RemoveImage(const std::string& reference);
  /// As AddImage, but only a pull brings it. Again: the tag moves there.
  void AddToRegistry(const std::string& reference, Json config = Json::object());
  void SetBehaviour(const std::string& reference, Behaviour behaviour);
  void Pause(const std::string& container);
  /// The process ends by itself; the restart policy does what it does.
  void Kill(const std::string& container, int exit_code = 137);
  void StopByHand(const std::string& container);
  void SetHealth(const std::string& container, docker::Health health);
  /// Everything that is starting becomes healthy, unless its image's behaviour says otherwise.
  void Settle();
  /// A host port that some process outside the engine listens on.
  void TakePort(const std::string& port);
  void FreePort(const std::string& port);
  std::optional<Container> Find(const std::string& container) const;
  void Edit(const std::string& container, const std::function<void(Container&)>& edit);
  std::vector<Container> containers() const;
  bool HasVolume(const std::string& name) const;
  /// What was unpacked into it: "conf/a" and its content.
  std::map<std::string, std::string> FilesIn(const std::string& volume) const;
  bool HasNetwork(const std::string& name) const;
  /// Events since the last call, in order.
  std::vector<docker::EngineEvent> TakeEvents();

  // Calls and faults.
  int reads() const;
  int writes() const;
  std::vector<std::string> calls() const;  ///< "start default_web_1", since ResetCalls
  void ResetCalls();
  /// The engine answers nothing while down; open event streams end.
  void SetDown(bool down);
  /// The nth write from now (1: the next) fails with `error` and does nothing.
  void FailWrite(int nth, Error error);
  /// The nth write from now does its work and then reports DeadlineExceeded.
  void TimeOutWrite(int nth);
  /// The nth read from now fails.
  void FailRead(int nth, Error error);
  /// Faults that have not struck yet never will.
  void ClearFaults();
  /// Called before each read is answered: what comes between question and answer.
  void OnRead(std::function<void(const std::string& call)> hook);

 private:
  struct Network {
    docker::NetworkInfo info;
    std::optional<docker::Subnet> engine_range;
  };
  struct Fault {
    int nth = 0;
    bool after = false;
    Error error{ErrorCode::kInternal, ""};
  };
  Status BeginRead(const std::string& call);
  /// The fault for this write, if it is its turn; `call` is recorded either way.
  std::optional<Fault> BeginWrite(const std::string& call);
  Status DoWrite(const std::string& call, const std::function<Status()>& work);

  Container* FindLocked(const std::string& id_or_name);
  Result<Container*> Need(const std::string& id_or_name);
  Network* FindNetwork(const std::string& id_or_name);
  Status Attach(Container& container);
  Status TakeAddress(const Network& network, Endpoint& endpoint, const Container& owner);
  Status TakePorts(const Container& container);
  Status StartLocked(Container& container);
  void RunLocked(Container& container);
  void EndLocked(Container& container, int exit_code, bool by_hand);
  void Emit(const std::string& type, const std::string& action, const std::string& id,
            std::map<std::string, std::string> attributes);
  void EmitContainer(const Container& container, const std::string& action);
  void EmitNetwork(const std::string& action, const Network& network, const std::string& container);
  std::string NewId();

  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Container> containers_;  ///< by id
  std::vector<std::string> order_;               ///< ids, oldest first
  std::vector<Network> networks_;
  std::map<std::string, docker::VolumeInfo> volumes_;
  std::map<std::string, std::map<std::string, std::string>> volume_files_;
  std::map<std::string, docker::ImageInfo> images_;  ///< by reference
  std::map<std::string, docker::ImageInfo> registry_;
  std::map<std::string, Behaviour> behaviours_;  ///< by reference
  std::set<std::string> foreign_ports_;
  std::vector<docker::EngineEvent> events_;
  size_t taken_events_ = 0;
  std::vector<std::string> calls_;
  std::vector<Fault> write_faults_;
  std::vector<Fault> read_faults_;
  std::function<void(const std::string&)> on_read_;
  int reads_ = 0;
  int writes_ = 0;
  bool down_ = false;
  uint64_t next_id_ = 1;
};

}  // namespace mooring::testing
