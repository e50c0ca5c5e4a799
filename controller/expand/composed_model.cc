// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/composed_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/expand/compose/nodes.h"
#include "controller/manifest/compose_scalars.h"
#include "controller/manifest/repository_path.h"
#include "controller/manifest/spec_tree.h"

namespace mooring::expand {
namespace {

using compose::Erase;
using compose::Member;
using compose::Node;
using compose::Problems;

constexpr std::string_view kParts[] = {"services", "networks", "volumes", "configs", "secrets"};
constexpr std::string_view kResources[] = {"networks", "volumes", "configs", "secrets"};

/// Maps whose keys are anybody's.
constexpr std::string_view kFree[] = {"annotations", "driver_opts", "environment", "extra_hosts",
                                      "labels",      "networks",    "options",     "sysctls"};

/// Fields of one's own mean nothing to whoever runs it, and one without a value is not there.
void EraseOwnFields(Node& map) {
  std::erase_if(map.members,
                [](const Member& m) { return m.key.starts_with("x-") || m.value.IsNull(); });
  for (Member& m : map.members) {
    if (std::ranges::find(kFree, m.key) == std::end(kFree)) EraseOwnFields(m.value);
  }
}

bool IsEmptyMap(const Node* node) {
  return node == nullptr || node->IsNull() || (node->IsMap() && node->members.empty());
}

/// 288 -> "0440": a number of the model is decimal by now.
void WriteModeAsOctal(Node& map) {
  Node* mode = map.Find("mode");
  if (mode == nullptr || mode->type != Node::Type::kInteger) return;
  if (const auto value = manifest::ReadDecimal(mode->text))
    *mode = Node::String(mode->at, fmt::format("{:04o}", *value));
}

class Placer {
 public:
  Placer(const compose::Model& model, const PlacedSecrets& secrets, Problems& problems)
      : model_(model), secrets_(secrets), problems_(problems) {}

  void Place(Node& root) {
    std::erase_if(root.members, [](const Member& m) {
      return std::ranges::find(kParts, m.key) == std::end(kParts) || m.value.IsNull();
    });
    for (const std::string_view kind : kResources)
      ForEachIn(root, kind, [&](Member& m) { EraseOwnFields(m.value); });
    TakeDefaultNetwork(root);
    ForEachIn(root, "services", [&](Member& m) { Service(m.value); });
    ForEachIn(root, "configs", [&](Member& m) { Config(m); });
    ForEachIn(root, "secrets", [&](Member& m) { Secret(m.value); });
    RefuseSecretsIn(root);
  }

 private:
  template <typename Visit>
  static void ForEachIn(Node& map, std::string_view name, const Visit& visit) {
    Node* found = map.Find(name);
    for (size_t i = 0; found != nullptr && i < found->members.size(); ++i) visit(found->members[i]);
  }

  template <typename Visit>
  static void ForEachItem(Node& map, std::string_view name, const Visit& visit) {
    Node* found = map.Find(name);
    for (size_t i = 0; found != nullptr && i < found->items.size(); ++i) visit(found->items[i]);
  }

  /// An App's own network is Compose's default one, unless the file says more of it.
  static void TakeDefaultNetwork(Node& root) {
    Node* networks = root.Find("networks");
    if (networks == nullptr || !IsEmptyMap(networks->Find("default"))) return;
    Erase(*networks, "default");
    if (networks->members.empty()) Erase(root, "networks");
    ForEachIn(root, "services", [&](Member& m) {
      const Node* places = m.value.Find("networks");
      const bool only = places != nullptr && places->members.size() == 1 &&
                        compose::FindMember(*places, "default") != nullptr &&
                        IsEmptyMap(places->Find("default"));
      if (only) Erase(m.value, "networks");
    });
  }

  void Service(Node& service) {
    Erase(service, "profiles");
    TakeBuild(service);
    if (Node* environment = service.Find("environment")) {
      // A variable that nobody gives a value is not set.
      std::erase_if(environment->members, [](const Member& m) { return m.value.IsNull(); });
      for (Member& m : environment->members) PutReference(m.value);
    }
    EraseOwnFields(service);
    ForEachItem(service, "ports", Port);
    ForEachItem(service, "volumes", [&](Node& mount) { Mount(mount); });
    ForEachItem(service, "configs", WriteModeAsOctal);
    ForEachItem(service, "secrets", WriteModeAsOctal);
  }

  /// What only says how a swarm publishes, or what speaks there, has no effect on one host.
  static void Port(Node& port) {
    for (const std::string_view field : {"mode", "name", "app_protocol"}) Erase(port, field);
    if (port.StringAt("protocol") == "tcp") Erase(port, "protocol");
  }

