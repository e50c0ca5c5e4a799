// SPDX-License-Identifier: Apache-2.0
// Ports, mounts, devices and hosts: the lists whose entries have a grammar of their own.
#include <algorithm>

#include "controller/manifest/compose_syntax.h"
#include "controller/manifest/compose_values.h"

namespace mooring::manifest {
namespace {

constexpr size_t kMostPortsInRange = 256;

Node True(Position at) {
  Node value = Node::String(at, "true");
  value.type = Node::Type::kBool;
  return value;
}

void AddText(Node& map, std::string key, const std::string& text) {
  if (!text.empty()) map.Add(std::move(key), Node::String(map.at, text));
}

Node LongPort(const PortEntry& entry, Position at) {
  Node port = Node::Map(at);
  port.Add("target", Node::Integer(at, entry.target));
  AddText(port, "published", entry.published);
  AddText(port, "host_ip", entry.host_ip);
  if (entry.names_protocol) AddText(port, "protocol", entry.protocol);
  return port;
}

void ExpandShortPort(const Node& port, Node& list, Findings& findings) {
  const auto entries = ReadPorts(port.text);
  const bool none = entries && !entries->empty() && entries->front().target == 0;
  if (!entries || none) {
    const bool ranges = !entries && entries.error().ends_with("do not match");
    findings.Add(
        port.at, entries ? fmt::format("\"{}\" is not a port", port.text) : entries.error(),
        ranges ? "make both ranges equally long"
               : "write \"8080:80\" or \"127.0.0.1:8080:80\": host port, then container port");
    return;
  }
  if (entries->size() > kMostPortsInRange) {
    findings.Add(port.at, fmt::format("this publishes {} ports", entries->size()),
                 fmt::format("write ranges of at most {} ports", kMostPortsInRange));
    return;
  }
  for (const PortEntry& entry : *entries) list.items.push_back(LongPort(entry, port.at));
}

/// The options of a mount, where there are any: {bind: {propagation}}.
void AddMountOptions(const MountEntry& entry, Node& mount) {
  Node bind = Node::Map(mount.at);
  AddText(bind, "propagation", entry.propagation);
  AddText(bind, "selinux", entry.selinux);
  if (!bind.members.empty()) mount.Add("bind", std::move(bind));
  if (!entry.nocopy) return;
  Node volume = Node::Map(mount.at);
  volume.Add("nocopy", True(mount.at));
  mount.Add("volume", std::move(volume));
}

/// "source:target[:ro]" -> {type, source, target, read_only}; nullopt when it was refused.
std::optional<Node> ReadShortMount(const Node& mount, Findings& findings) {
  const auto entry = ReadMount(mount.text);
  if (!entry) {
    findings.Add(mount.at, fmt::format("\"{}\" is not a mount", mount.text),
                 "write source:target or source:target:ro");
    return std::nullopt;
  }
  if (!entry->unknown.empty()) {
    findings.Add(mount.at, fmt::format("\"{}\" is no option of a mount", entry->unknown[0]),
                 "use ro, rw, nocopy, z, Z or a propagation such as rshared");
    return std::nullopt;
  }
  if (entry->source.starts_with('~')) {
    findings.Add(mount.at,
                 fmt::format("\"{}\" is a path of a home, and Mooring has none", entry->source),
                 "write an absolute path of the host, ./path of the repository, or a name from "
                 "spec.volumes");
    return std::nullopt;
  }
  Node out = Node::Map(mount.at);
  AddText(out, "type", entry->type);
  if (!entry->source.empty()) AddText(out, "source", entry->source);
  AddText(out, "target", entry->target);
  if (entry->read_only) out.Add("read_only", True(mount.at));
  AddMountOptions(*entry, out);
  if (entry->type == "bind" && entry->source.starts_with('/')) {
    if (out.Find("bind") == nullptr) out.Add("bind", Node::Map(mount.at));
    out.Find("bind")->Add("create_host_path", True(mount.at));
  }
  return out;
}

/// "name=address" for each address of a host.
void AddHost(const HostEntry& host, Position at, Node& list) {
  for (const std::string& address : host.addresses)
    list.items.push_back(Node::String(at, host.name + "=" + address));
}

void RefuseHost(const Node& host, Findings& findings) {
  findings.Add(host.at, fmt::format("\"{}\" is not a host and its address", host.text),
               "write one such as db.example.com=10.0.0.5");
}

}  // namespace

void ExpandPorts(Node& ports, Findings& findings) {
  if (!ports.IsSequence()) return;
  Node list = Node::Sequence(ports.at);
  for (Node& port : ports.items) {
    if (port.IsScalar()) {
      ExpandShortPort(port, list, findings);
      continue;
    }
    Node* published = port.Find("published");
    if (published != nullptr && published->type == Node::Type::kInteger)
      published->type = Node::Type::kString;
    list.items.push_back(std::move(port));
  }
  // Said already; an empty list would be said again.
  ports = std::move(list);
}

void ExpandMounts(Node& mounts, Findings& findings) {
  if (!mounts.IsSequence()) return;
  Node list = Node::Sequence(mounts.at);
  for (Node& mount : mounts.items) {
    if (!mount.IsString()) {
      list.items.push_back(std::move(mount));
    } else if (auto read = ReadShortMount(mount, findings)) {
      list.items.push_back(std::move(*read));
    }
  }
  mounts = std::move(list);
}

void ExpandDevices(Node& devices, Findings& findings) {
  if (!devices.IsSequence()) return;
  Node list = Node::Sequence(devices.at);
  for (Node& device : devices.items) {
    if (!device.IsString()) {
      list.items.push_back(std::move(device));
      continue;
    }
    const auto entry = ReadDevice(device.text);
    if (!entry) {
      findings.Add(device.at, fmt::format("\"{}\" is not a device", device.text),
                   "write /dev/source:/dev/target:rwm, or the long form");
      continue;
    }
    Node map = Node::Map(device.at);
    AddText(map, "source", entry->source);
    AddText(map, "target", entry->target);
    AddText(map, "permissions", entry->permissions);
    list.items.push_back(std::move(map));
  }
  devices = std::move(list);
}

void ExpandHosts(Node& hosts, Findings& findings) {
  Node list = Node::Sequence(hosts.at);
  if (hosts.IsSequence()) {
    for (Node& host : hosts.items) {
      const auto entry = host.IsString() ? ReadHost(host.text) : std::nullopt;
      if (entry) {
        AddHost(*entry, host.at, list);
      } else if (host.IsScalar()) {
        RefuseHost(host, findings);
      } else {
        list.items.push_back(std::move(host));
      }
    }
  } else if (hosts.IsMap()) {
    for (Member& m : hosts.members) {
      if (!m.value.IsSequence())
        m.value = [&] {
          Node one = Node::Sequence(m.value.at);
          one.items.push_back(m.value);
          return one;
        }();
      for (const Node& address : m.value.items) {
        const auto entry = ReadHost(m.key + "=" + address.text);
        if (entry) {
          AddHost(*entry, address.at, list);
        } else {
          RefuseHost(address, findings);
        }
      }
    }
  } else {
    return;
  }
  std::stable_sort(list.items.begin(), list.items.end(),
                   [](const Node& a, const Node& b) { return a.text < b.text; });
  hosts = std::move(list);
}

}  // namespace mooring::manifest
