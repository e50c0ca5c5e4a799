// SPDX-License-Identifier: Apache-2.0
// One Docker host as the daemon sees it: observer, planner and applier over any reader and writer,
// driven step by step by a test. Throwing one away and making another over the same host and hosts
// file is what a SIGKILL does. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "reconcilers/docker/io/docker_applier.h"
#include "reconcilers/docker/io/docker_observer.h"
#include "reconcilers/docker/plan/app_planner.h"

namespace mooring::testing {

/// An App's Resource as the loader gives it. `routed`: the services that a Site points at.
/// Unless the spec says otherwise, what is replaced goes as soon as no resolver knows it.
Resource MakeApp(const std::string& name, Json spec, std::vector<std::string> routed = {});

class DockerLoop {
 public:
  struct Options {
    docker::AppPlanner::Options planner{.instance = "host-1",
                                        .address_pool = *docker::Subnet::Parse("10.201.0.0/16"),
                                        .file_folder = ""};
    std::string routes_file = "/dev/null";
    std::string key = std::string(32, 'k');
    /// `planner.file_folder` empty: no App has files of the repository.
    docker::SecretFiles::Options files;  ///< without a sealed folder no App has files with secrets
  };
  DockerLoop(docker::DockerReader& reader, docker::DockerWriter& writer, std::string hosts_path,
             Clock& clock, Options options);

  Result<ResourcePlan> Plan(const ResourceKey& key, const Resource* desired);
  /// Applies the changes that are to be done now, in order, until one fails.
  Status Apply(const ResourcePlan& plan);
  /// Plans and applies until nothing is left to do or to wait for, letting `between` move the host
  /// and the clock. The plan that is empty, or the last one after `most` rounds.
  Result<ResourcePlan> Run(const ResourceKey& key, const Resource* desired, int most,
                           const std::function<void()>& between);

  docker::HostsFile hosts;
  docker::SecretFiles files;
  docker::FileStore repository_files;
  docker::RegistryDigests digests;
  docker::ReplicaCounts counts;
  docker::DockerObserver observer;
  docker::AppPlanner planner;
  docker::DockerApplier applier;
  std::map<ResourceKey, std::string> applied;    ///< digest that last succeeded
  std::map<ResourceKey, std::string> documents;  ///< digests of what was seen last
  std::map<ResourceKey, Json> details;           ///< what the status has of it
  std::string request;                           ///< a person's, of the plans from now on
  SecretValues secrets;                          ///< what references lead to
};

/// The plan as lines that a test can compare: "replace container/default_a_web_1: spec changed".
std::string Lines(const ResourcePlan& plan);

}  // namespace mooring::testing
