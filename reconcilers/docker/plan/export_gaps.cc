// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/export_gaps.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

struct Field {
  const char* name;    ///< the engine's, in HostConfig or Config
  const char* word;    ///< Compose's
  Strings usual = {};  ///< texts that say nothing
  long long usual_number = 0;
};

const std::vector<Field>& HostFields() {
  static const std::vector<Field> fields = {
      {"Privileged", "privileged"},
      {"CapAdd", "cap_add"},
      {"Devices", "devices"},
      {"DeviceCgroupRules", "device_cgroup_rules"},
      {"DeviceRequests", "gpus"},
      {"SecurityOpt", "security_opt"},
      {"ExtraHosts", "extra_hosts"},
      {"Dns", "dns"},
      {"DnsSearch", "dns_search"},
      {"DnsOptions", "dns_opt"},
      {"Links", "links"},
      {"VolumesFrom", "volumes_from"},
      {"GroupAdd", "group_add"},
      {"Sysctls", "sysctls"},
      {"StorageOpt", "storage_opt"},
      {"Ulimits", "ulimits"},
      {"PidMode", "pid"},
      {"IpcMode", "ipc", {"private", "shareable"}},
      {"UTSMode", "uts"},
      {"UsernsMode", "userns_mode"},
      {"Isolation", "isolation", {"default"}},
      {"Runtime", "runtime", {"runc", "io.containerd.runc.v2"}},
      {"CgroupParent", "cgroup_parent"},
      {"VolumeDriver", "volume_driver", {"local"}},
      {"ShmSize", "shm_size", {}, 64 << 20},
      {"OomKillDisable", "oom_kill_disable"},
      {"OomScoreAdj", "oom_score_adj"},
      {"CpuShares", "cpu_shares"},
      {"CpuPeriod", "cpu_period"},
      {"CpuQuota", "cpu_quota"},
      {"CpusetCpus", "cpuset"},
      {"CpusetMems", "cpuset (memory nodes)"},
      {"BlkioWeight", "blkio_config"},
      {"MemoryReservation", "mem_reservation"},
      {"PidsLimit", "pids_limit", {}, -1},
      {"PublishAllPorts", "every port that the image names, on free ports of the host"},
      {"AutoRemove", "its removal once it ends (--rm)"},
  };
  return fields;
}

const std::vector<Field>& ConfigFields() {
  static const std::vector<Field> fields = {{"Domainname", "domainname"},
                                            {"Tty", "tty"},
                                            {"OpenStdin", "stdin_open"},
                                            {"MacAddress", "mac_address"}};
  return fields;
}

/// "" when the value is the usual one; a value in short where that helps.
std::string GapOf(const Field& field, const Json& value) {
  const std::string word = field.word;
  if (value.is_boolean()) return value.get<bool>() ? word : "";
  if (value.is_number_integer()) {
    const long long number = value.get<long long>();
    return number == 0 || number == field.usual_number ? "" : fmt::format("{} {}", word, number);
  }
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    const bool usual = text.empty() ||
                       std::find(field.usual.begin(), field.usual.end(), text) != field.usual.end();
    return usual ? "" : fmt::format("{} {}", word, text);
  }
  if (!value.is_structured() || value.empty()) return "";
  Strings parts;
  for (const Json& item : value) {
    if (item.is_string()) parts.push_back(item.get<std::string>());
    if (item.is_object() && item.contains("PathOnHost")) parts.push_back(item["PathOnHost"]);
    if (item.is_object() && item.contains("Name")) parts.push_back(item["Name"]);
  }
  constexpr size_t kReadable = 80;
  const std::string list = Join(parts, ", ");
  return list.empty() || list.size() > kReadable ? word : fmt::format("{} ({})", word, list);
}

Json Member(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found == object.end() ? Json() : *found;
}

void AddNetworks(const Json& inspect, const Strings& known, Strings& gaps) {
  const Json mode = Member(Member(inspect, "HostConfig"), "NetworkMode");
  const std::string text = mode.is_string() ? mode.get<std::string>() : "";
  if (text == "host" || text == "none") return;
  if (text.starts_with("container:")) {
    gaps.push_back("network_mode " + text);
    return;
  }
  const Json networks = Member(Member(inspect, "NetworkSettings"), "Networks");
  for (const auto& [name, endpoint] : networks.items()) {
    const bool usual =
        name == "bridge" || std::find(known.begin(), known.end(), name) != known.end();
    if (!usual) gaps.push_back("network " + name);
  }
}

void AddLogging(const Json& host, Strings& gaps) {
  const Json logging = Member(host, "LogConfig");
  const Json driver = Member(logging, "Type");
  const bool usual = !driver.is_string() || driver == "json-file" || driver == "local";
  const Json options = Member(logging, "Config");
  if (!usual || (options.is_object() && !options.empty()))
    gaps.push_back(
        fmt::format("logging ({})", driver.is_string() ? driver.get<std::string>() : ""));
}

void AddSwap(const Json& host, Strings& gaps) {
  const Json memory = Member(host, "Memory");
  const Json swap = Member(host, "MemorySwap");
  if (!memory.is_number_integer() || !swap.is_number_integer()) return;
  const long long most = swap.get<long long>();
  if (most > 0 && most != 2 * memory.get<long long>())
    gaps.push_back(fmt::format("memswap_limit {}", most));
}

}  // namespace

Strings ExportGaps(const Json& inspect, const Strings& networks) {
  Strings gaps;
  const Json host = Member(inspect, "HostConfig");
  const auto add = [&](const Field& field, const Json& value) {
    if (std::string gap = GapOf(field, value); !gap.empty()) gaps.push_back(std::move(gap));
  };
  for (const Field& field : HostFields()) add(field, Member(host, field.name));
  const Json config = Member(inspect, "Config");
  for (const Field& field : ConfigFields()) add(field, Member(config, field.name));
  AddNetworks(inspect, networks, gaps);
  AddLogging(host, gaps);
  AddSwap(host, gaps);
  return gaps;
}

}  // namespace mooring::docker
