// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/canonical.h"

#include <fmt/format.h>

#include "controller/expand/compose/paths.h"
#include "controller/manifest/compose_values.h"

namespace mooring::compose {
namespace {

using manifest::Position;

Node MapOf(std::string key, Node value) {
  Node map = Node::Map(value.at);
  map.Add(std::move(key), std::move(value));
  return map;
}
Node ListOf(Node value) {
  Node list = Node::Sequence(value.at);
  list.items.push_back(std::move(value));
  return list;
}
void AddText(Node& map, std::string key, const std::string& text) {
  if (!text.empty()) map.Add(std::move(key), Node::String(map.at, text));
}
void SetIfAbsent(Node& map, std::string_view key, Node value) {
  if (map.IsMap() && map.Find(key) == nullptr) map.Add(std::string(key), std::move(value));
}

class Canonical {
 public:
  Canonical(bool lenient, Problems& problems) : lenient_(lenient), problems_(problems) {}

  void Model(Node& model) {
    if (Node* services = model.Find("services")) {
      for (Member& m : services->members) Service(m.value);
    }
    for (const std::string_view kind : {"networks", "volumes", "configs", "secrets"}) {
      if (Node* resources = model.Find(kind)) {
        for (Member& m : resources->members) External(m.value);
      }
    }
  }

 private:
  void Service(Node& service) {
    for (Member& m : service.members) {
      Node& value = m.value;
      if (m.key == "depends_on") DependsOn(value);
      if (m.key == "env_file") EnvFiles(value);
      if (m.key == "extends" && value.IsString()) value = MapOf("service", value);
      if (m.key == "networks") Networks(value);
      if (m.key == "volumes") Each(value, &Canonical::Mount);
      if (m.key == "dns" || m.key == "label_file") {
        if (value.IsString()) value = ListOf(value);
      }
      if (m.key == "dns") {
        std::erase_if(value.items,
                      [](const Node& n) { return n.IsNull() || (n.IsString() && n.text.empty()); });
      }
      if (m.key == "devices") Each(value, &Canonical::Device);
      if (m.key == "secrets" || m.key == "configs") Each(value, &Canonical::File);
      if (m.key == "ports") Ports(value);
      if (m.key == "build") Build(value);
      if (m.key == "ulimits") Ulimits(value);
    }
  }

  void Each(Node& list, void (Canonical::*change)(Node&)) {
    for (Node& item : list.items) (this->*change)(item);
  }

