// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/engine_json.h"

#include <charconv>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/canonical_text.h"
#include "reconcilers/docker/plan/compose_project.h"
#include "reconcilers/docker/plan/engine_fields.h"

namespace mooring::docker {
namespace {

const Json& At(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string Text(const Json& object, const char* key) {
  const Json& value = At(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::map<std::string, std::string> StringMap(const Json& object) {
  std::map<std::string, std::string> map;
  if (!object.is_object()) return map;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) map[key] = value.get<std::string>();
  }
  return map;
}

/// The named members that are not null, so that "null" and "left out" are the same.
Json Pick(const Json& object, std::vector<std::string> keys, std::string_view section = "") {
  if (!section.empty()) std::ranges::move(EngineNames(section), std::back_inserter(keys));
  Json out = Json::object();
  for (const std::string& key : keys) {
    if (const Json& value = At(object, key.c_str()); !value.is_null()) out[key] = value;
  }
  return out;
}

/// Its own name: "/web"; legacy links show up beside it as "/other/alias".
std::string NameOf(const Json& names) {
  if (!names.is_array()) return "";
  for (const Json& item : names) {
    const std::string name = item.get<std::string>();
    if (name.starts_with('/') && name.find('/', 1) == std::string::npos) return name.substr(1);
  }
  return "";
}

}  // namespace

Health HealthOf(std::string_view text) {
  if (text.find("(healthy)") != std::string_view::npos) return Health::kHealthy;
  if (text.find("(unhealthy)") != std::string_view::npos) return Health::kUnhealthy;
  if (text.find("(health: starting)") != std::string_view::npos) return Health::kStarting;
  return Health::kNone;
}

int ExitCodeOf(std::string_view text) {
  const size_t open = text.find('(');
  int code = 0;
  if (open != std::string_view::npos)
    std::from_chars(text.data() + open + 1, text.data() + text.size(), code);
  return code;
}

ContainerSummary ParseSummary(const Json& item) {
  ContainerSummary summary;
  summary.id = Text(item, "Id");
  summary.name = NameOf(At(item, "Names"));
  summary.image = Text(item, "Image");
  summary.image_id = Text(item, "ImageID");
  summary.labels = StringMap(At(item, "Labels"));
  summary.state = Text(item, "State");
  summary.created = Time(std::chrono::seconds(item.value("Created", int64_t{0})));
  const std::string status = Text(item, "Status");
  summary.health = HealthOf(status);
  if (summary.state == "exited" || summary.state == "restarting")
    summary.exit_code = ExitCodeOf(status);
  const Json& networks = At(At(item, "NetworkSettings"), "Networks");
  if (networks.is_object()) {
    for (const auto& [name, endpoint] : networks.items()) {
      summary.networks[name] = {Text(endpoint, "NetworkID"),
                                Text(At(endpoint, "IPAMConfig"), "IPv4Address"),
                                Text(endpoint, "IPAddress")};
    }
  }
  return summary;
}

ContainerDetails ParseDetails(const Json& inspect) {
  ContainerDetails details;
  details.id = Text(inspect, "Id");
  details.config = Pick(At(inspect, "Config"),
                        {"Image", "Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Hostname",
                         "StopSignal", "StopTimeout", "Healthcheck"},
                        "Config");
  details.host_config =
      Pick(At(inspect, "HostConfig"),
           {"Memory", "NanoCpus", "RestartPolicy", "PortBindings", "Binds", "Mounts", "Tmpfs",
            "CapDrop", "Init", "ReadonlyRootfs", "Privileged", "MemorySwap", "NetworkMode"},
           "HostConfig");
  const Json& networks = At(At(inspect, "NetworkSettings"), "Networks");
  if (networks.is_object()) {
    for (const auto& [name, endpoint] : networks.items()) {
      const Json& aliases = At(endpoint, "Aliases");
      details.aliases[name] =
          aliases.is_array() ? aliases.get<std::vector<std::string>>() : std::vector<std::string>();
      const std::string mark = Text(At(endpoint, "DriverOpts"), kAdoptedBy);
      if (!mark.empty()) details.adopted_by = mark;
      if (const Json& asked = At(endpoint, "IPAMConfig"); asked.is_object() && !asked.empty())
        details.asked_addresses[name] = asked;
    }
  }
  for (const Json& mount : At(inspect, "Mounts")) {
    const std::string name = Text(mount, "Name");
    if (IsGeneratedName(name)) details.unnamed_volumes[Text(mount, "Destination")] = name;
  }
  // Newer engines only tell it of endpoints.
  const std::string mode = Text(details.host_config, "NetworkMode");
  if (const std::string mac = Text(At(networks, mode.c_str()), "MacAddress");
      Text(details.config, "MacAddress").empty() && !mac.empty())
    details.config["MacAddress"] = mac;
  const Json& state = At(inspect, "State");
  details.started_at = ParseTime(Text(state, "StartedAt")).value_or(Time());
  details.error = Text(state, "Error");
  details.oom_killed = At(state, "OOMKilled") == Json(true);
  details.exit_code = state.is_object() ? state.value("ExitCode", 0) : 0;
  // An engine that never saw the end says the year 1.
  const auto finished = ParseTime(Text(state, "FinishedAt"));
  if (finished && *finished > Time()) details.finished_at = *finished;
  details.restart_count = inspect.value("RestartCount", 0);
  return details;
}

NetworkInfo ParseNetwork(const Json& item) {
  NetworkInfo network{
      .id = Text(item, "Id"), .name = Text(item, "Name"), .labels = StringMap(At(item, "Labels"))};
  const Json& configs = At(At(item, "IPAM"), "Config");
  if (configs.is_array()) {
    for (const Json& config : configs) {
      if (const auto subnet = Subnet::Parse(Text(config, "Subnet")))
        network.subnets.push_back(*subnet);
    }
  }
  network.options =
      Pick(item, {"Driver", "Options", "Internal", "Attachable", "EnableIPv6", "IPAM"})
          .dump(-1, ' ', false, Json::error_handler_t::replace);
  return network;
}

VolumeInfo ParseVolumeInfo(const Json& item) {
  VolumeInfo volume{.name = Text(item, "Name"), .labels = StringMap(At(item, "Labels"))};
  if (const std::string driver = Text(item, "Driver"); !driver.empty()) volume.driver = driver;
  volume.options = StringMap(At(item, "Options"));
  return volume;
}

std::map<std::string, long long> ParseVolumeSizes(const Json& usage) {
  std::map<std::string, long long> sizes;
  const Json& volumes = At(usage, "Volumes");
  if (!volumes.is_array()) return sizes;
  for (const Json& item : volumes) {
    const Json& data = At(item, "UsageData");
    const long long size = data.is_object() ? data.value("Size", -1LL) : -1;
    if (size >= 0) sizes[Text(item, "Name")] = size;
  }
  return sizes;
}

ImageInfo ParseImage(const Json& inspect) {
  ImageInfo image{.id = Text(inspect, "Id")};
  if (const Json& digests = At(inspect, "RepoDigests"); digests.is_array()) {
    image.repo_digests = digests.get<std::vector<std::string>>();
  }
  image.config = Pick(At(inspect, "Config"), {"Env", "Cmd", "Entrypoint", "User", "WorkingDir",
                                              "StopSignal", "Healthcheck"});
  return image;
}

EngineEvent ParseEvent(const Json& event) {
  EngineEvent out{.type = Text(event, "Type"), .action = Text(event, "Action")};
  const Json& actor = At(event, "Actor");
  out.id = Text(actor, "ID");
  out.attributes = StringMap(At(actor, "Attributes"));
  return out;
}

}  // namespace mooring::docker
