// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/engine_fields.h"

#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/canonical_text.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

std::string TextOf(const Json& scalar) {
  return scalar.is_string() ? scalar.get<std::string>() : scalar.dump();
}

// How a value is read.

Json AsIs(const Json& spec) { return spec; }

Json Integer(const Json& spec) {
  return spec.is_string() ? Json(std::strtoll(spec.get<std::string>().c_str(), nullptr, 10)) : spec;
}

/// -1 is no limit.
Json Bytes(const Json& spec) {
  const std::string text = TextOf(spec);
  return text == "-1" ? -1 : ParseByteCount(text).value_or(0);
}

Json Microseconds(const Json& spec) {
  const std::string text = TextOf(spec);
  if (text.find_first_not_of("0123456789") == std::string::npos) return Integer(text);
  return ParseDuration(text).value_or(Duration(0)).count() / 1000;
}

Json Texts(const Json& spec) {
  Strings list;
  for (const Json& item : spec) list.push_back(TextOf(item));
  return list;
}

Json TextMap(const Json& spec) {
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : spec.items()) map[name] = TextOf(value);
  return map;
}

Json Ulimits(const Json& spec) {
  Json list = Json::array();
  for (const auto& [name, value] : spec.items()) {
    const bool both = value.is_object();
    list.push_back({{"Name", name},
                    {"Soft", Integer(both ? value.value("soft", Json(0)) : value)},
                    {"Hard", Integer(both ? value.value("hard", Json(0)) : value)}});
  }
  return list;
}

Json Devices(const Json& spec) {
  Json list = Json::array();
  for (const Json& device : spec) {
    const std::string source = device.value("source", "");
    list.push_back({{"PathOnHost", source},
                    {"PathInContainer", device.value("target", source)},
                    {"CgroupPermissions", device.value("permissions", "rwm")}});
  }
  return list;
}

/// "name=::1" as the engine's "name:::1".
Json ExtraHosts(const Json& spec) {
  Strings list = Texts(spec);
  for (std::string& host : list) {
    const size_t equal = host.find('=');
    if (equal != std::string::npos) host[equal] = ':';
  }
  return list;
}

Json Logging(const Json& spec) {
  return {{"Type", spec.value("driver", "")},
          {"Config", TextMap(spec.value("options", Json::object()))}};
}

