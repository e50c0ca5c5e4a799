// SPDX-License-Identifier: Apache-2.0
// The reconcilers of this host, put together from the configuration: the reading sides for whoever
// previews, the writing sides apart for the daemon. Main's; not thread-safe to build.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/host_key.h"
#include "controller/base/log.h"
#include "controller/cli/config.h"
#include "controller/reconcile/applier.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/caddy/admin_client.h"
#include "reconcilers/caddy/caddy_applier.h"
#include "reconcilers/caddy/caddy_observer.h"
#include "reconcilers/caddy/caddy_probe.h"
#include "reconcilers/caddy/config_cache.h"
#include "reconcilers/caddy/site_planner.h"
#include "reconcilers/docker/io/docker_applier.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/io/docker_observer.h"
#include "reconcilers/docker/io/engine_pace.h"
#include "reconcilers/docker/io/hosts_file.h"
#include "reconcilers/docker/io/secret_files.h"
#include "reconcilers/docker/plan/app_planner.h"
#include "reconcilers/notify/io/notifier_observer.h"
#include "reconcilers/notify/plan/notifier_planner.h"
#include "reconcilers/secret/io/secret_applier.h"
#include "reconcilers/secret/io/secret_observer.h"
#include "reconcilers/secret/io/secret_opener.h"
#include "reconcilers/secret/io/vault.h"
#include "reconcilers/secret/plan/secret_planner.h"

namespace mooring::cli {

/// One request to an engine, on the thread that made it.
struct EngineRequest {
  std::string engine;  ///< "docker", "caddy"
  std::string method;
  std::string path;
  int status = 0;  ///< of the answer; 0: there was none
  Duration took{0};
};
using OnEngineRequest = std::function<void(const EngineRequest&)>;
/// engine, how long a request to it was held back.
using OnEngineThrottled = std::function<void(const std::string&, Duration)>;

docker::EngineLimits EngineLimitsOf(const Config& config);
/// Where files with secrets lie.
docker::SecretFiles::Options SecretFilesOf(const Config& config);

/// What looks at this host. Holds no writer.
class EngineReaders {
 public:
  EngineReaders(const Config& config, const HostKey& key, Clock& clock,
                const OnEngineRequest& on_request, const OnEngineThrottled& on_throttled = {});

  /// Those that are enabled.
  std::vector<ReadSide> ReadSides();
  /// Kinds of those that are off, with the key that says so.
  std::map<std::string, std::string> DisabledKinds() const;

  docker::EnginePace engine_pace;
  docker::DockerEngine engine;
  docker::HostsFile hosts;
  docker::SecretFiles secret_files;
  docker::FileStore repository_files;
  docker::RegistryDigests digests;
  docker::ReplicaCounts replica_counts;
  docker::DockerObserver docker_observer;
  docker::AppPlanner app_planner;
  caddy::GatewayOptions gateway;
  caddy::ConfigReader caddy_reader;
  caddy::ConfigCache caddy_cache;
  caddy::CaddyObserver caddy_observer;
  caddy::SitePlanner site_planner;
  caddy::CaddyProbe caddy_probe;
  secret::Vault vault;
  secret::SecretOpener secrets;
  secret::SecretObserver secret_observer;
  secret::SecretPlanner secret_planner;
  notify::NotifierObserver notifier_observer;
  notify::NotifierPlanner notifier_planner;

 private:
  const bool docker_enabled_;
  const bool caddy_enabled_;
};

/// What writes to this host: the daemon's alone.
class EngineWriters {
 public:
  EngineWriters(const Config& config, EngineReaders& readers, Clock& clock,
                docker::DockerApplier::OnProgress on_progress, caddy::CaddyApplier::Wake wake,
                const Log& log);

  std::map<std::string, Applier*> Appliers();
  void SetMinReloadInterval(Duration interval) { caddy_.SetMinReloadInterval(interval); }
  /// Ends what runs beside the workers; before the controller goes, which it wakes.
  void Stop() { caddy_.Stop(); }

 private:
  const bool docker_enabled_;
  const bool caddy_enabled_;
  docker::DockerApplier docker_;
  caddy::ConfigWriter caddy_writer_;
  caddy::CaddyApplier caddy_;
  secret::SecretApplier secret_;
};

}  // namespace mooring::cli
