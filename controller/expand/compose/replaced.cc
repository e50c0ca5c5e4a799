// SPDX-License-Identifier: Apache-2.0
// Entries of lists that stand for the same thing: the last one counts, at the
// place of the first.
#include <fmt/format.h>

#include <map>

#include "controller/base/text.h"
#include "controller/expand/compose/merge.h"
#include "controller/manifest/compose_values.h"

namespace mooring::compose {
namespace {

/// What an entry stands for; nullopt: it was refused.
using KeyOf = std::optional<std::string> (*)(const Node& entry, Problems& problems);

std::optional<std::string> NameKey(const Node& entry, Problems& problems) {
  if (entry.IsString()) return entry.text.substr(0, entry.text.find('='));
  problems.Add(entry.at,
               fmt::format("this must be a string, got {}", manifest::TypeName(entry.type)),
               entry.IsScalar() ? fmt::format("write \"{}\"", entry.text) : "write NAME=value");
  return std::nullopt;
}

std::optional<std::string> TargetOf(const Node& entry, Problems& problems) {
  const Node* target = entry.Find("target");
  if (target != nullptr && target->IsString()) return target->text;
  problems.Add(entry.at, "this has no target", "add target: and its path in the container");
  return std::nullopt;
}

std::optional<std::string> MountKey(const Node& entry, Problems& problems) {
  if (entry.IsMap()) return TargetOf(entry, problems);
  if (!entry.IsString()) return "";
  const auto mount = manifest::ReadMount(entry.text);
  if (mount) return mount->target;
  problems.Add(entry.at, mount.error(), "write source:target or source:target:ro");
  return std::nullopt;
}

std::optional<std::string> DeviceKey(const Node& entry, Problems& problems) {
  if (entry.IsMap()) return TargetOf(entry, problems);
  if (!entry.IsString()) return "";
  const std::vector<std::string> parts = Split(entry.text, ':');
  return parts.size() == 1 ? parts[0] : parts[1];
}

std::optional<std::string> ExposeKey(const Node& entry, Problems& problems) {
  if (entry.IsString() || entry.type == Node::Type::kInteger) return entry.text;
  problems.Add(entry.at, "this is not a port", "write a number, or a text such as 8000-8010");
  return std::nullopt;
}

std::optional<std::string> FileKey(const Node& entry, std::string_view folder) {
  if (entry.IsString()) return fmt::format("{}/{}", folder, entry.text);
  if (const Node* target = entry.Find("target")) return target->text;
  const Node* source = entry.Find("source");
  return fmt::format("{}/{}", folder, source == nullptr ? "" : source->text);
}
std::optional<std::string> ConfigKey(const Node& entry, Problems&) { return FileKey(entry, ""); }
std::optional<std::string> SecretKey(const Node& entry, Problems&) {
  return FileKey(entry, "/run/secrets");
}

std::optional<std::string> PortKey(const Node& entry, Problems& problems) {
  if (!entry.IsMap()) return entry.text;
  const Node* target = entry.Find("target");
  if (target == nullptr) {
    problems.Add(entry.at, "this port has no target", "add target: and the port in the container");
    return std::nullopt;
  }
  const auto text = [&](std::string_view field, const std::string& otherwise) {
    const Node* value = entry.Find(field);
    return value == nullptr ? otherwise
                            : fmt::format("{}{}", value->IsString() ? "" : "!", value->text);
  };
  return fmt::format("{}:{}:{}/{}", text("host_ip", "0.0.0.0"), text("published", "!"),
                     target->text, text("protocol", "tcp"));
}

std::optional<std::string> EnvFileKey(const Node& entry, Problems& problems) {
  if (entry.IsString()) return entry.text;
  if (const Node* path = entry.Find("path")) return path->text;
  if (!entry.IsMap()) return "";
  problems.Add(entry.at, "this has no path", "add path: and the file");
  return std::nullopt;
}

struct List {
  std::string_view pattern;
  KeyOf key;
};
constexpr List kLists[] = {
    {"networks.*.labels", NameKey},
    {"networks.*.ipam.options", NameKey},
    {"services.*.annotations", NameKey},
    {"services.*.build.args", NameKey},
    {"services.*.build.additional_contexts", NameKey},
    {"services.*.build.tags", NameKey},
    {"services.*.build.labels", NameKey},
    {"services.*.cap_add", NameKey},
    {"services.*.cap_drop", NameKey},
    {"services.*.configs", ConfigKey},
    {"services.*.deploy.labels", NameKey},
    {"services.*.devices", DeviceKey},
    {"services.*.dns", NameKey},
    {"services.*.dns_opt", NameKey},
    {"services.*.dns_search", NameKey},
    {"services.*.environment", NameKey},
    {"services.*.env_file", EnvFileKey},
    {"services.*.expose", ExposeKey},
    {"services.*.labels", NameKey},
    {"services.*.links", NameKey},
    {"services.*.networks.*.aliases", NameKey},
    {"services.*.networks.*.link_local_ips", NameKey},
    {"services.*.ports", PortKey},
    {"services.*.profiles", NameKey},
    {"services.*.secrets", SecretKey},
    {"services.*.sysctls", NameKey},
    {"services.*.tmpfs", NameKey},
    {"services.*.volumes", MountKey},
};

void RemoveIn(Node& list, KeyOf key, Problems& problems) {
  std::vector<Node> kept;
  std::map<std::string, size_t> places;
  for (Node& entry : list.items) {
    const auto name = key(entry, problems);
    if (!name) continue;
    const auto [there, is_new] = places.try_emplace(*name, kept.size());
    if (is_new) {
      kept.push_back(std::move(entry));
    } else {
      kept[there->second] = std::move(entry);
    }
  }
  list.items = std::move(kept);
}

void RemoveBelow(Node& node, Path& path, Problems& problems) {
  for (Member& m : node.members) {
    path.push_back(m.key);
    RemoveBelow(m.value, path, problems);
    path.pop_back();
  }
  if (!node.IsSequence() || path.size() < 3) return;
  for (const List& list : kLists) {
    if (Matches(path, list.pattern)) {
      RemoveIn(node, list.key, problems);
      return;
    }
  }
}

}  // namespace

void RemoveReplaced(Node& model, Problems& problems) {
  Path path;
  RemoveBelow(model, path, problems);
}

}  // namespace mooring::compose