Json DeviceRequests(const Json& spec) {
  Json list = Json::array();
  for (const Json& request : spec) {
    const Json ids = request.value("device_ids", Json::array());
    const std::string count = request.contains("count") ? TextOf(request["count"]) : "all";
    Json entry = {{"Driver", request.value("driver", "")},
                  {"Capabilities", {request.value("capabilities", Json({"gpu"}))}},
                  {"Options", TextMap(request.value("options", Json::object()))}};
    if (ids.empty()) {
      entry["Count"] = count == "all" ? Json(-1) : Integer(count);
    } else {
      entry["DeviceIDs"] = Texts(ids);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json WeightDevices(const Json& spec) {
  Json list = Json::array();
  for (const Json& device : spec)
    list.push_back(
        {{"Path", device.value("path", "")}, {"Weight", Integer(device.value("weight", Json(0)))}});
  return list;
}

Json Throttles(const Json& spec) {
  Json list = Json::array();
  for (const Json& device : spec)
    list.push_back(
        {{"Path", device.value("path", "")}, {"Rate", Bytes(device.value("rate", Json("0")))}});
  return list;
}

/// "8080" as {"8080/tcp": {}}; ranges one by one.
Json ExposedPorts(const Json& spec) {
  Json ports = Json::object();
  for (const Json& item : spec) {
    const std::string text = TextOf(item);
    const size_t slash = text.find('/');
    const std::string protocol = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    const size_t dash = text.find('-');
    const long first = std::strtol(text.c_str(), nullptr, 10);
    const long last =
        dash == std::string::npos ? first : std::strtol(text.c_str() + dash + 1, nullptr, 10);
    for (long port = first; port <= last; ++port)
      ports[fmt::format("{}/{}", port, protocol)] = Json::object();
  }
  return ports;
}

// How the engine's value is brought into one form.

Json Any(const Json& engine) {
  const bool empty = engine.is_null() || (engine.is_string() && engine == "") ||
                     (engine.is_structured() && engine.empty()) ||
                     (engine.is_boolean() && engine == false) ||
                     (engine.is_number() && engine == 0);
  return empty ? Json() : engine;
}

/// Nothing is compared: the engine lays it over what the image has.
Json Unseen(const Json&) { return {}; }

Json InOrder(const Json& engine) {
  return engine.is_array() && !engine.empty() ? Sorted(engine.get<Strings>()) : Json();
}

Json Capabilities(const Json& engine) {
  return engine.is_array() && !engine.empty() ? CapabilityNames(engine.get<Strings>()) : Json();
}

Json PositiveNumber(const Json& engine) {
  return engine.is_number_integer() && engine.get<long long>() > 0 ? engine : Json();
}

/// 0 is a value of its own, -1 is none.
Json ZeroOrMore(const Json& engine) {
  return engine.is_number_integer() && engine.get<long long>() >= 0 ? engine : Json();
}

Json NotDefault(const Json& engine) { return engine == "default" ? Json() : Any(engine); }
Json NotPrivate(const Json& engine) { return engine == "private" ? Json() : Any(engine); }
Json NotUsualShares(const Json& engine) { return engine == 1024 ? Json() : Any(engine); }
Json NotUsualPeriod(const Json& engine) { return engine == 100'000 ? Json() : Any(engine); }
Json Lower(const Json& engine) {
  if (!engine.is_string() || engine == "") return {};
  std::string text = engine.get<std::string>();
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// A list of objects, whatever their order, without members that say nothing.
Json Objects(const Json& engine) {
  if (!engine.is_array() || engine.empty()) return {};
  Strings texts;
  for (const Json& item : engine) {
    Json kept = Json::object();
    for (const auto& [name, value] : item.items()) {
      if (Json says = Any(value); !says.is_null()) kept[name] = std::move(says);
    }
    texts.push_back(kept.dump());
  }
  return Sorted(std::move(texts));
}

Json ByName(const Json& engine) {
  if (!engine.is_array() || engine.empty()) return {};
  Json map = Json::object();
  for (const Json& limit : engine) {
    const auto number = [&](const char* name) { return limit.value(name, 0LL); };
    map[limit.value("Name", "")] = number("Soft") == number("Hard")
                                       ? fmt::format("{}", number("Soft"))
                                       : fmt::format("{}:{}", number("Soft"), number("Hard"));
  }
  return map;
}

Json LogConfig(const Json& engine) {
  if (!engine.is_object()) return {};
  Json map = Json::object();
  if (const std::string driver = engine.value("Type", ""); !driver.empty()) map["driver"] = driver;
  const Json options = engine.value("Config", Json());
  if (options.is_object()) {
    for (const auto& [name, value] : options.items()) map["options." + name] = value;
  }
  return map.empty() ? Json() : map;
}

constexpr auto kEngines = EngineField::Unset::kEngines;
constexpr auto kNothing = EngineField::Unset::kNothing;
constexpr char kHost[] = "HostConfig";
constexpr char kConfig[] = "Config";

constexpr EngineField kFields[] = {
    {"annotations", kHost, "Annotations", TextMap, Any, kNothing, true, false, "1.43"},
    {"blkio_config.device_read_bps", kHost, "BlkioDeviceReadBps", Throttles, Objects},
    {"blkio_config.device_read_iops", kHost, "BlkioDeviceReadIOps", Throttles, Objects},
    {"blkio_config.device_write_bps", kHost, "BlkioDeviceWriteBps", Throttles, Objects},
    {"blkio_config.device_write_iops", kHost, "BlkioDeviceWriteIOps", Throttles, Objects},
    {"blkio_config.weight", kHost, "BlkioWeight", Integer, PositiveNumber},
    {"blkio_config.weight_device", kHost, "BlkioWeightDevice", WeightDevices, Objects},
    {"cap_add", kHost, "CapAdd", Texts, Capabilities},
    {"cgroup", kHost, "CgroupnsMode", AsIs, Any, kEngines},
    {"cgroup_parent", kHost, "CgroupParent", AsIs, Any, kEngines},
    {"cpu_period", kHost, "CpuPeriod", Microseconds, NotUsualPeriod, kNothing, false, true},
    {"cpu_quota", kHost, "CpuQuota", Integer, PositiveNumber, kNothing, false, true},
    {"cpu_shares", kHost, "CpuShares", Integer, NotUsualShares, kNothing, false, true},
    {"cpuset", kHost, "CpusetCpus", AsIs, Any, kNothing, false, true},
    {"device_cgroup_rules", kHost, "DeviceCgroupRules", Texts, InOrder},
    {"devices", kHost, "Devices", Devices, Objects},
    {"dns", kHost, "Dns", Texts, Any},
    {"dns_opt", kHost, "DnsOptions", Texts, InOrder},
    {"dns_search", kHost, "DnsSearch", Texts, Any},
    {"domainname", kConfig, "Domainname", AsIs, Any},
    {"expose", kConfig, "ExposedPorts", ExposedPorts, Unseen},
    {"extra_hosts", kHost, "ExtraHosts", ExtraHosts, InOrder},
    {"gpus", kHost, "DeviceRequests", DeviceRequests, Objects},
    {"group_add", kHost, "GroupAdd", Texts, InOrder},
    {"ipc", kHost, "IpcMode", AsIs, NotPrivate, kEngines},
    {"isolation", kHost, "Isolation", AsIs, NotDefault},
    {"logging", kHost, "LogConfig", Logging, LogConfig, kEngines, true},
    {"mac_address", kConfig, "MacAddress", AsIs, Lower, kEngines},
    {"mem_reservation", kHost, "MemoryReservation", Bytes, PositiveNumber, kNothing, false, true},
    {"mem_swappiness", kHost, "MemorySwappiness", Integer, ZeroOrMore},
    {"oom_kill_disable", kHost, "OomKillDisable", AsIs, Any},
    {"oom_score_adj", kHost, "OomScoreAdj", Integer, Any},
    {"pid", kHost, "PidMode", AsIs, Any},
    {"pids_limit", kHost, "PidsLimit", Integer, PositiveNumber, kNothing, false, true},
    {"runtime", kHost, "Runtime", AsIs, Any, kEngines},
    {"security_opt", kHost, "SecurityOpt", Texts, InOrder},
    {"shm_size", kHost, "ShmSize", Bytes, Any, kEngines},
    {"stdin_open", kConfig, "OpenStdin", AsIs, Any},
    {"storage_opt", kHost, "StorageOpt", TextMap, Any},
    {"sysctls", kHost, "Sysctls", TextMap, Any},
    {"tty", kConfig, "Tty", AsIs, Any},
    {"ulimits", kHost, "Ulimits", Ulimits, ByName, kEngines, true},
    {"userns_mode", kHost, "UsernsMode", AsIs, Any},
    {"uts", kHost, "UTSMode", AsIs, Any},
};

/// Where else a value may be written; the field's own word goes first.
constexpr char kDevices[] = "deploy.resources.reservations.devices";
constexpr std::pair<const char*, const char*> kOtherPlaces[] = {
    {"pids_limit", "deploy.resources.limits.pids"},
    {"mem_reservation", "deploy.resources.reservations.memory"},
    {"gpus", kDevices},
};

const Json* Find(const Json& service, std::string_view path) {
  const Json* at = &service;
  for (const std::string& part : Split(path, '.')) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(part);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

}  // namespace

std::span<const EngineField> EngineFields() { return kFields; }

std::vector<std::string> EngineNames(std::string_view section) {
  std::vector<std::string> names;
  for (const EngineField& field : kFields) {
    if (field.section == section) names.emplace_back(field.name);
  }
  return names;
}

EngineSettings ReadEngineSettings(const Json& service) {
  EngineSettings settings;
  for (const EngineField& field : kFields) {
    std::string path = field.word;
    const Json* value = Find(service, path);
    for (const auto& [word, other] : kOtherPlaces) {
      if (value != nullptr || word != path) continue;
      value = Find(service, other);
      if (value != nullptr) path = other;
    }
    if (value == nullptr || value->is_null()) continue;
    Json engine = field.read(*value);
    // Graphics processors may stand in both places.
    const Json* more = path == std::string_view("gpus") ? Find(service, kDevices) : nullptr;
    if (more != nullptr) {
      for (Json& request : field.read(*more)) engine.push_back(std::move(request));
    }
    // A setting that says nothing is as good as none, but for a zero that is a value.
    if (field.canonical(engine).is_null() && field.canonical != Unseen && field.unset == kNothing &&
        !field.in_place)
      continue;
    settings.emplace(field.word, EngineSetting{std::move(path), std::move(engine)});
  }
  return settings;
}

}  // namespace mooring::docker
