// SPDX-License-Identifier: Apache-2.0
// The real engine of this machine, for contract tests: raw calls for what a person does by hand,
// and nothing left behind. Everything must be named with `prefix()`. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "controller/net/http_client.h"
#include "reconcilers/docker/io/docker_client.h"

namespace mooring::testing {

class RealDockerHost {
 public:
  /// Null when no engine answers on $ENGINE_SOCKET (/run/docker.sock).
  static std::unique_ptr<RealDockerHost> Connect();
  /// Removes all containers, networks, volumes and images whose names begin with the prefix.
  ~RealDockerHost();

  docker::DockerReader& reader() { return engine_.reader(); }
  docker::DockerWriter& writer() { return engine_.writer(); }
  /// Unique to this process: "mrt4711x1".
  const std::string& prefix() const { return prefix_; }
  /// Requests so far.
  int calls() const { return *calls_; }

  /// A small web server, made on this machine when it is not there.
  std::string MakeImage(const std::string& tag = "1.0.0");
  /// Builds `dockerfile` as "<prefix>-<name>:1".
  std::string Build(const std::string& name, const std::string& dockerfile);
  /// Any call of the API; the status, and the body as JSON.
  std::pair<int, Json> Raw(const std::string& method, const std::string& path,
                           const Json& body = nullptr);

 private:
  explicit RealDockerHost(const std::string& socket);
  std::shared_ptr<int> calls_ = std::make_shared<int>(0);
  docker::DockerEngine engine_;
  net::HttpClient raw_;
  std::string prefix_;
};

}  // namespace mooring::testing
