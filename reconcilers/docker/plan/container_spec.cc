// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/container_spec.h"

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
  if (check.retries > 0) body["Retries"] = check.retries;
  return body;
}

Json MountsBody(const AppSpec& app, const ServiceSpec& service) {
  Json mounts = Json::array();
  for (const Mount& m : service.mounts) {
    Json mount = {{"Type", m.type}, {"Target", m.target}};
    if (m.type == "volume") mount["Source"] = m.source.empty() ? "" : VolumeName(app, m.source);
    if (m.type == "bind") mount["Source"] = m.source;
    if (m.read_only) mount["ReadOnly"] = true;
    if (m.tmpfs_size > 0) mount["TmpfsOptions"]["SizeBytes"] = m.tmpfs_size;
    if (m.tmpfs_mode > 0) mount["TmpfsOptions"]["Mode"] = m.tmpfs_mode;
    mounts.push_back(std::move(mount));
  }
  return mounts;
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
  Json host = {{"NetworkMode", app.NetworkName()}, {"RestartPolicy", RestartBody(service.restart)}};
  host.update(UpdateBody(service));
  host["Mounts"] = MountsBody(app, service);
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
  for (const Port& p : service.ports) {
    body["ExposedPorts"][TargetText(p)] = Json::object();
    host["PortBindings"][TargetText(p)].push_back(
        {{"HostIp", p.host_ip}, {"HostPort", p.published == "0" ? "" : p.published}});
  }
  body["HostConfig"] = std::move(host);
  return body;
}

Json EndpointBody(const ServiceSpec& service, const std::string& address) {
  return {{"Aliases", {service.name}}, {"IPAMConfig", {{"IPv4Address", address}}}};
}

Json UpdateBody(const ServiceSpec& service) {
  Json body = {{"RestartPolicy", RestartBody(service.restart)}};
  if (service.memory > 0) {
    body["Memory"] = service.memory;
    body["MemorySwap"] = service.memory * 2;  // the engine's own default, and never below Memory
  }
  if (service.nano_cpus > 0) body["NanoCpus"] = service.nano_cpus;
  return body;
}

}  // namespace mooring::docker
