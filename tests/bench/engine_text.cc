// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine_text.h"

#include <fmt/format.h>

#include "controller/base/text.h"

namespace mooring::bench {
namespace {

using Container = testing::FakeDockerHost::Container;

Json NetworksJson(const Container& container) {
  Json networks = Json::object();
  for (const auto& [name, endpoint] : container.networks) {
    Json ipam;
    if (!endpoint.fixed_address.empty()) ipam = {{"IPv4Address", endpoint.fixed_address}};
    networks[name] = {{"IPAMConfig", std::move(ipam)},
                      {"Links", nullptr},
                      {"Aliases", endpoint.aliases},
                      {"NetworkID", endpoint.network_id},
                      {"EndpointID", container.state == "running" ? container.id : ""},
                      {"Gateway", ""},
                      {"IPAddress", endpoint.address},
                      {"IPPrefixLen", endpoint.address.empty() ? 0 : 26},
                      {"IPv6Gateway", ""},
                      {"GlobalIPv6Address", ""},
                      {"GlobalIPv6PrefixLen", 0},
                      {"MacAddress", "02:42:0a:00:00:02"},
                      {"DriverOpts", nullptr}};
  }
  return networks;
}

/// The time in it changes each minute, as it does on an engine.
std::string StatusText(const Container& container) {
  if (container.state == "created") return "Created";
  if (container.state == "exited")
    return fmt::format("Exited ({}) 2 minutes ago", container.exit_code);
  if (container.state == "restarting")
    return fmt::format("Restarting ({}) 2 seconds ago", container.exit_code);
  std::string health;
  if (container.health == docker::Health::kHealthy) health = " (healthy)";
  if (container.health == docker::Health::kUnhealthy) health = " (unhealthy)";
  if (container.health == docker::Health::kStarting) health = " (health: starting)";
  return "Up 2 minutes" + health + (container.state == "paused" ? " (Paused)" : "");
}

std::string Words(const Json& list) {
  std::vector<std::string> words;
  for (const Json& word : list) words.push_back(word.get<std::string>());
  return Join(words, " ");
}

int64_t SecondsOf(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

std::string ListItemText(const Container& container) {
  // The engine leaves the aliases out of its list.
  Json networks = NetworksJson(container);
  for (Json& endpoint : networks) endpoint["Aliases"] = nullptr;
  const Json command = container.config.value("Cmd", Json::array());
  return Json{
      {"Id", container.id},
      {"Names", {"/" + container.name}},
      {"Image", container.image},
      {"ImageID", container.image_id},
      {"Command", Words(command)},
      {"Created", SecondsOf(container.created)},
      {"Ports", Json::array()},
      {"Labels", container.labels},
      {"State", container.state},
      {"Status", StatusText(container)},
      {"HostConfig", {{"NetworkMode", container.host_config.value("NetworkMode", "default")}}},
      {"NetworkSettings", {{"Networks", std::move(networks)}}},
      {"Mounts", Json::array()}}
      .dump();
}

Json InspectJson(const Container& container) {
  Json config = container.config;
  config["Labels"] = container.labels;
  const bool runs = container.state == "running" || container.state == "paused";
  return {{"Id", container.id},
          {"Created", FormatTime(container.created)},
          {"Name", "/" + container.name},
          {"RestartCount", container.restart_count},
          {"Image", container.image_id},
          {"State",
           {{"Status", container.state},
            {"Running", runs},
            {"OOMKilled", false},
            {"Error", container.error},
            {"ExitCode", container.exit_code},
            {"StartedAt", FormatTime(container.started_at)}}},
          {"Config", std::move(config)},
          {"HostConfig", container.host_config},
          {"Mounts", Json::array()},
          {"NetworkSettings", {{"Networks", NetworksJson(container)}}}};
}

Json NetworkJson(const docker::NetworkInfo& network) {
  Json config = Json::array();
  for (const docker::Subnet& subnet : network.subnets)
    config.push_back({{"Subnet", subnet.ToString()}});
  return {{"Id", network.id},
          {"Name", network.name},
          {"Driver", "bridge"},
          {"Scope", "local"},
          {"IPAM", {{"Driver", "default"}, {"Config", std::move(config)}}},
          {"Labels", network.labels}};
}

Json VolumeJson(const docker::VolumeInfo& volume) {
  return {{"Name", volume.name}, {"Driver", "local"}, {"Labels", volume.labels}};
}

Json ImageJson(const docker::ImageInfo& image, const std::string& reference) {
  return {{"Id", image.id},
          {"RepoTags", {reference}},
          {"RepoDigests", image.repo_digests},
          {"Config", image.config}};
}

std::string EventLine(const docker::EngineEvent& event, int64_t nanos) {
  return Json{{"Type", event.type},
              {"Action", event.action},
              {"Actor", {{"ID", event.id}, {"Attributes", event.attributes}}},
              {"scope", "local"},
              {"time", nanos / 1'000'000'000},
              {"timeNano", nanos}}
             .dump() +
         "\n";
}

}  // namespace mooring::bench
