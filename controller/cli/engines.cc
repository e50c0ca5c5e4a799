// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/engines.h"

#include "controller/manifest/secret_text.h"

namespace mooring::cli {
namespace {

caddy::GatewayOptions GatewayOf(const Config& config) {
  return {.admin = config.caddy_admin,
          .foreign = config.caddy_adopt ? caddy::Foreign::kAdopt : caddy::Foreign::kRefuse,
          .acme_email = config.acme_email,
          .http_listen = config.http_listen,
          .https_listen = config.https_listen};
}

/// `on_request` as one engine tells it.
docker::OnRequest RequestsOf(const std::string& engine, const OnEngineRequest& on_request) {
  if (!on_request) return {};
  return [engine, on_request](const std::string& method, const std::string& path, int status,
                              Duration took) { on_request({engine, method, path, status, took}); };
}

std::function<void(Duration)> ThrottledOf(const std::string& engine,
                                          const OnEngineThrottled& on_throttled) {
  if (!on_throttled) return {};
  return [engine, on_throttled](Duration waited) { on_throttled(engine, waited); };
}

caddy::AdminOptions AdminOf(const Config& config, const OnEngineRequest& on_request) {
  caddy::AdminOptions options;
  // A malformed address was found when the configuration was read.
  if (auto address = caddy::AdminAddress::Parse(config.caddy_admin)) options.address = *address;
  options.on_request = RequestsOf("caddy", on_request);
  return options;
}

}  // namespace

docker::EngineLimits EngineLimitsOf(const Config& config) {
  return {.requests_per_second = config.max_requests_per_second,
          .parallel_pulls = config.max_parallel_pulls};
}

docker::SecretFiles::Options SecretFilesOf(const Config& config) {
  return {.folder = config.secret_folder, .sealed = config.store_path / "secret-files"};
}

EngineReaders::EngineReaders(const Config& config, const HostKey& key, Clock& clock,
                             const OnEngineRequest& on_request,
                             const OnEngineThrottled& on_throttled)
    : engine_pace(clock, EngineLimitsOf(config), ThrottledOf("docker", on_throttled)),
      engine(config.docker_socket, RequestsOf("docker", on_request), &engine_pace),
      hosts(config.hosts_file, clock),
      secret_files(SecretFilesOf(config), key),
      repository_files(FileFolderOf(config), clock),
      digests(engine.reader(), docker::RegistryLogins(config.docker_config_file), clock),
      docker_observer({.instance = config.host_name}, engine.reader(), hosts, clock, &secret_files,
                      &repository_files, &digests, &replica_counts),
      app_planner({.instance = config.host_name,
                   .address_pool = config.address_pool,
                   .secret_folder = config.secret_folder,
                   .file_folder = FileFolderOf(config)},
                  key),
      gateway(GatewayOf(config)),
      caddy_reader(AdminOf(config, on_request)),
      caddy_cache(caddy_reader, gateway, clock),
      caddy_observer(caddy_cache),
      site_planner(gateway),
      caddy_probe(caddy_reader, gateway),
      vault(config.store_path / "secrets", key),
      secrets({.sops = config.sops,
               .providers = config.secret_providers,
               .read = manifest::SecretsInText},
              key, vault, clock),
      secret_observer(secrets, vault),
      docker_enabled_(config.docker_enabled),
      caddy_enabled_(config.caddy_enabled) {}

std::vector<ReadSide> EngineReaders::ReadSides() {
  std::vector<ReadSide> sides;
  if (docker_enabled_) {
    sides.push_back({.kinds = {"App"},
                     .name = "docker",
                     .observer = &docker_observer,
                     .planner = &app_planner});
  }
  if (caddy_enabled_) {
    sides.push_back({.kinds = {"Site"},
                     .name = "caddy",
                     .observer = &caddy_observer,
                     .planner = &site_planner});
  }
  sides.push_back({.kinds = {"Secret"},
                   .name = "secrets",
                   .observer = &secret_observer,
                   .planner = &secret_planner});
  sides.push_back({.kinds = {"Notifier"},
                   .name = "notifiers",
                   .observer = &notifier_observer,
                   .planner = &notifier_planner});
  return sides;
}

std::map<std::string, std::string> EngineReaders::DisabledKinds() const {
  std::map<std::string, std::string> disabled;
  if (!docker_enabled_) disabled["App"] = "docker.enabled";
  if (!caddy_enabled_) disabled["Site"] = "caddy.enabled";
  return disabled;
}

EngineWriters::EngineWriters(const Config& config, EngineReaders& readers, Clock& clock,
                             docker::DockerApplier::OnProgress on_progress,
                             caddy::CaddyApplier::Wake wake, const Log& log)
    : docker_enabled_(config.docker_enabled),
      caddy_enabled_(config.caddy_enabled),
      docker_(readers.engine.writer(), readers.docker_observer, readers.hosts,
              std::move(on_progress), &readers.engine_pace, &readers.secret_files,
              docker::RegistryLogins(config.docker_config_file), &readers.repository_files),
      // As long as the reader's, and more: it answers once the new configuration runs.
      caddy_writer_(readers.caddy_reader.options().on_request),
      caddy_(readers.caddy_cache, caddy_writer_,
             {.min_reload_interval = config.min_reload_interval}, clock, std::move(wake),
             log.With("part", "caddy")),
      secret_(readers.vault) {
  readers.secrets.RenewIn(readers.vault);
}

std::map<std::string, Applier*> EngineWriters::Appliers() {
  std::map<std::string, Applier*> appliers = {{"Secret", &secret_}};
  if (docker_enabled_) appliers["App"] = &docker_;
  if (caddy_enabled_) appliers["Site"] = &caddy_;
  return appliers;
}

}  // namespace mooring::cli
