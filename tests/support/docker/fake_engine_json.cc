// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/fake_engine_json.h"

#include <fmt/format.h>

#include <set>

#include "reconcilers/docker/plan/canonical_text.h"
#include "reconcilers/docker/plan/engine_fields.h"

namespace mooring::testing {
namespace {

bool IsEmpty(const Json& object, const char* key) {
  return !object.contains(key) || object[key].empty();
}

/// What an engine has in HostConfig where nothing was asked for, as measured on 20.10.
const Json& UsualHostConfig() {
  static const Json kUsual = Json::parse(R"({
    "BlkioDeviceReadBps": null, "BlkioDeviceReadIOps": null, "BlkioDeviceWriteBps": null,
    "BlkioDeviceWriteIOps": null, "BlkioWeight": 0, "BlkioWeightDevice": [], "CapAdd": null,
    "CgroupParent": "", "CgroupnsMode": "", "CpuPeriod": 0, "CpuQuota": 0, "CpuShares": 0,
    "CpusetCpus": "", "DeviceCgroupRules": null, "DeviceRequests": null, "Devices": [], "Dns": [],
    "DnsOptions": [], "DnsSearch": [], "ExtraHosts": null, "GroupAdd": null, "IpcMode": "",
    "Isolation": "", "LogConfig": {"Type": "", "Config": {}}, "Memory": 0, "MemoryReservation": 0,
    "MemorySwap": 0, "MemorySwappiness": null, "NanoCpus": 0, "OomKillDisable": false,
    "OomScoreAdj": 0, "PidMode": "", "PidsLimit": null, "Privileged": false,
    "ReadonlyRootfs": false, "Runtime": "", "SecurityOpt": null, "ShmSize": 0, "UTSMode": "",
    "Ulimits": null, "UsernsMode": ""})");
  return kUsual;
}

}  // namespace

Json EngineConfig(const Json& body, const docker::ImageInfo& image) {
  Json config = Json::object();
  for (const char* key : {"Image", "Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Hostname",
                          "StopSignal", "StopTimeout", "Healthcheck"}) {
    if (body.contains(key)) config[key] = body[key];
  }
  for (const std::string& key : docker::EngineNames("Config")) {
    if (body.contains(key)) config[key] = body[key];
  }
  for (const char* key : {"Domainname", "MacAddress"}) {
    if (!config.contains(key)) config[key] = "";
  }
  for (const char* key : {"Tty", "OpenStdin"}) {
    if (!config.contains(key)) config[key] = false;
  }
  Json env = config.value("Env", Json::array());
  std::set<std::string> names;
  for (const Json& item : env)
    names.insert(item.get<std::string>().substr(0, item.get<std::string>().find('=')));
  for (const Json& item : image.config.value("Env", Json::array())) {
    const std::string text = item;
    if (!names.contains(text.substr(0, text.find('=')))) env.push_back(item);
  }
  config["Env"] = std::move(env);
  if (IsEmpty(config, "Entrypoint")) {
    if (IsEmpty(config, "Cmd") && image.config.contains("Cmd")) config["Cmd"] = image.config["Cmd"];
    if (!config.contains("Entrypoint") && image.config.contains("Entrypoint"))
      config["Entrypoint"] = image.config["Entrypoint"];
  }
  for (const char* key : {"User", "WorkingDir", "StopSignal"}) {
    if (IsEmpty(config, key) && image.config.contains(key)) config[key] = image.config[key];
  }
  if (image.config.contains("Healthcheck")) {
    Json check = image.config["Healthcheck"];
    const Json asked = config.value("Healthcheck", Json::object());
    for (const auto& [key, value] : asked.items()) check[key] = value;
    config["Healthcheck"] = check;
  }
  return config;
}

Json EngineHostConfig(const Json& body) {
  Json host = body.value("HostConfig", Json::object());
  for (const auto& [key, value] : UsualHostConfig().items()) {
    if (!host.contains(key)) host[key] = value;
  }
  const auto drop = [&](const char* key, int from) {
    if (host[key].is_number() && host[key].get<int>() <= from) host[key] = nullptr;
  };
  drop("PidsLimit", 0);
  drop("MemorySwappiness", -1);
  if (host["ShmSize"] == 0) host["ShmSize"] = 64 << 20;
  if (host["IpcMode"] == "") host["IpcMode"] = "private";
  if (host["CgroupnsMode"] == "") host["CgroupnsMode"] = "host";
  if (host["Runtime"] == "") host["Runtime"] = "runc";
  if (host["LogConfig"]["Type"] == "") host["LogConfig"]["Type"] = "json-file";
  if (host["Memory"] != 0 && host["MemorySwap"] == 0)
    host["MemorySwap"] = 2 * host["Memory"].get<long long>();
  const bool labelled = host["Privileged"] == true || host["PidMode"] == "host";
  if (labelled) {
    if (host["SecurityOpt"].is_null()) host["SecurityOpt"] = Json::array();
    host["SecurityOpt"].push_back("label=disable");
  }
  if (!host.contains("RestartPolicy"))
    host["RestartPolicy"] = {{"Name", ""}, {"MaximumRetryCount", 0}};
  return host;
}

Json EngineNetworkOptions(const Json& body) {
  return {{"Driver", body.value("Driver", "bridge")},
          {"Options", body.value("Options", Json::object())},
          {"Internal", body.value("Internal", false)},
          {"Attachable", body.value("Attachable", false)},
          {"EnableIPv6", body.value("EnableIPv6", false)},
          {"IPAM", body.value("IPAM", Json::object())}};
}

std::vector<std::string> HostPorts(const Json& host_config) {
  std::vector<std::string> ports;
  const Json published = host_config.value("PortBindings", Json::object());
  for (const auto& [target, bindings] : published.items()) {
    for (const Json& binding : bindings) {
      const std::string port = binding.value("HostPort", "");
      if (!port.empty()) ports.push_back(port + target.substr(target.find('/')));
    }
  }
  return ports;
}

std::map<std::string, std::string> UnnamedVolumes(const std::string& id, const Json& host_config) {
  std::map<std::string, std::string> volumes;
  for (const Json& mount : host_config.value("Mounts", Json::array())) {
    if (mount.value("Type", "") != "volume") continue;
    const std::string target = mount.value("Target", "");
    const std::string source = mount.value("Source", "");
    if (docker::IsGeneratedName(source)) volumes[target] = source;
    if (source.empty())
      volumes[target] = fmt::format("{:064x}", std::hash<std::string>()(id + target));
  }
  return volumes;
}

std::vector<std::string> NamedVolumes(const Json& host_config) {
  std::vector<std::string> names;
  for (const Json& mount : host_config.value("Mounts", Json::array())) {
    const std::string source = mount.value("Source", "");
    if (mount.value("Type", "") == "volume" && !source.empty()) names.push_back(source);
  }
  return names;
}

}  // namespace mooring::testing
