// SPDX-License-Identifier: Apache-2.0
// The daemon's own file, /etc/mooring/mooring.yaml. Values; read once at start.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/resource/diagnostic.h"
#include "reconcilers/docker/plan/subnet.h"

namespace mooring::cli {

/// How the daemon says who it is to a Git server; empty: not at all.
struct SourceAuth {
  std::string username;                    ///< https, together with token_file
  std::filesystem::path token_file;        ///< https
  std::filesystem::path private_key_file;  ///< ssh, together with known_hosts_file
  std::filesystem::path known_hosts_file;  ///< ssh
  bool operator==(const SourceAuth&) const = default;
};

struct SourceConfig {
  std::string name = "fleet";
  std::string url;
  std::string branch;  ///< exactly one of branch, tag, commit is set
  std::string tag;
  std::string commit;
  std::string path = ".";
  std::vector<std::string> ignore;  ///< below path, in the words of .gitignore
  Duration poll_interval = std::chrono::minutes(1);
  Duration timeout = std::chrono::seconds(30);  ///< for one exchange with the server
  SourceAuth auth;
  bool operator==(const SourceConfig&) const = default;
};

struct Config {
  std::string host_name;  ///< the machine's name unless set
  std::vector<SourceConfig> sources;

  bool docker_enabled = true;
  std::string docker_socket = "/run/docker.sock";
  docker::Subnet address_pool{0x0AC90000, 16};  // 10.201.0.0/16
  std::filesystem::path hosts_file = "/etc/hosts";

  bool caddy_enabled = true;
  std::string caddy_admin = "unix//run/caddy/admin.sock";
  bool caddy_adopt = false;
  std::string acme_email;
  Duration min_reload_interval = std::chrono::seconds(2);
  std::vector<std::string> http_listen = {":80"};
  std::vector<std::string> https_listen = {":443"};

  std::filesystem::path seal_key_file = "/etc/mooring/keys/seal";
  std::filesystem::path store_path = "/var/lib/mooring";
  Duration keep_events = std::chrono::hours(24 * 90);
  std::vector<std::string> listen = {"unix:/run/mooring/mooring.sock", "127.0.0.1:8440"};
  int workers = 4;
  Duration max_backoff = std::chrono::minutes(15);
  Duration shutdown_timeout = std::chrono::seconds(10);
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kLogfmt;

  /// The path of the unix socket among `listen`; empty when there is none.
  std::string ApiSocket() const;
  bool operator==(const Config&) const = default;
};

inline constexpr char kDefaultConfigFile[] = "/etc/mooring/mooring.yaml";

/// Every key that is known, for the reference page: "docker.socket", "sources.url".
std::vector<std::string> ConfigKeys();

/// Reads `text` as the configuration file `file`. All problems are added to `diagnostics`, each
/// with its key and line; the result counts only if there are none.
Config ParseConfig(const std::string& file, std::string_view text, Diagnostics* diagnostics);

/// Reads the file. A missing one at the default place is an empty one; elsewhere it is an error.
Config LoadConfig(const std::string& file, Diagnostics* diagnostics);

}  // namespace mooring::cli