  void Mount(Node& mount) {
    const bool of_host = mount.StringAt("source").starts_with('/');
    if (mount.StringAt("type") == "bind") PutPath(mount, "source");
    if (Node* tmpfs = mount.Find("tmpfs")) WriteModeAsOctal(*tmpfs);
    // What the repository has is there.
    if (Node* bind = mount.Find("bind"); bind != nullptr && !of_host)
      Erase(*bind, "create_host_path");
    for (const std::string_view options : {"bind", "volume", "tmpfs"}) {
      if (IsEmptyMap(mount.Find(options))) Erase(mount, options);
    }
  }

  /// Passed over where an image stands beside it; otherwise the one thing to say of the service.
  void TakeBuild(Node& service) {
    const Member* build = compose::FindMember(service, "build");
    if (build == nullptr) return;
    if (service.Find("image") == nullptr) {
      problems_.Add(build->key_at, "build is refused without image, because nothing is built here",
                    "build the image elsewhere, push it, and name it in image");
    }
    Erase(service, "build");
  }

  void Config(Member& config) {
    PutPath(config.value, "file");
    const Node* variable = config.value.Find("environment");
    if (variable == nullptr) return;
    const auto found = model_.environment.find(variable->text);
    if (found == model_.environment.end()) {
      problems_.Add(variable->at,
                    fmt::format("variable {} is not defined, and the config {} is its value",
                                variable->text, config.key),
                    "write it into .env beside the file, or into compose.environment of the App");
      return;
    }
    Node content = Node::String(variable->at, found->second);
    Erase(config.value, "environment");
    Erase(config.value, "content");
    config.value.Add("content", std::move(content));
  }

  void Secret(Node& secret) const {
    const Node* variable = secret.Find("environment");
    if (variable == nullptr) return;
    const auto found = model_.environment.find(variable->text);
    const Json* reference =
        found == model_.environment.end() ? nullptr : secrets_.Find(found->second);
    // Anything else is in clear, which is said where all secrets are looked at.
    if (reference != nullptr) secret = ReferenceAt(*reference, variable->at);
  }

  static Node ReferenceAt(const Json& reference, manifest::Position at) {
    Node node = manifest::ToTree(reference, {});
    SetPlaces(node, at);
    return node;
  }
  static void SetPlaces(Node& node, manifest::Position at) {
    node.at = at;
    for (Member& m : node.members) {
      m.key_at = at;
      SetPlaces(m.value, at);
    }
  }

  void PutReference(Node& value) const {
    const Json* reference = value.IsString() ? secrets_.Find(value.text) : nullptr;
    if (reference != nullptr) value = ReferenceAt(*reference, value.at);
  }

  /// Paths of the model are from the repository's root by now.
  void PutPath(Node& map, std::string_view key) {
    Node* path = map.Find(key);
    if (path == nullptr || !path->IsString() || path->text.starts_with('/')) return;
    auto resolved = manifest::RepositoryPath("", path->text);
    if (resolved) {
      path->text = *std::move(resolved);
    } else {
      problems_.Add(path->at, std::move(resolved.error().what), std::move(resolved.error().hint));
    }
  }

  /// Only a whole value can be a reference.
  void RefuseSecretsIn(const Node& node) {
    if (node.IsScalar()) {
      const std::string variable = secrets_.FindIn(node.text);
      if (variable.empty()) return;
      problems_.Add(node.at,
                    fmt::format("the value of {} is in a Secret and cannot stand here", variable),
                    "it can be the whole value of a variable in environment, or the environment of "
                    "one of secrets; put a longer text into the Secret as a key of its own");
    }
    for (const Member& m : node.members) RefuseSecretsIn(m.value);
    for (const Node& item : node.items) RefuseSecretsIn(item);
  }

  const compose::Model& model_;
  const PlacedSecrets& secrets_;
  Problems& problems_;
};

/// 0 and 1 are the files of the App itself.
void CountFilesFromTwo(Node& node) {
  node.at.file += 2;
  for (Member& m : node.members) {
    m.key_at.file += 2;
    CountFilesFromTwo(m.value);
  }
  for (Node& item : node.items) CountFilesFromTwo(item);
}

}  // namespace

compose::Variables PlacedSecrets::Variables(const Json& environment) {
  compose::Variables variables;
  for (const auto& [name, value] : environment.items()) {
    if (value.is_string()) {
      variables[name] = value.get<std::string>();
      continue;
    }
    std::string text = fmt::format("(the value of {}, which is in a Secret)", name);
    by_text_[text] = {name, value};
    variables[name] = std::move(text);
  }
  return variables;
}

const Json* PlacedSecrets::Find(const std::string& text) const {
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? nullptr : &found->second.reference;
}

std::string PlacedSecrets::FindIn(const std::string& text) const {
  for (const auto& [stand_in, placed] : by_text_) {
    if (text.find(stand_in) != std::string::npos) return placed.variable;
  }
  return "";
}

void PlaceInApp(compose::Model& model, const PlacedSecrets& secrets, Problems& problems) {
  Node root = std::move(model.root);
  Placer(model, secrets, problems).Place(root);
  if (!problems.Any()) CountFilesFromTwo(root);
  model.root = std::move(root);
}

}  // namespace mooring::expand
