// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/expand/compose/canonical.h"
#include "controller/expand/compose/paths.h"

namespace mooring::compose {
namespace {

constexpr std::string_view kOfService = "service:";

Node NullAt(Position at) {
  Node node;
  node.at = at;
  return node;
}

void CheckFileObject(const Member& member, std::string_view kind,
                     std::initializer_list<std::string_view> ways, Problems& problems) {
  const Node& object = member.value;
  std::vector<std::string> found;
  for (const std::string_view way : ways) {
    if (object.Find(way) != nullptr) found.emplace_back(way);
  }
  const std::vector<std::string> names(ways.begin(), ways.end());
  if (found.size() > 1) {
    problems.Add(object.Find(found[1])->at,
                 fmt::format("{}.{} has both {}", kind, member.key, Join(found, " and ")),
                 "keep one of them");
  }
  if (found.empty() && object.Find("driver") == nullptr && object.Find("external") == nullptr) {
    problems.Add(object.at, fmt::format("{}.{} has no content", kind, member.key),
                 fmt::format("give it one of {}, or external: true", Join(names, ", ")));
  }
}

void CheckExternalVolume(const Member& member, Problems& problems) {
  const Node* external = member.value.Find("external");
  if (external == nullptr || external->text != "true") return;
  for (const Member& m : member.value.members) {
    if (m.key == "name" || m.key == "external" || m.key.starts_with("x-")) continue;
    problems.Add(m.key_at, fmt::format("volumes.{} is external and has {}", member.key, m.key),
                 fmt::format("remove {}, or external: true", m.key));
  }
}

void CheckDeviceRequests(const Node* requests, Problems& problems) {
  if (requests == nullptr) return;
  for (const Node& request : requests->items) {
    const Node* count = request.Find("count");
    if (count != nullptr && request.Find("device_ids") != nullptr)
      problems.Add(count->at, "count and device_ids exclude each other", "keep one of them");
  }
}

void CheckService(const Node& service, Problems& problems) {
  CheckDeviceRequests(service.Find("gpus"), problems);
  const Node* at = service.Find("deploy");
  for (const std::string_view key : {"resources", "reservations", "devices"})
    at = at == nullptr ? nullptr : at->Find(key);
  CheckDeviceRequests(at, problems);
  const Node* develop = service.Find("develop");
  const Node* watch = develop == nullptr ? nullptr : develop->Find("watch");
  if (watch == nullptr) return;
  for (const Node& trigger : watch->items) {
    const Node* path = trigger.Find("path");
    if (path != nullptr && path->IsString() && path->text.empty())
      problems.Add(path->at, "path is empty", "name a file or a folder");
  }
}

// --- what is implied ---
class Normaliser {
 public:
  Normaliser(const std::string& project, const Lookup& environment)
      : project_(project), environment_(environment) {}

  void Model(Node& model) {
    Networks(model);
    if (Node* services = model.Find("services")) {
      for (Member& m : services->members) Service(m.value);
    }
    for (const std::string_view kind : {"networks", "volumes", "configs", "secrets"})
      Names(model.Find(kind));
  }

 private:
  void Networks(Node& model) {
    bool uses_default = false;
    if (Node* services = model.Find("services")) {
      for (Member& m : services->members) {
        if (m.value.Find("network_mode") != nullptr) continue;
        Node* networks = m.value.Find("networks");
        if (networks == nullptr || (networks->IsMap() && networks->members.empty())) {
          Node implied = Node::Map(m.value.at);
          implied.Add("default", NullAt(m.value.at));
          Set(m.value, "networks", std::move(implied));
          uses_default = true;
        } else if (FindMember(*networks, "default") != nullptr) {
          uses_default = true;
        }
      }
    }
    if (!uses_default) return;
    if (model.Find("networks") == nullptr) model.Add("networks", Node::Map(model.at));
    Node& networks = *model.Find("networks");
    if (FindMember(networks, "default") == nullptr) networks.Add("default", NullAt(model.at));
  }

  void Service(Node& service) {
    if (Node* policy = service.Find("pull_policy")) {
      if (policy->text == "if_not_present") policy->text = "missing";
    }
    if (Node* build = service.Find("build")) Build(*build);
    if (Node* environment = service.Find("environment")) Resolve(*environment, true);
    Dependencies(service);
    if (Node* mounts = service.Find("volumes")) {
      for (Node& mount : mounts->items) {
        Node* target = mount.Find("target");
        if (target != nullptr && target->IsString()) target->text = CleanPath(target->text);
      }
    }
  }

