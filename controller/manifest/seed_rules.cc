// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "controller/base/text.h"
#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

std::set<std::string_view> MountedVolumes(const Node& spec) {
  std::set<std::string_view> mounted;
  const Node* services = spec.Find("services");
  if (services == nullptr) return mounted;
  for (const Member& service : services->members) {
    const Node* mounts = service.value.Find("volumes");
    for (size_t i = 0; mounts != nullptr && i < mounts->items.size(); ++i) {
      const Node& mount = mounts->items[i];
      if (mount.StringAt("type") == "volume") mounted.insert(mount.StringAt("source"));
    }
  }
  return mounted;
}

void CheckDeclared(const Node& volume, const Node* volumes, Findings& findings) {
  const Node* declared = volumes == nullptr ? nullptr : volumes->Find(volume.text);
  if (declared == nullptr) {
    std::vector<std::string> names;
    for (size_t i = 0; volumes != nullptr && i < volumes->members.size(); ++i)
      names.push_back(volumes->members[i].key);
    const std::string near = Nearest(volume.text, names);
    findings.Add(volume.at,
                 fmt::format("volume \"{}\" is not declared in spec.volumes", volume.text),
                 near.empty() ? fmt::format("add {}: {{}} there", volume.text)
                              : fmt::format("did you mean \"{}\"?", near));
    return;
  }
  const Node* external = declared->Find("external");
  if (external != nullptr && external->text == "true") {
    findings.Add(volume.at,
                 fmt::format("volume \"{}\" is external: Mooring does not make it, and fills only "
                             "what it makes",
                             volume.text),
                 "remove the seed, or external: true");
    return;
  }
  for (const std::string_view field : {"driver", "driver_opts"}) {
    const Node* found = declared->Find(field);
    if (found == nullptr || found->text == "local") continue;
    findings.Add(volume.at,
                 fmt::format("volume \"{}\" has {}, so its data may be there before the volume is",
                             volume.text, field),
                 "remove the seed, and fill it by hand");
    return;
  }
}

}  // namespace

void CheckSeeds(const Node& spec, Findings& findings) {
  const Node* seeds = spec.Find("seeds");
  if (seeds == nullptr) return;
  const Node* volumes = spec.Find("volumes");
  const std::set<std::string_view> mounted = MountedVolumes(spec);
  std::map<std::string_view, Position> seen;
  for (const Node& seed : seeds->items) {
    const Node* volume = seed.Find("volume");
    if (volume == nullptr || !volume->IsString()) continue;
    const size_t before = findings.count();
    CheckDeclared(*volume, volumes, findings);
    if (findings.count() == before && !mounted.contains(volume->text)) {
      findings.Add(volume->at, fmt::format("no service mounts volume \"{}\"", volume->text),
                   "mount it, or remove the seed");
    }
    const auto [first, is_new] = seen.try_emplace(volume->text, volume->at);
    if (is_new) continue;
    findings.Add(volume->at, fmt::format("volume \"{}\" has two seeds", volume->text),
                 fmt::format("the first is at {}; make one folder or archive of them",
                             findings.Place(first->second).ToString()));
  }
}

}  // namespace mooring::manifest
