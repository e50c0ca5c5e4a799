// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/container_spec.h"

#include "controller/base/text.h"
#include "reconcilers/docker/plan/canonical_text.h"
#include "reconcilers/docker/plan/file_mounts.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

std::string VolumeName(const AppSpec& app, const std::string& key) {
  for (const VolumeSpec& volume : app.volumes) {
    if (volume.key == key) return volume.name;
  }
  return key;
}

std::string TargetText(const Port& port) {
  return fmt::format("{}/{}", port.target, port.protocol);
}

Json HealthcheckBody(const Healthcheck& check) {
  if (check.disable) return {{"Test", {"NONE"}}};
  Json body = Json::object();
  if (!check.test.empty()) body["Test"] = check.test;
  const auto put = [&](const char* name, Duration value) {
    if (value.count() > 0) body[name] = value.count();
  };
  put("Interval", check.interval);
  put("Timeout", check.timeout);
  put("StartPeriod", check.start_period);
  put("StartInterval", check.start_interval);
  if (check.retries > 0) body["Retries"] = check.retries;
  return body;
}

/// The engine makes a missing source and sets labels of SELinux only in its older form of a mount,
/// which knows no path with a colon.
bool IsBind(const Mount& mount) {
  const bool older = mount.type == "bind" && (mount.create || !mount.selinux.empty());
  return older && (mount.source + mount.target).find(':') == std::string::npos;
}

std::string BindBody(const Mount& mount) {
  Strings options = {mount.read_only ? "ro" : "rw"};
  for (const std::string& option : {mount.propagation, mount.selinux}) {
    if (!option.empty()) options.push_back(option);
  }
  return fmt::format("{}:{}:{}", mount.source, mount.target, Join(options, ","));
}