  void Build(Node& build) {
    if (!build.IsMap()) return;
    if (build.Find("context") == nullptr) build.Add("context", Node::String(build.at, "."));
    if (build.Find("dockerfile") == nullptr && build.Find("dockerfile_inline") == nullptr)
      build.Add("dockerfile", Node::String(build.at, "Dockerfile"));
    if (Node* args = build.Find("args")) Resolve(*args, false);
  }

  /// Gives what is only named its value; what has none stays, or goes.
  void Resolve(Node& values, bool keep) {
    std::erase_if(values.members, [&](Member& m) {
      if (!m.value.IsNull()) return false;
      const auto value = environment_(m.key);
      if (value) m.value = Node::String(m.value.at, *value);
      return !value && !keep;
    });
    std::erase_if(values.items, [&](Node& item) {
      if (!item.IsString() || item.text.find('=') != std::string::npos) return false;
      const auto value = environment_(item.text);
      if (value) item.text += "=" + *value;
      return !value && !keep;
    });
  }

  void Dependencies(Node& service) {
    Node implied = Node::Map(service.at);
    if (const Node* links = service.Find("links")) {
      for (const Node& link : links->items) {
        const std::vector<std::string> parts = Split(link.text, ':');
        Depend(service, parts.size() == 2 ? parts[0] : link.text, true, link.at, implied);
      }
    }
    for (const std::string_view field : {"network_mode", "ipc", "pid", "uts", "cgroup"}) {
      const Node* value = service.Find(field);
      if (value != nullptr && value->text.starts_with(kOfService))
        Depend(service, value->text.substr(kOfService.size()), true, value->at, implied);
    }
    if (const Node* others = service.Find("volumes_from")) {
      for (const Node& other : others->items) {
        if (!other.text.starts_with("container:"))
          Depend(service, Split(other.text, ':')[0], false, other.at, implied);
      }
    }
    if (implied.members.empty()) return;
    if (service.Find("depends_on") == nullptr) service.Add("depends_on", Node::Map(service.at));
    Node& depends_on = *service.Find("depends_on");
    for (Member& m : implied.members) depends_on.members.push_back(std::move(m));
  }
  static void Depend(const Node& service, const std::string& on, bool restart, Position at,
                     Node& implied) {
    const Node* declared = service.Find("depends_on");
    if (declared != nullptr && FindMember(*declared, on) != nullptr) return;
    if (FindMember(implied, on) != nullptr) return;
    Node dependency = Node::Map(at);
    dependency.Add("condition", Node::String(at, "service_started"));
    dependency.Add("restart", MakeBool(at, restart));
    dependency.Add("required", MakeBool(at, true));
    implied.Add(on, std::move(dependency));
  }

  void Names(Node* resources) const {
    if (resources == nullptr) return;
    for (Member& m : resources->members) {
      if (m.value.IsNull()) m.value = Node::Map(m.key_at);
      const Node* name = m.value.Find("name");
      if (!m.value.IsMap() || (name != nullptr && !name->IsNull())) continue;
      const Node* external = m.value.Find("external");
      const bool is_external =
          external != nullptr && (external->text == "true" || external->text == "1");
      if (is_external) Set(m.value, "name", Node::String(m.value.at, m.key));
      if (is_external || project_.empty()) continue;
      Set(m.value, "name", Node::String(m.value.at, project_ + "_" + m.key));
    }
  }

  const std::string& project_;
  const Lookup& environment_;
};

}  // namespace

void CheckRules(const Node& model, Problems& problems) {
  const auto each = [&](std::string_view kind, const auto& check) {
    const Node* map = model.Find(kind);
    if (map == nullptr) return;
    for (const Member& m : map->members) check(m);
  };
  each("configs", [&](const Member& m) {
    CheckFileObject(m, "configs", {"file", "environment", "content"}, problems);
  });
  each("secrets",
       [&](const Member& m) { CheckFileObject(m, "secrets", {"file", "environment"}, problems); });
  each("volumes", [&](const Member& m) { CheckExternalVolume(m, problems); });
  each("services", [&](const Member& m) { CheckService(m.value, problems); });
}

void Normalise(Node& model, const std::string& project, const Lookup& environment) {
  Normaliser(project, environment).Model(model);
}

void ResolveListedVariables(Node& model, const Lookup& environment) {
  Node* services = model.Find("services");
  if (services == nullptr) return;
  for (Member& m : services->members) {
    Node* variables = m.value.Find("environment");
    if (variables == nullptr || !variables->IsSequence()) continue;
    for (Node& item : variables->items) {
      if (const auto value = item.IsString() ? environment(item.text) : std::nullopt)
        item.text += "=" + *value;
    }
  }
}

}  // namespace mooring::compose
