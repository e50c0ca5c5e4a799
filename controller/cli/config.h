// SPDX-License-Identifier: Apache-2.0
// The daemon's own file, /etc/mooring/mooring.yaml, with the MOORING_* variables laid over it.
// Values; read at start and again on SIGHUP.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/resource/diagnostic.h"
#include "controller/webhook/sender.h"
#include "reconcilers/docker/plan/subnet.h"
#include "reconcilers/secret/io/provider.h"
#include "reconcilers/secret/io/sops.h"

namespace mooring::cli {

/// How the daemon says who it is to a Git server; empty: not at all.
struct SourceAuth {
  std::string username;                    ///< https, together with token_file
  std::filesystem::path token_file;        ///< https
  std::filesystem::path private_key_file;  ///< ssh, together with known_hosts_file
  std::filesystem::path known_hosts_file;  ///< ssh
  bool operator==(const SourceAuth&) const = default;
};

/// Whose signatures commits must have; without files: nobody's.
struct SourceVerify {
  bool all = false;  ///< every commit, not only the newest
  std::filesystem::path allowed_signers_file;
  std::filesystem::path gpg_keyring_file;
  bool operator==(const SourceVerify&) const = default;
  bool IsAsked() const { return !allowed_signers_file.empty() || !gpg_keyring_file.empty(); }
};

/// Who may tell that a source has something new.
struct WebhookConfig {
  std::string name;
  webhook::Sender sender = webhook::Sender::kGithub;
  std::filesystem::path secret_file;
  bool operator==(const WebhookConfig&) const = default;
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
  SourceVerify verify;
  std::vector<WebhookConfig> webhooks;
  bool operator==(const SourceConfig&) const = default;
};

struct Config {
  std::string host_name;  ///< the machine's name unless set
  std::vector<SourceConfig> sources;

  bool docker_enabled = true;
  std::string docker_socket = "/run/docker.sock";
  docker::Subnet address_pool{0x0AC90000, 16};  // 10.201.0.0/16
  std::filesystem::path hosts_file = "/etc/hosts";
  int max_requests_per_second = 50;
  int max_parallel_pulls = 3;
  std::filesystem::path docker_config_file;  ///< empty: the host has no logins for registries

  bool caddy_enabled = true;
  std::string caddy_admin = "unix//run/caddy/admin.sock";
  bool caddy_adopt = false;
  std::string acme_email;
  Duration min_reload_interval = std::chrono::seconds(2);
  std::vector<std::string> http_listen = {":80"};
  std::vector<std::string> https_listen = {":443"};

  std::filesystem::path seal_key_file = "/etc/mooring/keys/seal";
  secret::SopsOptions sops;
  std::vector<secret::Provider> secret_providers;
  std::filesystem::path secret_folder = "/run/mooring/secrets";
  std::filesystem::path file_folder;  ///< empty: in the store's folder
  std::filesystem::path store_path = "/var/lib/mooring";
  Duration keep_events = std::chrono::hours(24 * 90);
  std::vector<std::string> listen = {"unix:/run/mooring/mooring.sock", "127.0.0.1:8440"};
  bool metrics_token = false;
  int64_t max_body_size = 1 << 20;  ///< bytes
  int rate_limit_events = 600;      ///< requests of one token in a window
  Duration rate_limit_window = std::chrono::minutes(1);
  int workers = 4;
  Duration max_backoff = std::chrono::minutes(15);
  Duration manual_suspend_for = std::chrono::hours(24);
  Duration shutdown_timeout = std::chrono::seconds(10);
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kLogfmt;

  /// What is accepted and does nothing, and variables that nobody knows; for a person.
  std::vector<std::string> warnings;

  /// The path of the unix socket among `listen`; empty when there is none.
  std::string ApiSocket() const;
  bool operator==(const Config&) const = default;
};

inline constexpr char kDefaultConfigFile[] = "/etc/mooring/mooring.yaml";

/// Variables by name, of the process or of a test.
using Environment = std::map<std::string, std::string>;
/// The MOORING_* variables of this process. Not while another thread sets any.
Environment OwnEnvironment();

/// Reads `text` as the configuration file `file`, and lays the variables over it. All problems are
/// added to `diagnostics`, each with its key and its line or variable; the result counts only if
/// there are none.
Config ParseConfig(const std::string& file, std::string_view text, const Environment& environment,
                   Diagnostics* diagnostics);

/// Reads the file. A missing one at the default place is an empty one; elsewhere it is an error.
Config LoadConfig(const std::string& file, const Environment& environment,
                  Diagnostics* diagnostics);

/// What a running daemon makes of a configuration that was read again.
struct Reload {
  Config config;  ///< what is in force from now on: the running one with what needs no restart
  std::vector<std::string> taken;          ///< keys that changed and count from now on
  std::vector<std::string> needs_restart;  ///< keys that changed and do not
};
Reload Reconfigure(const Config& running, const Config& next);

/// Where files of the repository lie that containers mount.
inline std::filesystem::path FileFolderOf(const Config& config) {
  return config.file_folder.empty() ? config.store_path / "files" : config.file_folder;
}

}  // namespace mooring::cli
