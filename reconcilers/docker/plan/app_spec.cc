// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/app_spec.h"

#include <cmath>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/file_mounts.h"
#include "reconcilers/docker/plan/seed_planner.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;
/// The key's id, a dash and 128 bits.
constexpr size_t kSecretFileName = 8 + 1 + 32;

using StringMap = std::map<std::string, std::string>;

Duration DurationOf(const Json& object, const char* key) {
  return ParseDuration(object.value(key, "0")).value_or(Duration(0));
}

std::optional<Strings> ListOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  return found->get<Strings>();
}

/// A size or count that may be written as a number or as a string.
std::string ScalarText(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Healthcheck ParseHealthcheck(const Json& json) {
  return {.test = ListOf(json, "test").value_or(Strings()),
          .interval = DurationOf(json, "interval"),
          .timeout = DurationOf(json, "timeout"),
          .start_period = DurationOf(json, "start_period"),
          .start_interval = DurationOf(json, "start_interval"),
          .retries = json.value("retries", 0),
          .disable = json.value("disable", false)};
}

/// In the words of Compose what Swarm has its own for.
std::string RestartOf(const Json& policy) {
  const std::string condition = policy.value("condition", "any");
  if (condition == "none") return "no";
  if (condition == "any") return "always";
  const int most = policy.value("max_attempts", 0);
  return most > 0 ? fmt::format("on-failure:{}", most) : "on-failure";
}

void ParseLimits(const Json& json, ServiceSpec& service) {
  const Json deploy = json.value("deploy", Json::object());
  service.replicas = deploy.value("replicas", json.value("scale", 1));
  if (deploy.contains("restart_policy")) service.restart = RestartOf(deploy["restart_policy"]);
  const Json limits = deploy.value("resources", Json::object()).value("limits", Json::object());
  if (json.contains("mem_limit")) service.memory_path = "mem_limit";
  const Json memory = json.value("mem_limit", limits.value("memory", Json("0")));
  service.memory = ParseByteCount(ScalarText(memory)).value_or(0);
  const std::string swap = ScalarText(json.value("memswap_limit", Json("0")));
  service.memory_swap = swap == "-1" ? -1 : ParseByteCount(swap).value_or(0);
  if (json.contains("cpus")) service.cpus_path = "cpus";
  const Json cpus = json.value("cpus", limits.value("cpus", Json("0")));
  service.nano_cpus = std::llround(std::strtod(ScalarText(cpus).c_str(), nullptr) * 1e9);
}

void ParseEnvironment(const Json& json, const std::string& ns, ServiceSpec& service) {
  for (const auto& [name, value] : json.items()) {
    if (auto ref = ReadSecretRef(value, ns)) {
      service.secret_environment[name].ref = *std::move(ref);
    } else {
      service.environment[name] = value.get<std::string>();
    }
  }
}

uint32_t NumberOf(const Json& object, const char* key, const char* fallback, int base) {
  return static_cast<uint32_t>(std::strtoul(object.value(key, fallback).c_str(), nullptr, base));
}

/// `declared`: spec.secrets.
void ParseSecretFiles(const Json& json, const Json& declared, const std::string& ns,
                      ServiceSpec& service) {
  for (const Json& file : json) {
    const std::string name = file.value("source", "");
    const auto ref = ReadSecretRef(declared.value(name, Json()), ns);
    if (!ref) continue;
    std::string target = file.value("target", name);
    if (!target.starts_with('/')) target = "/run/secrets/" + target;
    service.secret_files.push_back({.ref = *ref,
                                    .name = name,
                                    .target = std::move(target),
                                    .uid = NumberOf(file, "uid", "0", 10),
                                    .gid = NumberOf(file, "gid", "0", 10),
                                    .mode = NumberOf(file, "mode", "0400", 8)});
  }
}

ServiceSpec ParseService(const std::string& name, const Json& json, const std::string& ns,
                         const Json& secrets) {
  ServiceSpec service;
  service.name = name;
  service.image = json.value("image", "");
  service.pull_policy = json.value("pull_policy", service.pull_policy);
  if (service.pull_policy == "if_not_present") service.pull_policy = "missing";
  service.command = ListOf(json, "command");
  service.entrypoint = ListOf(json, "entrypoint");
  ParseEnvironment(json.value("environment", Json::object()), ns, service);
  service.labels = json.value("labels", StringMap());
  service.tmpfs = ListOf(json, "tmpfs").value_or(Strings());
  service.cap_drop = ListOf(json, "cap_drop").value_or(Strings());
  service.container_name = json.value("container_name", "");
  service.platform = json.value("platform", "");
  service.user = json.value("user", "");
  service.working_dir = json.value("working_dir", "");
  service.hostname = json.value("hostname", "");
  service.stop_signal = json.value("stop_signal", "");
  service.init = json.value("init", false);
  service.read_only = json.value("read_only", false);
  service.privileged = json.value("privileged", false);
  if (json.contains("stop_grace_period"))
    service.stop_grace_period = DurationOf(json, "stop_grace_period");
  if (json.contains("healthcheck")) service.healthcheck = ParseHealthcheck(json["healthcheck"]);
  ParseLimits(json, service);
  service.restart = json.value("restart", service.restart);
  service.settings = ReadEngineSettings(json);
  service.network_mode = json.value("network_mode", "");
  ParseSecretFiles(json.value("secrets", Json::array()), secrets, ns, service);
  for (const Json& m : json.value("volumes", Json::array())) {
    const Json tmpfs = m.value("tmpfs", Json::object());
    const std::string size = tmpfs.contains("size") ? ScalarText(tmpfs["size"]) : "0";
    const std::string mode = tmpfs.contains("mode") ? ScalarText(tmpfs["mode"]) : "0";
    const Json bind = m.value("bind", Json::object());
    const Json volume = m.value("volume", Json::object());
    service.mounts.push_back({.type = m.value("type", "volume"),
                              .source = m.value("source", ""),
                              .target = m.value("target", ""),
                              .read_only = m.value("read_only", false),
                              .tmpfs_size = ParseByteCount(size).value_or(0),
                              .tmpfs_mode = static_cast<int>(std::strtol(mode.c_str(), nullptr, 8)),
                              .propagation = bind.value("propagation", ""),
                              .selinux = bind.value("selinux", ""),
                              .create = bind.value("create_host_path", false),
                              .nocopy = volume.value("nocopy", false),
                              .subpath = volume.value("subpath", "")});
  }
  for (const Json& p : json.value("ports", Json::array())) {
    Port port{.target = p.value("target", 0),
              .host_ip = p.value("host_ip", ""),
              .protocol = p.value("protocol", "tcp")};
    if (p.contains("published")) port.published = ScalarText(p["published"]);
    service.ports.push_back(std::move(port));
  }
  return service;
}

VolumeSpec ParseVolume(const AppSpec& app, const std::string& key, const Json& json) {
  const bool external = json.is_object() && json.value("external", false);
  // An adopted project keeps its data where it is.
  const std::string& prefix = app.adopts.empty() ? app.NetworkName() : app.adopts;
  const std::string fallback = external ? key : prefix + "_" + key;
  VolumeSpec volume{.key = key, .name = fallback, .external = external};
  if (json.is_object()) {
    volume.name = json.value("name", fallback);
    volume.labels = json.value("labels", StringMap());
    volume.driver = json.value("driver", volume.driver);
    for (const auto& [name, value] :
         json.value("driver_opts", Json::object()).get<std::map<std::string, Json>>())
      volume.driver_opts[name] = ScalarText(value);
  }
  return volume;
}

Result<SecretString> ValueOf(const SecretValues& values, const SecretRef& ref) {
  if (const SecretString* value = values.Find(ref)) return *value;
  return std::unexpected(
      Error(ErrorCode::kUnavailable,
            fmt::format("the value of {} of {} is not known yet", ref.key, ref.Secret().ToString()))
          .WithReason(reason::kDependencyNotReady));
}

Result<SecretString> TextOf(const SecretValues& values, const SecretRef& ref) {
  MOORING_TRY(SecretString value, ValueOf(values, ref));
  if (IsText(value.Reveal())) return value;
  return std::unexpected(
      Error(ErrorCode::kFailedPrecondition,
            fmt::format("the value of {} of {} is no text (UTF-8), so it can be a file and nothing "
                        "else; name it under secrets",
                        ref.key, ref.Secret().ToString()))
          .WithReason(reason::kInvalidSpec));
}

/// As references to images have it: "https://ghcr.io" is ghcr.io.
std::string ServerOf(std::string server) {
  const size_t scheme = server.find("://");
  if (scheme != std::string::npos) server.erase(0, scheme + 3);
  server = server.substr(0, server.find('/'));
  return server == "index.docker.io" ? "docker.io" : server;
}

}  // namespace

