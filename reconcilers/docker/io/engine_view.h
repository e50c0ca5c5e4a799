// SPDX-License-Identifier: Apache-2.0
// What a person asks of a Docker engine, beyond what the reconciler compares: logs, use of the
// machine, and everything that lies there, whoever owns it. Reads only. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/resource/resource.h"
#include "reconcilers/docker/io/log_decoder.h"
#include "reconcilers/docker/plan/container_usage.h"

namespace mooring::docker {

class EngineTransport;

using Labels = std::map<std::string, std::string>;

struct ContainerView {
  std::string id;
  std::string name;
  std::string image;
  std::string image_id;
  std::string state;   ///< running, exited, ...
  std::string status;  ///< as the engine tells it: "Up 28 minutes (healthy)"
  Labels labels;
  std::vector<std::string> ports;     ///< published: "127.0.0.1:6380->6379/tcp"
  std::vector<std::string> networks;  ///< names
  std::vector<std::string> volumes;   ///< names
  std::optional<long long> size;      ///< bytes that it wrote; only if asked for
};

struct ImageView {
  std::string id;
  std::vector<std::string> tags;
  long long size = 0;
};

struct NetworkView {
  std::string id;
  std::string name;
  std::string driver;
  Labels labels;
  std::vector<std::string> subnets;
};

struct VolumeView {
  std::string name;
  std::string driver;
  Labels labels;
  std::optional<long long> size;  ///< nullopt: the engine cannot tell
};

struct LogOptions {
  bool follow = false;
  std::string since;        ///< the time of a line, or empty; lines of that very time come again
  std::optional<int> tail;  ///< nullopt: all
};

class EngineView {
 public:
  explicit EngineView(std::string socket);
  ~EngineView();

  /// Those that have all of `labels` ("name=value"), running or not. Sizes take the engine long.
  Result<std::vector<ContainerView>> Containers(const std::vector<std::string>& labels,
                                                bool with_size, std::stop_token stop);
  Result<std::vector<ImageView>> Images(std::stop_token stop);
  Result<std::vector<NetworkView>> Networks(std::stop_token stop);
  /// All that an inspection shows; NotFound when it is gone.
  Result<Json> Inspect(const std::string& id, std::stop_token stop);
  /// The image's Config, all of it; null when it is not on the host.
  Result<Json> ImageConfig(const std::string& id, std::stop_token stop);
  /// With sizes, which take the engine long.
  Result<std::vector<VolumeView>> Volumes(std::stop_token stop);
  /// When the container was started; NotFound when it is gone, nullopt when it does not run.
  Result<std::optional<Time>> StartedAt(const std::string& id, std::stop_token stop);
  Result<ContainerUsage> Usage(const std::string& id, std::stop_token stop);
  /// All lines there are, and with `follow` those that come until the container ends. NotFound when
  /// it is gone.
  Status Logs(const std::string& id, const LogOptions& options, const OnLogLine& on_line,
              std::stop_token stop);

 private:
  std::unique_ptr<EngineTransport> transport_;
};

}  // namespace mooring::docker