Json MountsBody(const AppSpec& app, const ServiceSpec& service) {
  Json mounts = Json::array();
  for (const Mount& m : service.mounts) {
    if (IsBind(m)) continue;
    Json mount = {{"Type", m.type}, {"Target", m.target}};
    if (m.type == "volume") mount["Source"] = m.source.empty() ? "" : VolumeName(app, m.source);
    if (m.type == "bind") mount["Source"] = m.source;
    if (m.read_only) mount["ReadOnly"] = true;
    if (m.tmpfs_size > 0) mount["TmpfsOptions"]["SizeBytes"] = m.tmpfs_size;
    if (m.tmpfs_mode > 0) mount["TmpfsOptions"]["Mode"] = m.tmpfs_mode;
    if (!m.propagation.empty()) mount["BindOptions"]["Propagation"] = m.propagation;
    if (m.nocopy) mount["VolumeOptions"]["NoCopy"] = true;
    if (!m.subpath.empty()) mount["VolumeOptions"]["Subpath"] = m.subpath;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

/// What goes to the engine as the spec has it, but for what UpdateBody gives.
void AddSettings(const ServiceSpec& service, Json& config, Json& host) {
  for (const EngineField& field : EngineFields()) {
    const auto setting = service.settings.find(field.word);
    if (setting == service.settings.end() || field.in_place) continue;
    Json value = setting->second.value;
    if (value.is_string()) value = service.ModeOf(value.get<std::string>());
    (field.section == std::string_view("Config") ? config : host)[field.name] = std::move(value);
  }
  if (!host.contains("SecurityOpt")) return;
  // The engine has no word for it: it is what the command line makes of the option.
  Json& options = host["SecurityOpt"];
  const auto open = std::ranges::find_if(options, [](const Json& option) {
    return option == "systempaths=unconfined" || option == "systempaths:unconfined";
  });
  if (open == options.end()) return;
  options.erase(open);
  host["MaskedPaths"] = host["ReadonlyPaths"] = Json::array();
}

}  // namespace

Json CanonicalService(const AppSpec& app, const ServiceSpec& service) {
  Json out = Json::object();
  out["image"] = service.image;
  out["environment"] = service.environment;
  if (service.command && !service.command->empty()) out["command"] = *service.command;
  if (service.entrypoint) out["entrypoint"] = *service.entrypoint;
  for (const auto& [name, text] : {std::pair{"user", &service.user},
                                   {"working_dir", &service.working_dir},
                                   {"hostname", &service.hostname},
                                   {"stop_signal", &service.stop_signal}}) {
    if (!text->empty()) out[name] = *text;
  }
  if (out.contains("working_dir")) out["working_dir"] = CleanPath(service.working_dir);
  if (service.healthcheck) {
    const Json check = HealthcheckBody(*service.healthcheck);
    if (!check.empty()) out["healthcheck"] = check;
  }
  Strings mounts;
  for (const Mount& m : service.mounts) {
    const std::string source =
        m.type == "volume" && !m.source.empty() ? VolumeName(app, m.source) : m.source;
    mounts.push_back(MountText(source, m));
  }
  Strings ports;
  for (const Port& p : service.ports)
    ports.push_back(PortText(p.host_ip, p.published, TargetText(p)));
  Json secrets = Json::object();
  for (const auto& [name, variable] : service.secret_environment)
    secrets["environment"][name] = variable.digest;
  for (const SecretFile& file : service.secret_files) secrets["files"][file.target] = file.path;
  if (!secrets.empty()) out["secrets"] = std::move(secrets);
  if (!service.files.empty()) out["files"] = CanonicalFiles(service);
  out["volumes"] = Sorted(std::move(mounts));
  out["ports"] = Sorted(std::move(ports));
  out["tmpfs"] = Sorted(service.tmpfs);
  out["cap_drop"] = CapabilityNames(service.cap_drop);
  out["init"] = service.init;
  out["read_only"] = service.read_only;
  out["privileged"] = service.privileged;
  if (!service.labels.empty()) out["labels"] = service.labels;
  if (!service.platform.empty()) out["platform"] = service.platform;
  if (!service.network_mode.empty()) out["network_mode"] = service.network_mode;
  // What every service has is not said, so that it stays what it was.
  const Json usual = {{kDefaultNetwork, CanonicalPlace({.name = app.NetworkName()})}};
  Json networks = Json::object();
  for (const ServiceNetwork& place : service.networks) {
    if (!place.implied) networks[place.key] = CanonicalPlace(place);
  }
  if (!networks.empty() && networks != usual) out["networks"] = std::move(networks);
  for (const EngineField& field : EngineFields()) {
    const auto setting = service.settings.find(field.word);
    if (setting == service.settings.end() || field.in_place) continue;
    const Json canonical = field.canonical(setting->second.value);
    out[field.word] = canonical.is_null() ? setting->second.value : canonical;
  }
  return out;
}

std::string ServiceDigest(const HostKey& key, const AppSpec& app, const ServiceSpec& service) {
  return key.Digest(
      CanonicalService(app, service).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json CreateBody(const AppSpec& app, const ServiceSpec& service) {
  Json env = Json::array();
  for (const auto& [name, value] : service.environment) env.push_back(name + "=" + value);
  Json body = {{"Image", service.image}, {"Env", std::move(env)}};
  if (service.command) body["Cmd"] = *service.command;
  if (service.entrypoint) body["Entrypoint"] = *service.entrypoint;
  for (const auto& [name, text] : {std::pair{"User", &service.user},
                                   {"WorkingDir", &service.working_dir},
                                   {"Hostname", &service.hostname},
                                   {"StopSignal", &service.stop_signal}}) {
    if (!text->empty()) body[name] = *text;
  }
  if (service.stop_grace_period) {
    body["StopTimeout"] =
        std::chrono::ceil<std::chrono::seconds>(*service.stop_grace_period).count();
  }
  if (service.healthcheck) body["Healthcheck"] = HealthcheckBody(*service.healthcheck);
  const std::string network =
      service.networks.empty() ? app.NetworkName() : service.networks.front().name;
  const std::string mode =
      service.network_mode.empty() ? network : service.ModeOf(service.network_mode);
  Json host = {{"NetworkMode", mode}, {"RestartPolicy", RestartBody(service.restart)}};
  host.update(UpdateBody(service));
  host["Mounts"] = MountsBody(app, service);
  for (const Mount& mount : service.mounts) {
    if (IsBind(mount)) host["Binds"].push_back(BindBody(mount));
  }
  for (const SecretFile& file : service.secret_files) {
    host["Mounts"].push_back(
        {{"Type", "bind"}, {"Source", file.path}, {"Target", file.target}, {"ReadOnly", true}});
  }
  AddFileMounts(service, host["Mounts"]);
  if (service.init) host["Init"] = true;
  if (service.read_only) host["ReadonlyRootfs"] = true;
  if (service.privileged) host["Privileged"] = true;
  if (!service.cap_drop.empty()) host["CapDrop"] = service.cap_drop;
  for (const std::string& entry : service.tmpfs) {
    const size_t colon = entry.find(':');
    host["Tmpfs"][entry.substr(0, colon)] =
        colon == std::string::npos ? "" : entry.substr(colon + 1);
  }
  if (!service.platform.empty()) body["Platform"] = service.platform;
  AddSettings(service, body, host);
  for (const Port& p : service.ports) {
    body["ExposedPorts"][TargetText(p)] = Json::object();
    host["PortBindings"][TargetText(p)].push_back(
        {{"HostIp", p.host_ip}, {"HostPort", p.published == "0" ? "" : p.published}});
  }
  body["HostConfig"] = std::move(host);
  return body;
}

long long SwapOf(const ServiceSpec& service) {
  // The engine's own default, and never below the memory.
  return service.memory_swap == 0 ? service.memory * 2 : service.memory_swap;
}

Json UpdateBody(const ServiceSpec& service) {
  Json body = {{"RestartPolicy", RestartBody(service.restart)}};
  if (service.memory > 0) {
    body["Memory"] = service.memory;
    body["MemorySwap"] = SwapOf(service);
  }
  if (service.nano_cpus > 0) body["NanoCpus"] = service.nano_cpus;
  for (const EngineField& field : EngineFields()) {
    const auto setting = service.settings.find(field.word);
    if (field.in_place && setting != service.settings.end())
      body[field.name] = setting->second.value;
  }
  return body;
}

}  // namespace mooring::docker
