// SPDX-License-Identifier: Apache-2.0
// What only containers have: devices, modes of namespaces, limits of the kernel.
#include <arpa/inet.h>

#include "controller/base/text.h"
#include "controller/manifest/format_checks.h"

namespace mooring::manifest {
namespace {

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 18 && Consists(text, IsDigit);
}

/// The rest behind "service:" when that is a service's name; "" otherwise.
std::string_view ServiceIn(std::string_view text) {
  constexpr std::string_view kPrefix = "service:";
  if (!text.starts_with(kPrefix)) return "";
  const std::string_view name = text.substr(kPrefix.size());
  return IsServiceName(name) ? name : "";
}

Answer CheckContainerName(std::string_view text) {
  const auto in_name = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  if (text.size() >= 2 && text.size() <= 200 && IsAlnum(text[0]) && Consists(text, in_name))
    return std::nullopt;
  return No(text, "a container's name",
            "use letters, digits, _ . and -, a letter or digit first, two at least");
}

Answer CheckSecurityOption(std::string_view text) {
  const size_t sign = text.find_first_of("=:");
  const std::string_view name = text.substr(0, sign);
  const std::string_view value = sign == std::string_view::npos ? "" : text.substr(sign + 1);
  if (name == "no-new-privileges" && (value.empty() || value == "true" || value == "false"))
    return std::nullopt;
  if ((name == "apparmor" || name == "label") && !value.empty()) return std::nullopt;
  if ((name == "seccomp" || name == "systempaths") && value == "unconfined") return std::nullopt;
  if (name == "seccomp") {
    return Complaint{fmt::format("{} names a profile, which is not in this release", Quoted(text)),
                     "take it out for the engine's own, or write seccomp=unconfined"};
  }
  return No(text, "a security option",
            "use no-new-privileges:true, apparmor=PROFILE, label=..., seccomp=unconfined or "
            "systempaths=unconfined");
}

Answer CheckDevicePermissions(std::string_view text) {
  const auto known = [](char c) { return c == 'r' || c == 'w' || c == 'm'; };
  if (!text.empty() && text.size() <= 3 && Consists(text, known)) return std::nullopt;
  return No(text, "a set of device permissions", "use the letters r, w and m");
}

Answer CheckDeviceRule(std::string_view text) {
  const std::vector<std::string> parts = Split(text, ' ');
  const auto number = [](std::string_view part) { return part == "*" || IsNumber(part); };
  if (parts.size() == 3 && (parts[0] == "a" || parts[0] == "b" || parts[0] == "c") &&
      !CheckDevicePermissions(parts[2])) {
    const size_t colon = parts[1].find(':');
    if (colon != std::string::npos && number(std::string_view(parts[1]).substr(0, colon)) &&
        number(std::string_view(parts[1]).substr(colon + 1)))
      return std::nullopt;
  }
  return No(text, "a rule for devices", "write one such as \"c 188:* rwm\"");
}

Answer CheckDeviceCount(std::string_view text) {
  if (text == "all" || text == "-1" || (IsNumber(text) && text != "0")) return std::nullopt;
  return No(text, "a count of devices", "write a number, or all");
}

Answer CheckSysctlName(std::string_view text) {
  const auto in_name = [](char c) {
    return IsAlnum(c) || c == '_' || c == '.' || c == '-' || c == '/';
  };
  if (text.find_first_of("./") != std::string_view::npos && Consists(text, in_name))
    return std::nullopt;
  return No(text, "a setting of the kernel", "write one such as net.core.somaxconn");
}

Answer CheckUlimitName(std::string_view text) {
  static constexpr std::string_view kNames[] = {
      "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
      "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
  if (std::find(std::begin(kNames), std::end(kNames), text) != std::end(kNames))
    return std::nullopt;
  const std::string near = Nearest(text, {std::begin(kNames), std::end(kNames)});
  return No(
      text, "a limit of the kernel",
      near.empty() ? "use one such as nofile or nproc" : fmt::format("did you mean \"{}\"?", near));
}

bool IsAddress(std::string_view text) {
  char buffer[16];
  const std::string copy(text);
  return inet_pton(AF_INET, copy.c_str(), buffer) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), buffer) == 1;
}

Answer CheckExtraHost(std::string_view text) {
  const size_t sign = text.find('=');
  const std::string_view name = text.substr(0, sign);
  const std::string_view address = sign == std::string_view::npos ? "" : text.substr(sign + 1);
  const bool named = !name.empty() && name.find_first_of(" \t:") == std::string_view::npos;
  if (named && (address == "host-gateway" || IsAddress(address))) return std::nullopt;
  return No(text, "a name and its address", "write one such as \"db.example.com=10.0.0.5\"");
}

Answer CheckDomain(std::string_view text) {
  const auto in_name = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  if (!text.empty() && text.size() <= 253 && Consists(text, in_name)) return std::nullopt;
  return No(text, "a domain", "write one such as example.com");
}

Answer CheckMacAddress(std::string_view text) {
  const std::vector<std::string> parts = Split(text, ':');
  const auto pair = [](const std::string& part) {
    return part.size() == 2 &&
           part.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  };
  if (parts.size() == 6 && std::all_of(parts.begin(), parts.end(), pair)) return std::nullopt;
  return No(text, "a hardware address", "write one such as \"02:42:ac:11:65:43\", in quotes");
}

constexpr char kNoContainer[] =
    "a container outside of this App can be replaced at any time; write service:NAME with a "
    "service of this App";