  void DependsOn(Node& value) {
    if (value.IsSequence()) {
      Node map = Node::Map(value.at);
      for (const Node& item : value.items) Set(map, item.text, Node::Map(item.at));
      value = std::move(map);
    }
    for (Member& m : value.members) {
      SetIfAbsent(m.value, "condition", Node::String(m.value.at, "service_started"));
      SetIfAbsent(m.value, "required", MakeBool(m.value.at, true));
    }
  }
  void EnvFiles(Node& value) {
    if (value.IsString()) value = ListOf(value);
    for (Node& item : value.items) {
      if (item.IsString()) item = MapOf("path", item);
      SetIfAbsent(item, "required", MakeBool(item.at, true));
    }
  }
  void Networks(Node& value) {
    if (!value.IsSequence()) return;
    Node map = Node::Map(value.at);
    for (const Node& item : value.items) {
      Node none;
      none.at = item.at;
      Set(map, item.text, std::move(none));
    }
    value = std::move(map);
  }
  void Mount(Node& value) {
    if (!value.IsString()) return;
    const auto mount = manifest::ReadMount(value.text);
    if (!mount) {
      if (!lenient_) problems_.Add(value.at, mount.error(), "write source:target:ro");
      return;
    }
    Node map = Node::Map(value.at);
    AddText(map, "type", mount->type);
    AddText(map, "source", mount->source);
    AddText(map, "target", mount->target.empty() ? "" : CleanPath(mount->target));
    if (mount->read_only) map.Add("read_only", MakeBool(value.at, true));
    if (mount->type == "bind" || !mount->propagation.empty() || !mount->selinux.empty()) {
      Node bind = Node::Map(value.at);
      AddText(bind, "selinux", mount->selinux);
      AddText(bind, "propagation", mount->propagation);
      if (mount->type == "bind") bind.Add("create_host_path", MakeBool(value.at, true));
      map.Add("bind", std::move(bind));
    }
    if (mount->type == "volume" || mount->nocopy) {
      Node volume = Node::Map(value.at);
      if (mount->nocopy) volume.Add("nocopy", MakeBool(value.at, true));
      map.Add("volume", std::move(volume));
    }
    value = std::move(map);
  }
  void Device(Node& value) {
    if (!value.IsString()) return;
    const auto device = manifest::ReadDevice(value.text);
    if (!device) {
      if (!lenient_) {
        problems_.Add(value.at, fmt::format("\"{}\" is not a device", value.text),
                      "write it as a map with source, target and permissions");
      }
      return;
    }
    Node map = Node::Map(value.at);
    AddText(map, "source", device->source);
    AddText(map, "target", device->target);
    AddText(map, "permissions", device->permissions);
    value = std::move(map);
  }
  void File(Node& value) {
    if (value.IsString()) value = MapOf("source", value);
  }
  void Ports(Node& value) {
    Node list = Node::Sequence(value.at);
    for (Node& item : value.items) {
      if (item.IsMap()) {
        list.items.push_back(std::move(item));
        continue;
      }
      const auto ports = item.type == Node::Type::kNumber
                             ? std::unexpected(fmt::format("\"{}\" is not a port", item.text))
                             : manifest::ReadPorts(item.text);
      if (!ports) {
        if (lenient_) return;  // the list stays as it is
        problems_.Add(item.at, ports.error(), "write \"8080:80\": host port, then container port");
        continue;
      }
      for (const manifest::PortEntry& entry : *ports) {
        Node port = Node::Map(item.at);
        port.Add("mode", Node::String(item.at, "ingress"));
        AddText(port, "host_ip", entry.host_ip);
        if (entry.target != 0) port.Add("target", Node::Integer(item.at, entry.target));
        AddText(port, "published", entry.published);
        port.Add("protocol", Node::String(item.at, entry.protocol));
        list.items.push_back(std::move(port));
      }
    }
    value = std::move(list);
  }
  void Build(Node& value) {
    if (value.IsString()) value = MapOf("context", value);
    for (Member& m : value.members) {
      if (m.key == "secrets") Each(m.value, &Canonical::File);
      if (m.key == "additional_contexts") KeyValues(m.value);
      if (m.key == "ssh") Ssh(m.value);
      if (m.key == "ulimits") Ulimits(m.value);
    }
  }
  void KeyValues(Node& value) {
    if (!value.IsSequence()) return;
    Node map = Node::Map(value.at);
    for (const Node& item : value.items) {
      const size_t equal = item.text.find('=');
      if (equal == std::string::npos) {
        if (lenient_) return;
        problems_.Add(item.at, fmt::format("\"{}\" has no value", item.text), "write NAME=value");
        continue;
      }
      Set(map, item.text.substr(0, equal), Node::String(item.at, item.text.substr(equal + 1)));
    }
    value = std::move(map);
  }
  void Ssh(Node& value) {
    if (!value.IsSequence()) return;
    Node map = Node::Map(value.at);
    for (const Node& item : value.items) {
      const size_t equal = item.text.find('=');
      Node path;
      path.at = item.at;
      if (equal != std::string::npos) {
        path = Node::String(item.at, item.text.substr(equal + 1));
      } else if (item.text != "default") {
        problems_.Add(item.at, fmt::format("\"{}\" has no key", item.text),
                      "write id=path, or default");
      }
      Set(map, item.text.substr(0, equal), std::move(path));
    }
    value = std::move(map);
  }
  void Ulimits(Node& value) {
    for (const Member& m : value.members) {
      if (m.value.IsMap() || m.value.type == Node::Type::kInteger) continue;
      problems_.Add(m.value.at, fmt::format("{} must be a number, or soft and hard", m.key),
                    "write a whole number");
    }
  }
  /// {external: {name: x}} is {external: true, name: x}.
  void External(Node& resource) {
    Node* external = resource.Find("external");
    if (external == nullptr || !external->IsMap()) return;
    const Node* inner = external->Find("name");
    const Node name = inner == nullptr ? Node() : *inner;
    const bool named = inner != nullptr;
    *external = MakeBool(external->at, true);
    if (!named) return;
    const Node* outer = resource.Find("name");
    if (outer == nullptr) {
      resource.Add("name", name);
    } else if (!SameValue(*outer, name)) {
      problems_.Add(name.at, "name and external.name are not the same", "write name only");
    }
  }

  const bool lenient_;
  Problems& problems_;
};

void DefaultCount(Node& requests) {
  for (Node& request : requests.items) {
    if (request.IsMap() && request.Find("device_ids") == nullptr)
      SetIfAbsent(request, "count", Node::String(request.at, "all"));
  }
}

void ServiceDefaults(Node& service) {
  if (Node* build = service.Find("build"))
    SetIfAbsent(*build, "context", Node::String(build->at, "."));
  if (Node* secrets = service.Find("secrets")) {
    for (Node& secret : secrets->items) {
      const Node* source = secret.Find("source");
      SetIfAbsent(secret, "target",
                  Node::String(secret.at, fmt::format("/run/secrets/{}",
                                                      source == nullptr ? "<nil>" : source->text)));
    }
  }
  if (Node* ports = service.Find("ports")) {
    for (Node& port : ports->items) {
      SetIfAbsent(port, "protocol", Node::String(port.at, "tcp"));
      SetIfAbsent(port, "mode", Node::String(port.at, "ingress"));
    }
  }
  if (Node* gpus = service.Find("gpus")) DefaultCount(*gpus);
  Node* at = service.Find("deploy");
  for (const std::string_view key : {"resources", "reservations", "devices"})
    at = at == nullptr ? nullptr : at->Find(key);
  if (at != nullptr) DefaultCount(*at);
}

}  // namespace

void MakeCanonical(Node& model, bool lenient, Problems& problems) {
  Canonical(lenient, problems).Model(model);
}

void AddDefaults(Node& model) {
  Node* services = model.Find("services");
  if (services == nullptr) return;
  for (Member& m : services->members) ServiceDefaults(m.value);
}

}  // namespace mooring::compose
