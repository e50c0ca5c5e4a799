// SPDX-License-Identifier: Apache-2.0
// `mooring get containers|images|networks|volumes`: what lies on the engine, and whose it is.
#include <algorithm>
#include <array>
#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/live_host.h"
#include "controller/cli/yaml_text.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::cli {
namespace {

constexpr std::array<const char*, 4> kLists = {"containers", "images", "networks", "volumes"};

/// One thing on the engine.
struct Thing {
  std::string name;
  std::vector<std::string> owners;  ///< "App/default/shop"; empty: nobody's
  std::optional<long long> size;
  std::vector<std::string> used_by;  ///< names of containers
  std::string about;
  std::string more;  ///< with -o wide
};

struct Listing {
  std::string about;  ///< heading of that column
  std::string more;
  bool has_size = true;
  bool has_users = true;
  std::vector<Thing> things;
};

std::vector<std::string> Owner(const docker::Labels& labels) {
  const auto key = OwnerOf(labels);
  return key ? std::vector{key->ToString()} : std::vector<std::string>();
}

Result<Listing> Containers(docker::EngineView& view, const std::stop_token& stop) {
  MOORING_TRY(const auto containers, view.Containers({}, true, stop));
  Listing list{.about = "STATUS", .more = "IMAGE", .has_users = false};
  for (const docker::ContainerView& c : containers)
    list.things.push_back({c.name, Owner(c.labels), c.size, {}, c.status, c.image});
  return list;
}

Result<Listing> Images(docker::EngineView& view, const std::stop_token& stop) {
  MOORING_TRY(const auto images, view.Images(stop));
  MOORING_TRY(const auto containers, view.Containers({}, false, stop));
  Listing list{.about = "ID", .more = "TAGS"};
  for (const docker::ImageView& image : images) {
    Thing thing{.name = image.tags.empty() ? "(untagged)" : image.tags.front(),
                .size = image.size,
                .about = image.id.substr(image.id.find(':') + 1, 12),
                .more = Join(image.tags, ", ")};
    std::set<std::string> owners;
    for (const docker::ContainerView& c : containers) {
      if (c.image_id != image.id) continue;
      thing.used_by.push_back(c.name);
      for (const std::string& owner : Owner(c.labels)) owners.insert(owner);
    }
    thing.owners.assign(owners.begin(), owners.end());
    list.things.push_back(std::move(thing));
  }
  return list;
}

Result<Listing> Networks(docker::EngineView& view, const std::stop_token& stop) {
  MOORING_TRY(const auto networks, view.Networks(stop));
  MOORING_TRY(const auto containers, view.Containers({}, false, stop));
  Listing list{.about = "SUBNETS", .more = "DRIVER", .has_size = false};
  for (const docker::NetworkView& network : networks) {
    Thing thing{.name = network.name,
                .owners = Owner(network.labels),
                .about = Join(network.subnets, ", "),
                .more = network.driver};
    for (const docker::ContainerView& c : containers) {
      if (std::find(c.networks.begin(), c.networks.end(), network.name) != c.networks.end())
        thing.used_by.push_back(c.name);
    }
    list.things.push_back(std::move(thing));
  }
  return list;
}

Result<Listing> Volumes(docker::EngineView& view, const std::stop_token& stop) {
  MOORING_TRY(const auto volumes, view.Volumes(stop));
  MOORING_TRY(const auto containers, view.Containers({}, false, stop));
  Listing list{.about = "DRIVER", .more = ""};
  for (const docker::VolumeView& volume : volumes) {
    Thing thing{.name = volume.name,
                .owners = Owner(volume.labels),
                .size = volume.size,
                .about = volume.driver};
    for (const docker::ContainerView& c : containers) {
      if (std::find(c.volumes.begin(), c.volumes.end(), volume.name) != c.volumes.end())
        thing.used_by.push_back(c.name);
    }
    list.things.push_back(std::move(thing));
  }
  return list;
}

Result<Listing> Read(const std::string& what, docker::EngineView& view,
                     const std::stop_token& stop) {
  if (what == "containers") return Containers(view, stop);
  if (what == "images") return Images(view, stop);
  if (what == "networks") return Networks(view, stop);
  return Volumes(view, stop);
}

bool IsIn(const Thing& thing, const std::string& ns) {
  return std::any_of(thing.owners.begin(), thing.owners.end(), [&](const std::string& owner) {
    const auto key = ResourceKey::Parse(owner);
    return key && key->ns == ns;
  });
}

Json Document(const Thing& thing, const Listing& list) {
  Json document = {{"name", thing.name}, {"owners", thing.owners}};
  const auto add = [&](std::string field, const std::string& value) {
    for (char& c : field) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!field.empty()) document[field] = value;
  };
  add(list.about, thing.about);
  add(list.more, thing.more);
  if (list.has_size) document["size"] = thing.size ? Json(*thing.size) : Json();
  if (list.has_users) document["usedBy"] = thing.used_by;
  return document;
}

std::string UseText(const Thing& thing) {
  if (thing.used_by.empty()) return "-";
  return thing.used_by.size() == 1 ? thing.used_by.front()
                                   : Count(thing.used_by.size(), "container");
}

std::vector<Row> Rows(const Listing& list, const EngineListOptions& options) {
  const bool wide = options.output == "wide" && !list.more.empty();
  std::vector<Row> rows;
  if (!options.no_headers) {
    Row head = {"NAME", "OWNER"};
    if (list.has_size) head.emplace_back("SIZE");
    if (list.has_users) head.emplace_back("IN USE BY");
    head.emplace_back(list.about);
    if (wide) head.emplace_back(list.more);
    rows.push_back(std::move(head));
  }
  for (const Thing& thing : list.things) {
    Row row = {thing.name, thing.owners.empty() ? "-" : Join(thing.owners, ", ")};
    if (list.has_size) row.emplace_back(thing.size ? FormatByteCount(*thing.size) : "-");
    if (list.has_users) row.emplace_back(UseText(thing));
    row.emplace_back(thing.about);
    if (wide) row.emplace_back(thing.more);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

bool IsEngineList(const std::string& word) {
  return std::find(kLists.begin(), kLists.end(), word) != kLists.end();
}

int ListEngine(Session& session, const EngineListOptions& options) {
  const std::stop_token stop = session.stop();
  docker::EngineView view(session.config().docker_socket);
  Progress progress(session.terminal());
  progress.Say("asking the engine");
  auto list = Read(options.what, view, stop);
  if (!list) return Report(list.error());
  progress.Clear();
  std::erase_if(list->things, [&](const Thing& thing) {
    return (options.unmanaged && !thing.owners.empty()) ||
           (!options.ns.empty() && !IsIn(thing, options.ns));
  });
  std::sort(list->things.begin(), list->things.end(),
            [](const Thing& a, const Thing& b) { return a.name < b.name; });
  if (options.output == "json" || options.output == "yaml") {
    Json items = Json::array();
    for (const Thing& thing : list->things) items.push_back(Document(thing, *list));
    std::cout << (options.output == "yaml" ? ToYaml(items) : items.dump(2) + "\n");
  } else if (options.output == "name") {
    for (const Thing& thing : list->things) std::cout << thing.name << "\n";
  } else {
    std::cout << Table(Rows(*list, options), session.ForTables());
  }
  return exit_code::kDone;
}

}  // namespace mooring::cli
