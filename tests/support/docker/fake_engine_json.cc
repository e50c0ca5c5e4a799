// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/fake_engine_json.h"

#include <set>

namespace mooring::testing {
namespace {

bool IsEmpty(const Json& object, const char* key) {
  return !object.contains(key) || object[key].empty();
}

}  // namespace

Json EngineConfig(const Json& body, const docker::ImageInfo& image) {
  Json config = Json::object();
  for (const char* key : {"Image", "Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Hostname",
                          "StopSignal", "StopTimeout", "Healthcheck"}) {
    if (body.contains(key)) config[key] = body[key];
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
  for (const auto& [key, value] : std::map<std::string, Json>{
           {"Memory", 0}, {"NanoCpus", 0}, {"Privileged", false}, {"ReadonlyRootfs", false}}) {
    if (!host.contains(key)) host[key] = value;
  }
  if (!host.contains("RestartPolicy"))
    host["RestartPolicy"] = {{"Name", ""}, {"MaximumRetryCount", 0}};
  return host;
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

std::vector<std::string> NamedVolumes(const Json& host_config) {
  std::vector<std::string> names;
  for (const Json& mount : host_config.value("Mounts", Json::array())) {
    const std::string source = mount.value("Source", "");
    if (mount.value("Type", "") == "volume" && !source.empty()) names.push_back(source);
  }
  return names;
}

}  // namespace mooring::testing
