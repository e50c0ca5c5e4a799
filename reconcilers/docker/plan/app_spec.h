// SPDX-License-Identifier: Apache-2.0
// An App's spec as types, defaults filled in. Values; built from a validated Resource only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/host_key.h"
#include "controller/reconcile/ignored_drift.h"
#include "controller/reconcile/secret_values.h"
#include "controller/resource/resource.h"
#include "reconcilers/docker/plan/app_networks.h"
#include "reconcilers/docker/plan/autoscale_rule.h"
#include "reconcilers/docker/plan/engine_fields.h"
#include "reconcilers/docker/plan/file_mount.h"
#include "reconcilers/docker/plan/job_spec.h"
#include "reconcilers/docker/plan/service_relations.h"
#include "reconcilers/docker/plan/volume_seed.h"

namespace mooring::docker {

struct Mount {
  std::string type;    ///< volume | bind | tmpfs
  std::string source;  ///< the volume's key in spec.volumes, or a path on the host
  std::string target;
  bool read_only = false;
  long long tmpfs_size = 0;  ///< bytes; 0: the engine's default
  int tmpfs_mode = 0;        ///< access rights; 0: the engine's default
  std::string propagation;   ///< of a bind; empty: rprivate
  std::string selinux;       ///< of a bind: z, Z
  bool create = false;       ///< of a bind: its source is made when it is not there
  bool nocopy = false;       ///< of a volume
  std::string subpath;       ///< of a volume

  /// A volume of one container alone, which its successor gets.
  bool IsUnnamed() const { return type == "volume" && source.empty(); }
};

struct Port {
  int target = 0;         ///< in the container
  std::string published;  ///< on the host; empty: the engine picks one
  std::string host_ip;
  std::string protocol = "tcp";

  bool IsFixed() const {
    return !published.empty() && published != "0" && published.find('-') == std::string::npos;
  }
};

struct Healthcheck {
  std::vector<std::string> test;  ///< empty: the image's own
  Duration interval{0};           ///< 0: the engine's default; so for all
  Duration timeout{0};
  Duration start_period{0};
  Duration start_interval{0};
  int retries = 0;
  bool disable = false;
};

/// A value of a Secret that a container gets. Before Resolve both texts are empty.
struct SecretVariable {
  SecretRef ref;
  SecretString value;
  std::string digest;  ///< keyed: tells that the value is another one, and nothing else
};

/// A file in memory with a value, mounted into the container.
struct SecretFile {
  SecretRef ref;
  std::string name;    ///< in spec.secrets
  std::string target;  ///< in the container
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t mode = 0400;
  SecretString value;
  std::string path;  ///< on the host; another value, owner or mode has another path
};

/// A login of the App's namespace for one registry.
struct RegistryCredential {
  std::string server;
  std::string username;
  SecretRef ref;
  SecretString password;  ///< filled in by ResolveSecrets
};

struct ServiceSpec {
  std::string name;
  std::string image;
  std::string pull_policy = "missing";
  std::optional<std::vector<std::string>> command;
  std::optional<std::vector<std::string>> entrypoint;
  std::map<std::string, std::string> environment;
  std::map<std::string, SecretVariable> secret_environment;
  std::vector<SecretFile> secret_files;
  std::vector<FileMount> files;  ///< of the repository
  std::map<std::string, std::string> labels;
  std::vector<Mount> mounts;
  std::vector<Port> ports;
  std::vector<std::string> tmpfs;
  std::vector<std::string> cap_drop;
  std::optional<Healthcheck> healthcheck;
  std::string restart = "unless-stopped";
  std::string user;
  std::string working_dir;
  std::string hostname;
  std::string stop_signal;
  std::optional<Duration> stop_grace_period;
  bool init = false;
  bool read_only = false;
  bool privileged = false;
  int replicas = 1;
  int most = 0;                ///< that `autoscale` may make of it; 0: it is not scaled
  std::string container_name;  ///< empty: the usual one
  std::string platform;        ///< "linux/amd64"; empty: the host's
  long long memory = 0;        ///< bytes; 0: no limit
  long long memory_swap = 0;   ///< bytes, memory and swap; -1: no limit; 0: twice the memory
  long long nano_cpus = 0;     ///< billionths of a CPU; 0: no limit
  std::string memory_path = "deploy.resources.limits.memory";  ///< as it is written
  std::string cpus_path = "deploy.resources.limits.cpus";
  EngineSettings settings;               ///< all that the engine takes as it is
  std::string network_mode;              ///< host, none, bridge, service:NAME; empty: `networks`
  std::vector<ServiceNetwork> networks;  ///< in the order in which they are connected
  Dependencies depends_on;
  /// The containers that stand for "service:NAME", by NAME; the planner knows them.
  std::map<std::string, std::string> shared;
  bool job = false;            ///< runs to its end when a job says so, and is not kept running
  bool alone_by_data = false;  ///< it keeps data, and the spec does not say that two may write
  bool routed = false;         ///< a Site points here: gets a line in the hosts block