/// `words`: the modes beside service:NAME.
Answer CheckMode(std::string_view text, std::string_view what,
                 std::initializer_list<std::string_view> words) {
  if (std::find(words.begin(), words.end(), text) != words.end() || !ServiceIn(text).empty())
    return std::nullopt;
  if (text.starts_with("container:")) return No(text, what, kNoContainer);
  std::vector<std::string> known;
  for (const std::string_view word : words) {
    if (!word.empty()) known.emplace_back(word);
  }
  return No(text, what, fmt::format("use {} or service:NAME", Join(known, ", ")));
}

Answer CheckIpcMode(std::string_view text) {
  return CheckMode(text, "a mode of shared memory", {"private", "shareable", "none", "host"});
}

Answer CheckPidMode(std::string_view text) {
  return CheckMode(text, "a mode of processes", {"", "host"});
}

Answer CheckNetworkMode(std::string_view text) {
  return CheckMode(text, "a mode of the network", {"none", "host", "bridge"});
}

Answer CheckServiceLink(std::string_view text) {
  const auto in_name = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  const size_t colon = text.find(':');
  const std::string_view alias = colon == std::string_view::npos ? "x" : text.substr(colon + 1);
  if (IsServiceName(text.substr(0, colon)) && !alias.empty() && Consists(alias, in_name))
    return std::nullopt;
  return No(text, "a link", "write a service, or service:alias");
}

Answer CheckServiceMounts(std::string_view text) {
  if (text.starts_with("container:")) return No(text, "a service of this App", kNoContainer);
  const size_t colon = text.find(':');
  const std::string_view mode = colon == std::string_view::npos ? "rw" : text.substr(colon + 1);
  if (IsServiceName(text.substr(0, colon)) && (mode == "ro" || mode == "rw")) return std::nullopt;
  return No(text, "a service whose mounts are taken", "write a service, or service:ro");
}

Answer CheckCpuPeriod(std::string_view text) {
  const auto time = ParseDuration(text);
  const long long micro = IsNumber(text) ? std::stoll(std::string(text))
                          : time         ? time->count() / 1000
                                         : 0;
  if (micro >= 1000 && micro <= 1'000'000) return std::nullopt;
  return No(text, "a period of 1 ms to 1 s", "write microseconds, such as \"100000\"");
}

Answer CheckCpuset(std::string_view text) {
  for (const std::string& part : Split(text, ',')) {
    const size_t dash = part.find('-');
    const bool range = dash != std::string::npos;
    if (!IsNumber(std::string_view(part).substr(0, dash)) ||
        (range && !IsNumber(std::string_view(part).substr(dash + 1))))
      return No(text, "a list of processors", "write one such as \"0-2\" or \"0,3\"");
  }
  return std::nullopt;
}

Answer CheckMemswap(std::string_view text) {
  const auto bytes = ParseByteCount(text);
  if (text == "-1" || (bytes && *bytes > 0)) return std::nullopt;
  return No(text, "a size", "write one such as 1g, or -1 for no limit");
}

Answer CheckPlatform(std::string_view text) {
  const std::vector<std::string> parts = Split(text, '/');
  const auto word = [](const std::string& part) {
    return !part.empty() && Consists(part, IsAlnum);
  };
  if (parts.size() >= 2 && parts.size() <= 3 && std::all_of(parts.begin(), parts.end(), word))
    return std::nullopt;
  return No(text, "a platform", "write one such as linux/amd64 or linux/arm64");
}

Answer CheckExposedPort(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view protocol =
      slash == std::string_view::npos ? "tcp" : text.substr(slash + 1);
  const std::string_view numbers = text.substr(0, slash);
  const size_t dash = numbers.find('-');
  const auto port = [](std::string_view part) {
    return IsNumber(part) && part.size() <= 5 && std::stoi(std::string(part)) <= 65535;
  };
  const bool known = protocol == "tcp" || protocol == "udp" || protocol == "sctp";
  if (known && port(numbers.substr(0, dash)) &&
      (dash == std::string_view::npos || port(numbers.substr(dash + 1))))
    return std::nullopt;
  return No(text, "a port", "write one such as \"8080\", \"53/udp\" or \"3000-3005\"");
}

Answer CheckRelativePath(std::string_view text) {
  const std::vector<std::string> parts = Split(text, '/');
  const bool inside = std::find(parts.begin(), parts.end(), "..") == parts.end();
  if (!text.empty() && !text.starts_with('/') && inside) return std::nullopt;
  return No(text, "a path inside", "write one without / at the start and without ..");
}

constexpr Format kFormats[] = {
    {"container-name", CheckContainerName},
    {"security-option", CheckSecurityOption},
    {"device-permissions", CheckDevicePermissions},
    {"device-rule", CheckDeviceRule},
    {"device-count", CheckDeviceCount},
    {"sysctl-name", CheckSysctlName},
    {"ulimit-name", CheckUlimitName},
    {"extra-host", CheckExtraHost},
    {"domain", CheckDomain},
    {"mac-address", CheckMacAddress},
    {"ipc-mode", CheckIpcMode},
    {"pid-mode", CheckPidMode},
    {"network-mode", CheckNetworkMode},
    {"service-link", CheckServiceLink},
    {"service-mounts", CheckServiceMounts},
    {"cpu-period", CheckCpuPeriod},
    {"cpuset", CheckCpuset},
    {"memswap", CheckMemswap},
    {"platform", CheckPlatform},
    {"exposed-port", CheckExposedPort},
    {"relative-path", CheckRelativePath},
};

}  // namespace

std::span<const Format> ContainerFormats() { return kFormats; }

}  // namespace mooring::manifest