std::string_view ServiceSpec::WhyAlone() const {
  if (std::ranges::any_of(ports, &Port::IsFixed)) return "it publishes a fixed host port";
  // Both would listen on the same ports.
  if (network_mode == "host" || !SharedService(network_mode).empty())
    return "it has no network of its own";
  const bool fixed = std::ranges::any_of(networks, [](const ServiceNetwork& place) {
    return !place.ipv4_address.empty() || !place.ipv6_address.empty() || !place.mac_address.empty();
  });
  if (fixed) return "it has a fixed address";
  return alone_by_data ? "it writes to a volume, which rollout.strategy: StartFirst lets two do"
                       : "";
}

bool ServiceSpec::KeepsData() const {
  return std::ranges::any_of(mounts, [&](const Mount& mount) {
    if (mount.read_only) return false;
    // Of several containers each has its own, and would share it with its successor.
    if (mount.IsUnnamed()) return true;
    const bool holds = mount.type == "volume" || mount.type == "bind";
    return MostReplicas() == 1 && holds && !mount.source.empty() &&
           !mount.source.ends_with(".sock");
  });
}

std::string ServiceSpec::ModeOf(const std::string& mode) const {
  const std::string_view other = SharedService(mode);
  if (other.empty()) return mode;
  const auto found = shared.find(std::string(other));
  return found == shared.end() || found->second.empty() ? "" : "container:" + found->second;
}

