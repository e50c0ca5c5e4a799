// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_apps/random_apps.h"

#include <fmt/format.h>

#include "controller/runtime/spec_loader.h"

namespace mooring::testing {
namespace {

const std::vector<std::string> kServiceNames = {"web", "my_worker", "Api", "db-1", "x"};
const std::vector<std::string> kTexts = {"",
                                         " ",
                                         "plain",
                                         "with = and : and #",
                                         "\"quoted\" 'twice'",
                                         "Grüße, 世界",
                                         "a\\nb",
                                         "two\nlines",
                                         "yes",
                                         "0x1F",
                                         "1.0",
                                         "$$HOME",
                                         "[not, it]",
                                         "null",
                                         "{\"a\": 1}"};

bool HasFindings(const RandomApp& app) {
  MemoryFileTree tree;
  for (const auto& [path, content] : app.files) tree.Put(path, content);
  SpecLoader loader;
  const auto loaded = loader.Load(tree);
  return !loaded || !loaded->diagnostics.empty() || loaded->resources.size() != 1;
}

}  // namespace

RandomApps::RandomApps(unsigned seed, std::string image)
    : random_(seed), image_(std::move(image)) {}

RandomApp RandomApps::Next() {
  ++number_;
  RandomApp app = Draw();
  for (; HasFindings(app); app = Draw()) ++refused_;
  return app;
}

const std::string& RandomApps::KeyOf(const Json& object) {
  auto at = object.begin();
  std::advance(at, Below(static_cast<int>(object.size())));
  return at.key();
}

RandomApp RandomApps::Draw() {
  RandomApp app{.name = fmt::format("random-{}", number_)};
  repository_.clear();
  Json model = {{"services", Json::object()}};
  names_ = kServiceNames;
  std::shuffle(names_.begin(), names_.end(), random_);
  const int services = 1 + Below(3);
  for (int i = 0; i < services; ++i) {
    const Json before = model["services"];
    const Json service = Service(before, model);
    model["services"][names_[static_cast<size_t>(i)]] = service;
  }
  Json spec = Json::object();
  const std::string folder = "apps/" + app.name + "/";
  if (Chance(25)) {
    app.files[folder + "compose.yaml"] = model.dump(2);
    spec["compose"]["file"] = "./compose.yaml";
  } else {
    spec = model;
    if (Chance(20)) AddJob(spec);
  }
  if (Chance(40)) spec["rollout"]["strategy"] = Chance(50) ? "Recreate" : "StartFirst";
  const Json document = {{"apiVersion", kApiVersion},
                         {"kind", "App"},
                         {"metadata", {{"name", app.name}}},
                         {"spec", spec}};
  app.files[folder + "app.yaml"] = document.dump(2);
  for (const auto& [path, content] : repository_) app.files[folder + path] = content;
  return app;
}

Json RandomApps::Service(const Json& before, Json& app) {
  Json service = {{"image", image_}, {"stop_signal", "SIGKILL"}};
  AddCommand(service);
  for (int parts = Below(6); parts > 0; --parts) service.merge_patch(Pick(vocabulary_).service);
  if (Chance(50)) {
    for (int i = Below(4); i >= 0; --i)
      service["environment"]["V" + std::to_string(i)] = Pick(kTexts);
  }
  if (Chance(30)) service["labels"]["com.example.text"] = Pick(kTexts);
  if (Chance(40)) {
    service["restart"] = Pick(
        std::vector<std::string>{"no", "always", "unless-stopped", "on-failure", "on-failure:3"});
    if (service.contains("deploy")) service["deploy"].erase("restart_policy");
  }
  if (Chance(25) && !service.contains("scale") && !service.contains("mac_address"))
    service["deploy"]["replicas"] = Below(4);
  AddNetworking(before, app, service);
  AddMounts(app, service);
  AddFiles(app, service);
  AddDependencies(before, service);
  return service;
}

void RandomApps::AddCommand(Json& service) {
  switch (Below(4)) {
    case 0:
      service["command"] = "sleep 1000000";
      break;
    case 1:
      service["entrypoint"] = {"sleep"};
      service["command"] = {"1000000"};
      break;
    case 2:
      service["command"] = {"sh", "-c", "while :; do sleep 1000; done"};
      break;
    default:
      service["command"] = {"sleep", "1000000"};
  }
}

void RandomApps::AddNetworking(const Json& before, Json& app, Json& service) {
  if (Chance(15)) {
    std::vector<std::string> modes = {"none", "host", "bridge"};
    if (!before.empty()) modes.push_back("service:" + KeyOf(before));
    service["network_mode"] = Pick(modes);
    return;
  }
  if (Chance(25)) AddPorts(service);
  if (Chance(50)) return;
  if (!app.contains("networks") || Chance(40))
    app["networks"][Pick(std::vector<std::string>{"back", "front_net"})] = Network();
  if (Chance(50)) service["networks"]["default"] = Json::object();
  for (const auto& [name, network] : app["networks"].items()) {
    if (Chance(30)) continue;
    Json& membership = service["networks"][name];
    membership = Json::object();
    if (Chance(40)) membership["aliases"] = {"alias", "other_" + std::to_string(Below(3))};
    if (network.contains("ipam") && Chance(30)) {
      std::string address = network["ipam"]["config"][0]["subnet"];
      membership["ipv4_address"] =
          address.substr(0, address.rfind('.')) + fmt::format(".{}", 20 + Below(100));
    }
  }
}

Json RandomApps::Network() {
  switch (Below(5)) {
    case 0:
      return {{"internal", true}, {"labels", {{"com.example.net", "inner"}}}};
    case 1:
      return {
          {"ipam", {{"config", {{{"subnet", fmt::format("10.215.{}.0/24", subnet_++ % 256)}}}}}}};
    case 2:
      return {{"driver", "bridge"},
              {"driver_opts", {{"com.docker.network.driver.mtu", "1400"}}},
              {"attachable", true}};
    default:
      return Json::object();
  }
}

void RandomApps::AddPorts(Json& service) {
  const int port = port_;
  port_ += 3;
  Json ports = Json::array();
  if (Chance(60))
    ports.push_back(
        {{"target", 8080}, {"published", std::to_string(port)}, {"host_ip", "127.0.0.1"}});
  if (Chance(30)) ports.push_back(fmt::format("127.0.0.1:{}:8081/udp", port));
  if (Chance(30)) ports.push_back({{"target", 9000}});
  if (Chance(20)) ports.push_back(fmt::format("{}-{}:7000-7001", port + 1, port + 2));
  if (!ports.empty()) service["ports"] = ports;
}

Json RandomApps::Volume() {
  switch (Below(3)) {
    case 0:
      return {{"labels", {{"com.example.volume", "a"}}}};
    case 1:
      return {{"driver_opts", {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m"}}}};
    default:
      return Json::object();
  }
}

/// One service writes to a volume; others read.
void RandomApps::AddMounts(Json& app, Json& service) {
  const auto use = [&](const std::string& name, const Json& volume) {
    const bool shared = app.contains("volumes") && app["volumes"].contains(name);
    if (!shared) app["volumes"][name] = volume;
    return shared;
  };
  const auto mounts = service.find("volumes");
  for (size_t i = 0; mounts != service.end() && i < mounts->size(); ++i) {
    Json& mount = (*mounts)[i];
    if (mount.value("source", "") == "/etc")
      mount["source"] = "/media";  // policy refuses the former
    if (mount.value("source", "") == "data" && use("data", Json::object()))
      mount["read_only"] = true;
  }
  if (Chance(70)) return;
  const std::string name = Pick(std::vector<std::string>{"cache", "my_data"});
  Json mount = {{"type", "volume"}, {"source", name}, {"target", "/mnt/" + name}};
  if (use(name, Volume())) mount["read_only"] = true;
  service["volumes"].push_back(mount);
  if (Chance(30)) service["volumes"].push_back("/media:/host-media:ro");
}

void RandomApps::AddFiles(Json& app, Json& service) {
  if (Chance(20)) {
    repository_["settings.conf"] = Pick(kTexts) + "\n";
    app["configs"]["settings"]["file"] = "./settings.conf";
    Json use = {{"source", "settings"}};
    if (Chance(50)) use["target"] = "/etc/settings.conf";
    if (Chance(50)) use["mode"] = "0440";
    if (Chance(30)) use["uid"] = "1000";
    service["configs"].push_back(use);
  }
  if (Chance(15)) {
    app["configs"]["inline"]["content"] = Pick(kTexts) + "x";
    service["configs"].push_back({{"source", "inline"}, {"target", "/inline"}});
  }
  if (Chance(15)) {
    repository_["folder/one.txt"] = "one\n";
    repository_["folder/deep/two.txt"] = Pick(kTexts);
    service["volumes"].push_back(
        {{"type", "bind"}, {"source", "./folder"}, {"target", "/folder"}, {"read_only", true}});
  }
}

void RandomApps::AddDependencies(const Json& before, Json& service) {
  if (before.empty() || !Chance(50)) return;
  const std::string other = KeyOf(before);
  const bool checked = before[other].contains("healthcheck");
  Json& dependency = service["depends_on"][other];
  dependency["condition"] = checked && Chance(70) ? "service_healthy" : "service_started";
  if (Chance(30)) dependency["restart"] = true;
  if (before[other].value("ipc", "") == "shareable" && Chance(50))
    service["ipc"] = "service:" + other;
  if (Chance(20)) service["links"] = {other + ":linked"};
  if (Chance(20)) service["volumes_from"] = {other + ":ro"};
  if (Chance(10)) service["pid"] = "service:" + other;
}

void RandomApps::AddJob(Json& app) {
  Json job = {{"image", image_}, {"command", {"true"}}};
  if (Chance(50))
    job["depends_on"] = {{KeyOf(app["services"]), {{"condition", "service_started"}}}};
  app["services"]["job"] = job;
  Json how = {{"service", "job"}};
  if (Chance(50)) {
    how["preDeploy"] = true;
  } else {
    how["once"] = "first";
  }
  app["jobs"] = {how};
}

}  // namespace mooring::testing
