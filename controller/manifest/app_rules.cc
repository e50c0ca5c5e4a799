// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "controller/base/text.h"
#include "controller/manifest/repository_path.h"
#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

std::vector<std::string> DeclaredVolumes(const Node& spec) {
  std::vector<std::string> names;
  if (const Node* volumes = spec.Find("volumes")) {
    for (const Member& m : volumes->members) names.push_back(m.key);
  }
  return names;
}

void CheckNamedVolume(const Node& mount, const std::vector<std::string>& declared,
                      Findings& findings) {
  const std::string name(mount.StringAt("source"));
  if (name.empty()) return;  // the container's own
  if (std::find(declared.begin(), declared.end(), name) != declared.end()) return;
  const std::string near = Nearest(name, declared);
  findings.Add(mount.Find("source")->at,
               fmt::format("volume \"{}\" is not declared in spec.volumes", name),
               near.empty() ? fmt::format("add {}: {{}} there", name)
                            : fmt::format("did you mean \"{}\"?", near));
}

void CheckMount(const Node& mount, const std::vector<std::string>& declared, Findings& findings) {
  const std::string_view type = mount.StringAt("type");
  const Node* source = mount.Find("source");
  if (type == "volume") CheckNamedVolume(mount, declared, findings);
  const std::string_view from = mount.StringAt("source");
  if (type == "bind" && !from.starts_with('/') && !IsRepositoryPath(from)) {
    findings.Add(source == nullptr ? mount.at : source->at,
                 "a mount of type bind needs a path of the host or of the repository as its source",
                 "write one such as source: /srv/data, or source: ./conf");
  }
  if (type == "tmpfs" && source != nullptr) {
    findings.Add(source->at, "a mount of type tmpfs has no source", "remove it");
  }
  if (const Node* options = mount.Find("tmpfs"); options != nullptr && type != "tmpfs") {
    findings.Add(options->at, "tmpfs options are only for a mount of type tmpfs",
                 "remove them, or write type: tmpfs");
  }
}

void CheckMounts(const Node& service, const std::vector<std::string>& declared,
                 Findings& findings) {
  std::map<std::string_view, Position> targets;
  const Node* mounts = service.Find("volumes");
  if (mounts == nullptr) return;
  for (const Node& mount : mounts->items) {
    CheckMount(mount, declared, findings);
    const std::string_view target = mount.StringAt("target");
    if (target.empty()) continue;
    const auto [first, is_new] = targets.try_emplace(target, mount.at);
    if (is_new) continue;
    findings.Add(mount.at, fmt::format("two mounts have the target {}", target),
                 fmt::format("the first is at {}; remove one of them",
                             findings.Place(first->second).ToString()));
  }
}

/// What lies where in the container: "/run/secrets/payment-key" of a name alone.
std::string TargetOf(const Node& file) {
  const std::string_view target = file.StringAt("target");
  const std::string_view name = target.empty() ? file.StringAt("source") : target;
  return name.starts_with('/') ? std::string(name) : fmt::format("/run/secrets/{}", name);
}

void CheckSecretFiles(const Node& service, const Node* declared, Findings& findings) {
  const Node* files = service.Find("secrets");
  if (files == nullptr) return;
  std::map<std::string, Position> targets;
  for (const Node& file : files->items) {
    const Node* source = file.Find("source");
    if (source == nullptr || !source->IsString()) continue;
    if (declared == nullptr || declared->Find(source->text) == nullptr) {
      std::vector<std::string> names;
      for (size_t i = 0; declared != nullptr && i < declared->members.size(); ++i)
        names.push_back(declared->members[i].key);
      const std::string near = Nearest(source->text, names);
      findings.Add(
          source->at, fmt::format("secret \"{}\" is not declared in spec.secrets", source->text),
          near.empty() ? fmt::format("add {}: {{secretRef: {{name, key}}}} there", source->text)
                       : fmt::format("did you mean \"{}\"?", near));
    }
    const auto [first, is_new] = targets.try_emplace(TargetOf(file), file.at);
    if (is_new) continue;
    findings.Add(file.at, fmt::format("two secrets have the target {}", TargetOf(file)),
                 fmt::format("the first is at {}; remove one of them",
                             findings.Place(first->second).ToString()));
  }
}

void CheckReplicas(const std::string& name, const Node& service, Findings& findings) {
  const Node* deploy = service.Find("deploy");
  const Node* replicas = deploy == nullptr ? nullptr : deploy->Find("replicas");
  const Node* ports = service.Find("ports");
  if (replicas == nullptr || ports == nullptr || replicas->type != Node::Type::kInteger) return;
  if (replicas->text == "0" || replicas->text == "1") return;
  for (const Node& port : ports->items) {
    const Node* published = port.Find("published");
    if (published == nullptr) continue;
    findings.Add(published->at,
                 fmt::format("{} containers of {} cannot all have host port {}", replicas->text,
                             name, published->text),
                 "set deploy.replicas: 1, or remove the port and let a Site route to the service");
    return;
  }
}

void CheckHealthcheck(const Node& service, Findings& findings) {
  const Node* healthcheck = service.Find("healthcheck");
  const Node* test = healthcheck == nullptr ? nullptr : healthcheck->Find("test");
  if (test == nullptr || test->items.empty()) return;
  const Node& first = test->items.front();
  const bool known = first.text == "CMD" || first.text == "CMD-SHELL" || first.text == "NONE";
  if (!known && first.IsString()) {
    findings.Add(first.at,
                 fmt::format("healthcheck.test must begin with CMD, CMD-SHELL or NONE, got \"{}\"",
                             first.text),
                 fmt::format("write [CMD, {}, ...]", first.text));
  }
  if (known && first.text != "NONE" && test->items.size() < 2) {
    findings.Add(first.at, fmt::format("healthcheck.test has nothing after {}", first.text),
                 "add the program to run, such as [CMD, wget, -qO-, http://127.0.0.1:8080/]");
  }
  const Node* disable = healthcheck->Find("disable");
  if (disable != nullptr && disable->text == "true" && first.text != "NONE") {
    findings.Add(disable->at, "healthcheck has a test and is disabled", "remove one of them");
  }
}

}  // namespace

void CheckComposeField(const Node& spec, Findings& findings) {
  const Node* compose = spec.Find("compose");
  if (compose == nullptr) return;
  for (const std::string_view field : {"networks", "volumes", "configs", "secrets"}) {
    const Node* found = spec.Find(field);
    if (found == nullptr) continue;
    findings.Add(
        found->at, fmt::format("{} stands beside compose", field),
        fmt::format("write {} into the Compose file, or all services into the App", field));
  }
}

void CheckAppRules(const Node& spec, Findings& findings) {
  CheckRelationRules(spec, findings);
  CheckNetworkRules(spec, findings);
  CheckSeeds(spec, findings);
  const std::vector<std::string> declared = DeclaredVolumes(spec);
  const Node* services = spec.Find("services");
  if (services == nullptr) return;
  for (const Member& m : services->members) {
    CheckMounts(m.value, declared, findings);
    CheckSecretFiles(m.value, spec.Find("secrets"), findings);
    CheckReplicas(m.key, m.value, findings);
    CheckHealthcheck(m.value, findings);
    CheckServiceRules(m.key, m.value, findings);
  }
}

}  // namespace mooring::manifest