std::string AppSpec::ContainerName(const std::string& service, int replica) const {
  const auto found = std::ranges::find(services, service, &ServiceSpec::name);
  if (found != services.end() && !found->container_name.empty() && replica == 1)
    return found->container_name;
  return fmt::format("{}_{}_{}", NetworkName(), service, replica);
}

DeletionPolicy ParseDeletionPolicy(const std::string& text) {
  if (text == "Delete") return DeletionPolicy::kDelete;
  return text == "Orphan" ? DeletionPolicy::kOrphan : DeletionPolicy::kRetain;
}

AppSpec ParseApp(const Resource& resource) {
  AppSpec app{.ns = resource.key.ns, .name = resource.key.name};
  const Json& spec = resource.spec;
  if (const auto adopt = spec.find("adopt"); adopt != spec.end())
    app.adopts = adopt->value("composeProject", app.name);
  std::set<std::string> routed;
  for (const Json& name : resource.derived.value("routedServices", Json::array())) {
    routed.insert(name.get<std::string>());
  }
  const Json volumes = spec.value("volumes", Json::object());
  std::set<std::string> mounted;
  app.networks = ReadNetworks(spec, app.NetworkName());
  const Json services = spec.value("services", Json::object());
  const Json secrets = spec.value("secrets", Json::object());
  for (const auto& [name, json] : services.items()) {
    app.services.push_back(ParseService(name, json, app.ns, secrets));
    ServiceSpec& service = app.services.back();
    service.routed = routed.contains(name);
    service.networks =
        ReadServiceNetworks(json, app.networks, service.routed || !app.adopts.empty());
    service.depends_on = ReadDependencies(json, services);
    for (const Mount& mount : app.services.back().mounts) {
      if (mount.type == "volume" && !mount.source.empty()) mounted.insert(mount.source);
    }
  }
  ApplyRelations(services, app);
  OrderByDependencies(app.services);
  for (const auto& [key, json] : volumes.items()) mounted.insert(key);
  for (const std::string& key : mounted) {
    app.volumes.push_back(ParseVolume(app, key, volumes.value(key, Json())));
  }
  for (const Json& login : resource.derived.value("registryCredentials", Json::array())) {
    const auto ref = ReadSecretRef(login.value("password", Json()), app.ns);
    if (ref)
      app.registries.push_back(
          {ServerOf(login.value("server", "")), login.value("username", ""), *ref});
  }
  app.jobs = ParseJobs(spec);
  for (ServiceSpec& service : app.services) {
    service.job = std::ranges::find(app.jobs, service.name, &JobSpec::service) != app.jobs.end();
    if (service.job) service.restart = "no";  // a run has one end
  }
  app.autoscale = ParseAutoscale(spec);
  for (const AutoscaleRule& rule : app.autoscale) {
    const auto scaled = std::ranges::find(app.services, rule.service, &ServiceSpec::name);
    if (scaled == app.services.end()) continue;
    scaled->replicas = rule.min_replicas;
    scaled->most = rule.max_replicas;
  }
  app.restarted_at = spec.value("restartedAt", "");
  app.stopped = spec.value("state", "Running") == "Stopped";
  app.deletion = ParseDeletionPolicy(spec.value("deletionPolicy", ""));
  app.confirm = spec.value("confirm", "");
  const Json rollout = spec.value("rollout", Json::object());
  app.start_first = rollout.value("strategy", "StartFirst") == "StartFirst";
  // Two databases on one folder would break it; who knows better says so.
  const bool said = rollout.contains("strategy");
  for (ServiceSpec& service : app.services) service.alone_by_data = !said && service.KeepsData();
  app.keep_images = rollout.value("keep", app.keep_images);
  app.follows_digests = spec.value("imageDrift", "tag") == "digest";
  app.health_timeout_text = rollout.value("healthTimeout", app.health_timeout_text);
  app.health_timeout = ParseDuration(app.health_timeout_text).value_or(app.health_timeout);
  app.drain_timeout =
      ParseDuration(rollout.value("drainTimeout", "10s")).value_or(app.drain_timeout);
  app.auto_rollback = rollout.value("autoRollback", true);
  app.ignored = IgnoredDrift(spec);
  ParseFileMounts(resource, app);
  ParseSeeds(resource, app);
  return app;
}

Status ResolveSecrets(const SecretValues& values, const HostKey& key, AppSpec& app) {
  for (RegistryCredential& login : app.registries) {
    MOORING_TRY(login.password, TextOf(values, login.ref));
  }
  for (ServiceSpec& service : app.services) {
    for (auto& [name, variable] : service.secret_environment) {
      MOORING_TRY(variable.value, TextOf(values, variable.ref));
      variable.digest = key.Digest("environment\n" + variable.value.Reveal());
    }
    for (SecretFile& file : service.secret_files) {
      MOORING_TRY(file.value, ValueOf(values, file.ref));
      std::string name = key.Digest(
          fmt::format("file\n{} {} {:o}\n{}", file.uid, file.gid, file.mode, file.value.Reveal()));
      name.resize(kSecretFileName);
      std::ranges::replace(name, ':', '-');
      file.path = fmt::format("{}/{}", app.SecretFolder(), name);
    }
  }
  return {};
}

}  // namespace mooring::docker