  bool IsIn(std::string_view network_key) const {
    return std::ranges::find(networks, network_key, &ServiceNetwork::key) != networks.end();
  }
  int MostReplicas() const { return std::max(replicas, most); }
  bool IsInOwn() const { return std::ranges::any_of(networks, &ServiceNetwork::own); }
  /// "container:<id>" of "service:NAME"; any other mode as it is. Empty: it is not there yet.
  std::string ModeOf(const std::string& mode) const;

  /// Why a second container could not run beside the first: "it publishes a fixed host port"; ""
  /// when one could.
  std::string_view WhyAlone() const;
  /// Its one container writes to a volume or a folder of the host, as a database does.
  bool KeepsData() const;
  /// "10s" when the spec says nothing, as the engine has it.
  Duration StopGrace() const { return stop_grace_period.value_or(std::chrono::seconds(10)); }
};

struct VolumeSpec {
  std::string key;   ///< in spec.volumes
  std::string name;  ///< on the engine
  std::map<std::string, std::string> labels;
  bool external = false;
  std::string driver = "local";
  std::map<std::string, std::string> driver_opts;
};

/// What happens to an App's things once its document is removed.
enum class DeletionPolicy { kRetain, kDelete, kOrphan };

struct AppSpec {
  std::string ns;
  std::string name;
  std::vector<ServiceSpec> services;  ///< each behind those that it depends on, else by name
  std::vector<JobSpec> jobs;          ///< each of a service that is there
  std::vector<AutoscaleRule> autoscale;
  bool stopped = false;               ///< containers are stopped and kept
  std::string restarted_at;           ///< each new value replaces all containers once
  std::vector<NetworkSpec> networks;  ///< the App's own is among them
  std::vector<VolumeSpec> volumes;    ///< by key; every volume that a service mounts is here
  std::vector<VolumeSeedPtr> seeds;
  bool start_first = true;
  int keep_images = 2;           ///< rollout.keep: earlier versions
  bool follows_digests = false;  ///< imageDrift: digest
  Duration health_timeout = std::chrono::minutes(2);
  std::string health_timeout_text = "2m";  ///< the same, as the spec says it
  /// Out of service before it is told to stop.
  Duration drain_timeout = std::chrono::seconds(10);
  bool auto_rollback = true;
  DeletionPolicy deletion = DeletionPolicy::kRetain;
  std::string confirm;  ///< the token that stands in the spec
  IgnoredDrift ignored;
  std::vector<RegistryCredential> registries;
  std::string secret_folder;  ///< on the host: below it lie files with secrets
  std::string adopts;         ///< the Compose project whose containers and volumes are ours
  std::string file_folder;    ///< on the host: below it lie files of the repository
  /// By path of a live object: the digest of what was laid there last.
  std::map<std::string, std::string> laid_files;
  /// Files that containers mount and that were made with another host key: they stand for what the
  /// spec says, as far as anybody can tell.
  std::set<std::string> adopted_files;

  /// "default_shop": the App's network, and what all its names begin with.
  std::string NetworkName() const { return ns + "_" + name; }
  std::string ContainerName(const std::string& service, int replica) const;
  /// Where the App's own files with secrets lie.
  std::string SecretFolder() const { return secret_folder + "/" + NetworkName(); }
  /// Where the App's files of the repository lie.
  std::string FileFolder() const { return file_folder + "/" + NetworkName(); }
};

AppSpec ParseApp(const Resource& resource);
/// "Delete", "Orphan"; anything else is Retain.
DeletionPolicy ParseDeletionPolicy(const std::string& text);

/// Fills in what `values` has for the references, and what follows from that under `key`.
/// Unavailable/DependencyNotReady when a value is missing, FailedPrecondition/InvalidSpec when it
/// cannot be used so: what is no text can only be a file.
Status ResolveSecrets(const SecretValues& values, const HostKey& key, AppSpec& app);

}  // namespace mooring::docker
