// SPDX-License-Identifier: Apache-2.0
// One life of the daemon's loop over a fake Docker host: real observer, planner, applier and
// controller. Destroyed, it leaves host, hosts file and store as they are, as a SIGKILL does. From
// the moment of its crash on nothing that it does reaches any of them. Driven by one thread.
#pragma once

#include <memory>
#include <string>

#include "controller/metrics/metrics.h"
#include "controller/plan/plan_builder.h"
#include "controller/plan/policy.h"
#include "controller/runtime/controller.h"
#include "controller/runtime/executor.h"
#include "controller/status/event_recorder.h"
#include "controller/status/status_writer.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/docker/docker_loop.h"
#include "tests/support/docker/fake_docker_host.h"
#include "tests/support/reconcile/intercepted_store.h"

namespace mooring::testing {

/// Writes until the process dies. Thread-safe.
class Fuse {
 public:
  /// The next `survive` writes are done, none after them.
  void Light(int survive) { left_ = survive; }
  bool lit() const { return left_ >= 0; }
  bool blown() const { return blown_; }
  /// False: the process is dead, and the write is not done.
  bool Step() {
    if (blown_) return false;
    if (left_ < 0) return true;
    if (left_ == 0) {
      blown_ = true;
      return false;
    }
    --left_;
    return true;
  }

 private:
  std::atomic<int> left_ = -1;
  std::atomic<bool> blown_ = false;
};

/// The host's writing half, up to the crash.
class MortalWriter final : public docker::DockerWriter {
 public:
  MortalWriter(FakeDockerHost& host, Fuse& fuse) : host_(host), fuse_(fuse) {}
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

 private:
  Status Alive();
  FakeDockerHost& host_;
  Fuse& fuse_;
};

/// The applier, up to the crash: it also writes a file.
class MortalApplier final : public Applier {
 public:
  MortalApplier(Applier& applier, Fuse& fuse) : applier_(applier), fuse_(fuse) {}
  Result<Applied> Apply(const ResourceKey& key, const Change& change,
                        std::stop_token stop) override;

 private:
  Applier& applier_;
  Fuse& fuse_;
};

class Life {
 public:
  Life(FakeDockerHost& host, Store& memory, FakeClock& clock, const std::string& hosts_file);

  void AwaitIdle() const;
  void Wake(const ResourceKey& key, Trigger trigger);
  /// Reads the whole host and looks at everything.
  void Resync();

  Fuse fuse;
  InterceptedStore store;
  MortalWriter writer;
  DockerLoop docker;
  MortalApplier applier;
  metrics::Metrics metrics;
  EventRecorder events;
  StatusWriter statuses;
  Policy policy;
  PlanBuilder plans;
  Executor executor;
  Controller controller;
};

}  // namespace mooring::testing
