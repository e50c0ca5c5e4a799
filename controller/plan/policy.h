// SPDX-License-Identifier: Apache-2.0
// The guard rails: what no spec may ask of a host. The same rules run in the loop, in previews and
// in the agent. Pure but for the injected resolver; immutable and, if the resolver is, thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/plan/plan.h"
#include "controller/resource/resource.h"

namespace mooring {

/// The path that an absolute host path leads to once its symlinks are followed; parts that do not
/// exist are kept.
using PathResolver = std::function<std::string(const std::string&)>;

class Policy {
 public:
  struct Options {
    /// Sockets through which one is root on the host. Any file named docker.sock counts too.
    std::vector<std::string> engine_sockets = {"/var/run/docker.sock", "/run/docker.sock",
                                               "/run/containerd/containerd.sock",
                                               "/run/podman/podman.sock"};
    /// The engine's, Caddy's, Kopia's and Mooring's own directories, beside the system's.
    std::vector<std::string> own_directories = {
        "/var/lib/docker",     "/var/lib/containerd", "/run/caddy",
        "/var/lib/caddy",      "/run/mooring",        "/var/lib/mooring",
        "/root/.config/kopia", "/var/lib/kopia",      "/var/cache/kopia"};
    PathResolver resolve;  ///< none: paths are compared as they are written
  };
  explicit Policy(Options options);

  /// Everything in `resource` that breaks a rule, in the order of the spec: container-privileged,
  /// container-docker-socket, mount-sensitive.
  std::vector<PolicyFinding> Check(const Resource& resource) const;

 private:
  struct Mount;
  void CheckMount(const Resource& resource, const Mount& mount,
                  std::vector<PolicyFinding>* findings) const;
  /// The engine socket that is, or lies below, one of these paths; empty: none.
  std::string SocketBehind(const std::vector<std::string>& forms) const;
  /// The sensitive place that shares something with one of these paths; empty: none.
  std::string SensitiveBehind(const std::vector<std::string>& forms) const;
  /// The path as written, and where it leads, each in its plain form.
  std::vector<std::string> FormsOf(const std::string& path) const;

  PathResolver resolve_;
  std::vector<std::string> sockets_;
  std::vector<std::string> sensitive_;
};

/// Without empty parts, "." and ".."; starts with '/', ends with none. ".." of the root is the
/// root.
std::string PlainPath(std::string_view absolute);

}  // namespace mooring
