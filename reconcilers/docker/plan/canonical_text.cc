// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/canonical_text.h"

#include <charconv>
#include <filesystem>

#include "controller/base/text.h"

namespace mooring::docker {

using Strings = std::vector<std::string>;

std::string CleanPath(const std::string& path) {
  std::string clean = std::filesystem::path(path).lexically_normal().string();
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

Json CapabilityNames(Strings list) {
  for (std::string& name : list) {
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (name.starts_with("CAP_")) name.erase(0, 4);
  }
  std::sort(list.begin(), list.end());
  return list;
}

bool IsGeneratedName(std::string_view volume) {
  return volume.size() == 64 &&
         volume.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string MountText(const std::string& source, const Mount& mount) {
  std::string text = fmt::format("{} {}:{}{}", mount.type, source, CleanPath(mount.target),
                                 mount.read_only ? ":ro" : "");
  if (mount.tmpfs_size > 0) text += fmt::format(",size={}", mount.tmpfs_size);
  if (mount.tmpfs_mode > 0) text += fmt::format(",mode={:o}", mount.tmpfs_mode);
  if (!mount.propagation.empty() && mount.propagation != "rprivate")
    text += "," + mount.propagation;
  if (!mount.selinux.empty()) text += "," + mount.selinux;
  if (mount.nocopy) text += ",nocopy";
  if (!mount.subpath.empty()) text += ",subpath=" + mount.subpath;
  return text;
}

std::string MountText(const Json& mount) {
  const Json options = mount.value("TmpfsOptions", Json::object());
  const Json bind = mount.value("BindOptions", Json::object());
  const Json volume = mount.value("VolumeOptions", Json::object());
  return MountText(mount.value("Source", ""), {.type = mount.value("Type", ""),
                                               .target = mount.value("Target", ""),
                                               .read_only = mount.value("ReadOnly", false),
                                               .tmpfs_size = options.value("SizeBytes", 0LL),
                                               .tmpfs_mode = options.value("Mode", 0),
                                               .propagation = bind.value("Propagation", ""),
                                               .nocopy = volume.value("NoCopy", false),
                                               .subpath = volume.value("Subpath", "")});
}

std::string BindText(const std::string& bind) {
  const size_t first = bind.find(':');
  const size_t second = bind.find(':', first + 1);
  if (first == std::string::npos) return "bind " + bind;
  const std::string source = bind.substr(0, first);
  Mount mount{.type = source.starts_with('/') ? "bind" : "volume",
              .target = bind.substr(first + 1, second - first - 1)};
  std::string others;  // what says more than how it is mounted anyway
  const std::string options = second == std::string::npos ? "" : bind.substr(second + 1);
  for (const std::string& option : Split(options, ',')) {
    if (option == "ro") mount.read_only = true;
    const bool usual = option == "ro" || option == "rw" || option == "rprivate";
    if (!usual && !option.empty()) others += "," + option;
  }
  return MountText(source, mount) + others;
}

std::string PortText(const std::string& host_ip, const std::string& published,
                     const std::string& target) {
  const std::string ip = host_ip == "0.0.0.0" ? "" : host_ip;
  return fmt::format("{}{}{}{}{}", ip, ip.empty() ? "" : ":", published == "0" ? "" : published,
                     published.empty() || published == "0" ? "" : ":", target);
}

Json Sorted(Strings list) {
  std::sort(list.begin(), list.end());
  return list;
}

std::string RestartText(const Json& policy) {
  const std::string name = policy.value("Name", "");
  const int retries = policy.value("MaximumRetryCount", 0);
  if (name.empty()) return "no";
  return retries > 0 ? fmt::format("{}:{}", name, retries) : name;
}

Json RestartBody(const std::string& restart) {
  const size_t colon = restart.find(':');
  int retries = 0;
  if (colon != std::string::npos) {
    std::from_chars(restart.data() + colon + 1, restart.data() + restart.size(), retries);
  }
  return {{"Name", restart.substr(0, colon)}, {"MaximumRetryCount", retries}};
}

}  // namespace mooring::docker
