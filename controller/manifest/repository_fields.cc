// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/repository_fields.h"

#include <map>
#include <set>

#include "controller/base/text.h"
#include "controller/manifest/format.h"
#include "controller/manifest/repository_path.h"

namespace mooring::manifest {
namespace {

constexpr std::string_view kOrigins[] = {"file", "content", "environment"};

/// False: it was refused and said so; the value is to be taken out.
bool Resolve(Node& path, Findings& findings) {
  if (!path.IsString()) return true;  // the schema says what it must be
  auto resolved = RepositoryPath(findings.Place(path.at).file, path.text);
  if (!resolved) {
    findings.Add(path.at, std::move(resolved.error().what), std::move(resolved.error().hint));
    return false;
  }
  path.text = *std::move(resolved);
  return true;
}

void Erase(Node& map, std::string_view key) {
  std::erase_if(map.members, [&](const Member& m) { return m.key == key; });
}

/// Calls `visit` with each member of the map `name` of `spec`.
template <typename Visit>
void ForEachIn(Node& spec, std::string_view name, const Visit& visit) {
  Node* map = spec.Find(name);
  if (map == nullptr) return;
  for (Member& m : map->members) visit(m);
}

/// Words that only mean something where a cluster keeps configs and secrets under names.
void RefuseClusterFields(Node& declared, std::string_view what, Findings& findings) {
  for (const std::string_view field :
       {"external", "name", "driver", "driver_opts", "labels", "template_driver"}) {
    const Node* found = declared.Find(field);
    if (found == nullptr) continue;
    findings.Add(found->at,
                 fmt::format("{} of a {} is for clusters, which keep them under names of their own",
                             field, what),
                 what == "config" ? "remove it, and say file: or content:"
                                  : "remove it, and say {secretRef: {name, key}}");
    Erase(declared, field);
  }
}

/// Said already: what is left over must not be said to have no origin as well.
void Placate(Node& config) {
  if (config.IsMap() && config.Find("content") == nullptr)
    config.Add("content", Node::String(config.at, ""));
}

void RefuseClusterConfigs(Node& spec, Findings& findings) {
  ForEachIn(spec, "configs", [&](Member& m) {
    const bool refused = m.value.Find("external") != nullptr;
    RefuseClusterFields(m.value, "config", findings);
    if (refused && m.value.Find("file") == nullptr) Placate(m.value);
  });
}

void ResolveConfigs(Node& spec, Findings& findings) {
  ForEachIn(spec, "configs", [&](Member& m) {
    Node* file = m.value.Find("file");
    if (file == nullptr || Resolve(*file, findings)) return;
    Erase(m.value, "file");
    Placate(m.value);
  });
}

/// Whatever stands in the repository in clear is no secret.
void RefuseClearSecrets(Node& spec, Findings& findings) {
  ForEachIn(spec, "secrets", [&](Member& m) {
    RefuseClusterFields(m.value, "secret", findings);
    bool refused = false;
    for (const std::string_view origin : kOrigins) {
      const Node* found = m.value.Find(origin);
      if (found == nullptr) continue;
      refused = true;
      findings.Add(found->at,
                   fmt::format("the secret {} is taken from {}, which stands in the repository in "
                               "clear",
                               m.key,
                               origin == "file"      ? "a file"
                               : origin == "content" ? "its content"
                                                     : "a variable"),
                   "put the value into a Secret, encrypted with SOPS or by a provider, and write "
                   "{secretRef: {name, key}} here");
      Erase(m.value, origin);
    }
    if (!refused || m.value.Find("secretRef") != nullptr) return;
    // So that the missing reference is not a second finding; nothing is built of this spec.
    Node reference = Node::Map(m.value.at);
    reference.Add("name", Node::String(m.value.at, "secret"));
    reference.Add("key", Node::String(m.value.at, "value"));
    m.value.Add("secretRef", std::move(reference));
  });
}

bool IsRelative(std::string_view path) { return path.starts_with('.'); }

void ResolveBinds(Node& spec, Findings& findings) {
  ForEachIn(spec, "services", [&](Member& service) {
    Node* mounts = service.value.Find("volumes");
    if (mounts == nullptr) return;
    std::erase_if(mounts->items, [&](Node& mount) {
      Node* source = mount.Find("source");
      const bool relative = mount.StringAt("type") == "bind" && source != nullptr &&
                            source->IsString() && IsRelative(source->text);
      return relative && !Resolve(*source, findings);
    });
  });
}

void ResolveCompose(Node& spec, Findings& findings) {
  Node* compose = spec.Find("compose");
  for (const std::string_view field : {"file", "envFile"}) {
    Node* path = compose == nullptr ? nullptr : compose->Find(field);
    // What could not be a path is one that no one reads: the spec has findings anyway.
    if (path != nullptr && !Resolve(*path, findings)) path->text = "./";
  }
}

void ResolveFiles(Node& spec, Findings& findings) {
  Node* files = spec.Find("files");
  if (files == nullptr) return;
  std::erase_if(files->items, [&](Node& file) {
    Node* path = file.Find("path");
    return path != nullptr && !Resolve(*path, findings);
  });
}

void ResolveSeeds(Node& spec, Findings& findings) {
  Node* seeds = spec.Find("seeds");
  if (seeds == nullptr) return;
  for (Node& seed : seeds->items) {
    Node* from = seed.Find("from");
    // As of a Compose file: the spec has findings anyway.
    if (from != nullptr && !Resolve(*from, findings)) from->text = "./";
  }
}

std::vector<std::string> NamesIn(const Node* map) {
  std::vector<std::string> names;
  if (map == nullptr) return names;
  for (const Member& m : map->members) names.push_back(m.key);
  return names;
}

void CheckOrigins(const Node& spec, Findings& findings) {
  const Node* configs = spec.Find("configs");
  if (configs == nullptr) return;
  for (const Member& m : configs->members) {
    if (!m.value.IsMap()) continue;
    const auto given = std::ranges::count_if(
        kOrigins, [&](std::string_view origin) { return m.value.Find(origin) != nullptr; });
    if (given == 1) continue;
    findings.Add(m.value.at,
                 given == 0 ? fmt::format("the config {} has neither file nor content", m.key)
                            : fmt::format("the config {} has more than one origin", m.key),
                 "say one of file: ./path, content: text, environment: VARIABLE");
  }
}

/// "/flags" of a name alone, as Compose has it.
std::string TargetOf(const Node& file) {
  const std::string_view target = file.StringAt("target");
  const std::string_view name = target.empty() ? file.StringAt("source") : target;
  return name.starts_with('/') ? std::string(name) : fmt::format("/{}", name);
}

void CheckConfigFiles(const Node& service, const Node* declared, Findings& findings) {
  const Node* files = service.Find("configs");
  if (files == nullptr) return;
  std::map<std::string, Position> targets;
  if (const Node* mounts = service.Find("volumes")) {
    for (const Node& mount : mounts->items) targets.emplace(mount.StringAt("target"), mount.at);
  }
  for (const Node& file : files->items) {
    const Node* source = file.Find("source");
    if (source == nullptr || !source->IsString()) continue;
    if (declared == nullptr || declared->Find(source->text) == nullptr) {
      const std::string near = Nearest(source->text, NamesIn(declared));
      findings.Add(source->at,
                   fmt::format("config \"{}\" is not declared in spec.configs", source->text),
                   near.empty() ? fmt::format("add {}: {{file: ./path}} there", source->text)
                                : fmt::format("did you mean \"{}\"?", near));
    }
    const auto [first, is_new] = targets.try_emplace(TargetOf(file), file.at);
    if (is_new) continue;
    findings.Add(file.at, fmt::format("two mounts have the target {}", TargetOf(file)),
                 fmt::format("the first is at {}; remove one of them",
                             findings.Place(first->second).ToString()));
  }
}

/// Every path that is mounted.
std::vector<std::string> MountedPaths(const Node& spec) {
  std::set<std::string> paths;
  if (const Node* configs = spec.Find("configs")) {
    for (const Member& m : configs->members) paths.emplace(m.value.StringAt("file"));
  }
  if (const Node* services = spec.Find("services")) {
    for (const Member& service : services->members) {
      const Node* mounts = service.value.Find("volumes");
      for (size_t i = 0; mounts != nullptr && i < mounts->items.size(); ++i)
        paths.emplace(mounts->items[i].StringAt("source"));
    }
  }
  std::erase_if(paths, [](const std::string& path) { return !IsRepositoryPath(path); });
  return {paths.begin(), paths.end()};
}

void CheckFiles(const Node& spec, Findings& findings) {
  const Node* files = spec.Find("files");
  if (files == nullptr) return;
  const std::vector<std::string> mounted = MountedPaths(spec);
  std::map<std::string_view, Position> seen;
  for (const Node& file : files->items) {
    const Node* path = file.Find("path");
    if (path == nullptr || !path->IsString()) continue;
    const auto [first, is_new] = seen.try_emplace(path->text, path->at);
    if (!is_new) {
      findings.Add(path->at, fmt::format("{} is given twice in files", path->text),
                   fmt::format("the first is at {}; remove one of them",
                               findings.Place(first->second).ToString()));
      continue;
    }
    if (std::ranges::find(mounted, path->text) != mounted.end()) continue;
    const auto folder = std::ranges::find_if(
        mounted, [&](const std::string& m) { return path->text.starts_with(m + "/"); });
    if (folder != mounted.end()) {
      findings.Add(path->at, fmt::format("{} is mounted as part of {}", path->text, *folder),
                   fmt::format("what a change does is said of what is mounted; write path: {} as "
                               "seen from here",
                               *folder));
      continue;
    }
    const std::string near = Nearest(path->text, mounted);
    findings.Add(path->at, fmt::format("no service mounts {}", path->text),
                 near.empty() ? "mount it with configs or as a bind, or remove this"
                              : fmt::format("did you mean {}?", near));
  }
}

}  // namespace

void TakeConfigsFromVariables(Node& spec) {
  ForEachIn(spec, "configs", [&](Member& m) {
    const Node* name = m.value.Find("environment");
    const Format* format = FindFormat("environment-name");
    if (name == nullptr || !name->IsString() || m.value.Find("content") != nullptr) return;
    if (format->check(name->text)) return;
    Node content = Node::String(
        name->at, fmt::format("${{{}:?the config {} is its value}}", name->text, m.key));
    Erase(m.value, "environment");
    m.value.Add("content", std::move(content));
  });
}

void RefuseForeignOrigins(Node& spec, Findings& findings) {
  RefuseClusterConfigs(spec, findings);
  RefuseClearSecrets(spec, findings);
}

void ResolveRepositoryFields(Node& spec, Findings& findings) {
  ResolveCompose(spec, findings);
  ResolveConfigs(spec, findings);
  ResolveBinds(spec, findings);
  ResolveFiles(spec, findings);
  ResolveSeeds(spec, findings);
}

void CheckRepositoryFields(const Node& spec, Findings& findings) {
  CheckOrigins(spec, findings);
  CheckFiles(spec, findings);
  const Node* services = spec.Find("services");
  if (services == nullptr) return;
  for (const Member& m : services->members)
    CheckConfigFiles(m.value, spec.Find("configs"), findings);
}

}  // namespace mooring::manifest
