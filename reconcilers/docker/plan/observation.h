// SPDX-License-Identifier: Apache-2.0
// What was seen on the engine, reduced to what the planner compares. Values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/reconcile/reconciler.h"
#include "reconcilers/docker/plan/file_mount.h"
#include "reconcilers/docker/plan/subnet.h"

namespace mooring::docker {

/// From GET /containers/{id}/json: what the list does not show.
struct ContainerDetails {
  std::string id;
  Json config;                                              ///< the owned part of Config
  Json host_config;                                         ///< the owned part of HostConfig
  std::map<std::string, std::vector<std::string>> aliases;  ///< by network name
  /// The App that adopted it, as our connect has left it at an endpoint; see AdoptionMark.
  std::string adopted_by;
  std::map<std::string, Json> asked_addresses;         ///< IPAMConfig, by network name
  std::map<std::string, std::string> unnamed_volumes;  ///< generated names, by their place
  Time started_at;
  int restart_count = 0;
  std::string error;  ///< State.Error: why the last start failed
  bool oom_killed = false;
  /// Of the last end; nullopt: it never ended. A short program's may be before started_at.
  std::optional<Time> finished_at;
  int exit_code = 0;  ///< of the last end
  /// The end of what a job's run that failed has written; may hold secrets.
  std::vector<std::string> last_lines = {};
};

enum class Health { kNone, kStarting, kHealthy, kUnhealthy };

/// One entry of GET /containers/json.
struct ContainerSummary {
  struct Endpoint {
    std::string network_id;
    std::string fixed_address;  ///< asked for; kept while the container is stopped
    std::string address;        ///< in use; empty while it is stopped
    bool operator==(const Endpoint&) const = default;
  };
  std::string id;
  std::string name;
  std::string image;  ///< as asked for; "sha256:..." once the tag has moved
  std::string image_id;
  std::map<std::string, std::string> labels;
  std::string state;  ///< created, running, paused, restarting, removing, exited, dead
  Health health = Health::kNone;
  int exit_code = 0;  ///< meaningful when exited
  Time created;
  std::map<std::string, Endpoint> networks;

  std::string Label(const std::string& name_of_label) const {
    const auto found = labels.find(name_of_label);
    return found == labels.end() ? "" : found->second;
  }
  bool operator==(const ContainerSummary&) const = default;
};

/// Never null. Shared, because most containers are in list after list as they were.
using SummaryPtr = std::shared_ptr<const ContainerSummary>;

struct ObservedContainer {
  SummaryPtr summary;
  std::shared_ptr<const ContainerDetails>
      details;  ///< null: gone between the list and the inspection
  /// The end of what one that is in trouble has written; may hold secrets.
  std::vector<std::string> last_lines = {};
};

struct NetworkInfo {
  std::string id;
  std::string name;
  std::map<std::string, std::string> labels;
  std::vector<Subnet> subnets;
  /// Driver, Options, Internal, Attachable, EnableIPv6, IPAM, as JSON: what it was made with.
  std::string options;
  bool operator==(const NetworkInfo&) const = default;
};

struct VolumeInfo {
  std::string name;
  std::map<std::string, std::string> labels;
  std::string driver = "local";
  std::map<std::string, std::string> options;  ///< of the driver
  bool operator==(const VolumeInfo&) const = default;
};

struct ImageInfo {
  std::string id;
  std::vector<std::string> repo_digests;
  Json config;  ///< the image's Config: what a container gets where its spec says nothing
};

/// What a registry says of a tag.
struct RegistryAnswer {
  std::string digest;  ///< "sha256:..."; empty: it was not told
  std::string error;   ///< why not
};

/// The marked block of the host's hosts file, and since when an address is in it no more.
struct HostsView {
  std::map<std::string, std::vector<std::string>> names;         ///< in the file now
  std::map<std::string, std::vector<std::string>> last_written;  ///< by this process
  /// When an address left it, as far as we saw: the App's own, and any that did so lately.
  std::map<std::string, Time> left;
  uint64_t version = 0;  ///< moves with each change of the file
};

/// Files with secrets by path, in memory and sealed on the disk.
struct SecretFilesView {
  std::set<std::string> written;
  std::set<std::string> sealed;
  bool empty() const { return written.empty() && sealed.empty(); }
};

struct AppObservation final : Observation {
  Time now;
  std::vector<ObservedContainer> containers;  ///< ours by label, or adopted
  std::vector<ObservedContainer> seeders;     ///< ours, and never started: they fill volumes
  std::vector<SummaryPtr> strangers;          ///< not ours by label, but with a name like ours
  std::optional<NetworkInfo> network;         ///< the App's, ours by label
  /// Ours as well, and not used: an engine may make one twice when it is asked twice at once.
  std::vector<NetworkInfo> duplicates;
  std::vector<NetworkInfo> namesakes;  ///< other networks of that name
  /// Of the adopted Compose project, and no container is on them any more.
  std::vector<NetworkInfo> abandoned;
  /// Those beside the own one that the spec names, and those that are ours.
  std::vector<NetworkInfo> other_networks;
  /// Others whose subnets overlap those that the spec gives.
  std::vector<NetworkInfo> neighbours;
  std::vector<VolumeInfo> volumes;  ///< ours by label, or named as one of the App's
  /// In bytes, by name, where somebody is to know what goes or stays; those that are known.
  std::map<std::string, long long> volume_sizes;
  std::map<std::string, std::optional<ImageInfo>>
      images;  ///< by what the spec asks for; nullopt: not here
  /// By what the spec asks for, of an App that follows digests.
  std::map<std::string, RegistryAnswer> at_registry;
  std::vector<Subnet> used_subnets;   ///< of all other networks and of the host's routes
  HostsView hosts;                    ///< of this App's names only
  SecretFilesView secret_files;       ///< of this App
  std::string engine_api;             ///< "1.41"; empty: the spec needs no newer one
  FilesView files;                    ///< of the repository, of this App
  bool has_files = false;             ///< among them some that go with the App
  bool has_networks = false;          ///< among other_networks some that are ours
  std::map<std::string, int> scaled;  ///< containers that autoscale holds, by service
  uint64_t seen_as_of = 0;            ///< see version
  uint64_t version() const override { return seen_as_of; }
  bool exists() const override {
    return !containers.empty() || !seeders.empty() || network.has_value() || !hosts.names.empty() ||
           !secret_files.empty() || has_files || has_networks;
  }
};

}  // namespace mooring::docker
