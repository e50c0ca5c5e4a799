// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_values.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/base/text.h"

namespace mooring::manifest {
namespace {

constexpr size_t kMostPortsInRange = 65536;

struct Range {
  unsigned first = 0;
  unsigned last = 0;
  unsigned size() const { return last - first + 1; }
};

std::optional<unsigned> ReadNumber(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 65535)
    return std::nullopt;
  return value;
}

/// "8080" or "8000-8005"
std::optional<Range> ReadRange(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = ReadNumber(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ReadNumber(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

bool IsAddress(const std::string& text) {
  char buffer[16];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

struct PortParts {
  std::string ip;
  std::string published;
  std::string target;
};

PortParts SplitPort(std::string_view text) {
  PortParts parts;
  const size_t last = text.rfind(':');
  parts.target = text.substr(last == std::string_view::npos ? 0 : last + 1);
  if (last == std::string_view::npos) return parts;
  text = text.substr(0, last);
  const size_t before = text.rfind(':');
  parts.published = text.substr(before == std::string_view::npos ? 0 : before + 1);
  if (before != std::string_view::npos) parts.ip = text.substr(0, before);
  return parts;
}

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool IsPath(std::string_view source) {
  if (source.empty()) return false;
  if (source[0] == '.' || source[0] == '/' || source[0] == '~') return true;
  if (source.starts_with("\\\\")) return true;
  return source.size() > 1 && std::isalpha(static_cast<unsigned char>(source[0])) != 0 &&
         source[1] == ':';
}

void ReadMountOption(const std::string& option, MountEntry& mount) {
  static constexpr std::string_view kPropagations[] = {"rprivate", "private", "rshared",
                                                       "shared",   "rslave",  "slave"};
  if (option == "ro" || option == "rw") {
    mount.read_only = option == "ro";
  } else if (option == "nocopy") {
    mount.nocopy = true;
  } else if (option == "z" || option == "Z") {
    mount.selinux = option;
  } else if (std::ranges::find(kPropagations, option) != std::end(kPropagations)) {
    mount.propagation = option;
  } else {
    mount.unknown.push_back(option);
  }
}

/// Splits at colons, but not at that of "C:\".
std::vector<std::string> SplitMount(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    std::string& part = parts.back();
    const bool drive =
        c == ':' && part.size() == 1 && std::isalpha(static_cast<unsigned char>(part[0])) != 0;
    if (c == ':' && !drive) {
      parts.emplace_back();
    } else {
      part += c;
    }
  }
  return parts;
}

}  // namespace

std::optional<CommandWords> SplitCommand(std::string_view text) {
  CommandWords result;
  std::string word;
  bool in_word = false;
  bool escaped = false;
  bool single = false;
  bool twice = false;
  bool back = false;
  bool dollar = false;
  for (const char c : text) {
    if (escaped) {
      word += c;
      escaped = false;
      in_word = true;
      continue;
    }
    if (c == '\\') {
      if (single) {
        word += c;
      } else {
        escaped = true;
      }
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (single || twice || back || dollar) {
        word += c;
      } else if (in_word) {
        result.words.push_back(std::exchange(word, ""));
        in_word = false;
      }
      continue;
    }
    if (c == '`' && !single && !twice && !dollar) {
      back = !back;
    } else if (c == ')' && !single && !twice && !back) {
      dollar = !dollar;
    } else if (c == '(' && !single && !twice && !back) {
      if (dollar || !word.ends_with('$')) return std::nullopt;
      dollar = true;
      word += c;
      continue;
    } else if (c == '"' && !single && !dollar) {
      if (twice) in_word = true;
      twice = !twice;
      continue;
    } else if (c == '\'' && !twice && !dollar) {
      if (single) in_word = true;
      single = !single;
      continue;
    } else if (std::string_view(";&|<>").find(c) != std::string_view::npos && !single && !twice &&
               !back && !dollar) {
      // "2>/dev/null": the number belongs to the operator.
      if (c == '>' && !word.empty() && word[0] >= '0' && word[0] <= '9') in_word = false;
      result.stopped_at = c;
      break;
    }
    in_word = true;
    word += c;
  }
  if (escaped || single || twice || back || dollar) return std::nullopt;
  if (in_word) result.words.push_back(std::move(word));
  return result;
}

std::expected<std::vector<PortEntry>, std::string> ReadPorts(std::string_view text) {
  PortParts parts = SplitPort(text);
  PortEntry entry;
  const std::vector<std::string> target = Split(parts.target, '/');
  entry.names_protocol = target.size() > 1 && !target[1].empty();
  entry.protocol = entry.names_protocol ? LowerCase(target[1]) : "tcp";
  if (parts.ip.starts_with('[') && parts.ip.ends_with(']')) {
    parts.ip = parts.ip.substr(1, parts.ip.size() - 2);
  }
  if (!parts.ip.empty() && !IsAddress(parts.ip))
    return std::unexpected(fmt::format("\"{}\" is not an IP address", parts.ip));
  entry.host_ip = parts.ip;
  const auto inside = ReadRange(target[0]);
  const auto outside = parts.published.empty() ? std::nullopt : ReadRange(parts.published);
  if (!inside || (!outside && !parts.published.empty()))
    return std::unexpected(fmt::format("\"{}\" is not a port", text));
  if (outside && outside->size() != inside->size() && inside->size() > 1) {
    return std::unexpected(fmt::format("{} and {} do not match",
                                       Count(outside->size(), "host port"),
                                       Count(inside->size(), "container port")));
  }
  if (entry.protocol != "tcp" && entry.protocol != "udp" && entry.protocol != "sctp")
    return std::unexpected(fmt::format("\"{}\" is not a protocol", entry.protocol));
  std::vector<PortEntry> ports;
  for (unsigned i = 0; i < inside->size() && i < kMostPortsInRange; ++i) {
    PortEntry port = entry;
    port.target = static_cast<int>(inside->first + i);
    if (outside) port.published = std::to_string(outside->first + i);
    if (outside && inside->size() == 1 && outside->size() > 1)
      port.published += fmt::format("-{}", outside->last);
    ports.push_back(std::move(port));
  }
  std::stable_sort(ports.begin(), ports.end(), [](const PortEntry& a, const PortEntry& b) {
    return std::to_string(a.target) + '/' < std::to_string(b.target) + '/';
  });
  return ports;
}

std::expected<MountEntry, std::string> ReadMount(std::string_view text) {
  MountEntry mount;
  mount.type = "volume";
  if (text.empty()) return std::unexpected("a mount must not be empty");
  if (text.size() <= 2) {
    mount.target = text;
    return mount;
  }
  const std::vector<std::string> parts = SplitMount(text);
  if (std::ranges::any_of(parts, &std::string::empty))
    return std::unexpected(fmt::format("\"{}\" has nothing between two colons", text));
  if (parts.size() > 3) return std::unexpected(fmt::format("\"{}\" has too many colons", text));
  if (parts.size() == 1) {
    mount.target = parts[0];
    return mount;
  }
  mount.source = parts[0];
  mount.target = parts[1];
  if (parts.size() == 3) {
    for (const std::string& option : Split(parts[2], ',')) ReadMountOption(option, mount);
  }
  if (IsPath(mount.source)) mount.type = "bind";
  return mount;
}

std::optional<DeviceEntry> ReadDevice(std::string_view text) {
  const std::vector<std::string> parts = Split(text, ':');
  if (parts.size() > 3) return std::nullopt;
  DeviceEntry device{.source = parts[0],
                     .target = parts.size() > 1 ? parts[1] : "",
                     .permissions = parts.size() > 2 ? parts[2] : "rwm"};
  if (device.target.empty()) device.target = device.source;
  return device;
}

std::optional<HostEntry> ReadHost(std::string_view text) {
  size_t at = text.find('=');
  if (at == std::string_view::npos) at = text.find(':');
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  HostEntry host{.name = std::string(text.substr(0, at)), .addresses = {}};
  if (host.name.find(':') != std::string::npos) return std::nullopt;
  for (std::string address : Split(text.substr(at + 1), ',')) {
    if (address.size() > 2 && address.starts_with('[') && address.ends_with(']'))
      address = address.substr(1, address.size() - 2);
    host.addresses.push_back(std::move(address));
  }
  return host;
}

}  // namespace mooring::manifest
