// SPDX-License-Identifier: Apache-2.0
// What must hold: always, and at the end.
#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "tests/property/loop/world.h"
#include "tests/support/status/status_checker.h"

namespace mooring::testing {
namespace {

std::string Fingerprint(const FakeDockerHost::Container& c) {
  std::string text = fmt::format("{} {} {} {} {} {} {}", c.id, c.name, c.image, c.state,
                                 Json(c.labels).dump(), c.config.dump(), c.host_config.dump());
  for (const auto& [network, endpoint] : c.networks) text += " " + network + endpoint.address;
  return text + FormatTime(c.started_at);
}

}  // namespace

std::string World::Others() const {
  std::string text;
  for (const auto& container : host_.containers()) {
    const auto instance = container.labels.find("mooring.dev/instance");
    if (instance != container.labels.end() && instance->second == "host-1") continue;
    text += Fingerprint(container) + "\n";
  }
  return fmt::format("{}network {} volume {}", text, host_.HasNetwork("foreign"),
                     host_.HasVolume("foreign"));
}

void World::CheckAlways() {
  if (const std::string now = Others(); now != others_)
    Problem("what is not ours was touched:\n" + others_ + "\nis now\n" + now);
  CheckVolumes();
  const auto statuses = *store_->ListStatus();
  for (const ResourceStatus& status : statuses) {
    for (const std::string& problem : StatusProblems(status, clock_.Now())) Problem(problem);
  }
}

/// None is removed but one that is not full yet, and none is mounted by a service before it is.
void World::CheckVolumes() {
  for (const std::string name : {"a", "b", "c", "d"}) {
    const std::string volume = fmt::format("default_{}_data", name);
    if (host_.HasVolume(volume) && !host_.HasVolume("mooring-seed_" + volume))
      volumes_.insert(volume);
    for (const auto& container : Ours()) {
      const Json mounts = container.host_config.value("Mounts", Json::array());
      const bool mounts_it = std::ranges::any_of(
          mounts, [&](const Json& mount) { return mount.value("Source", "") == volume; });
      if (!mounts_it || container.labels.contains("mooring.dev/seed-of") || !HasSeed(name))
        continue;
      if (host_.FilesIn(volume) != SeedFiles())
        Problem(container.name + " has a volume that is not full");
    }
  }
  for (const std::string& volume : volumes_) {
    if (!host_.HasVolume(volume)) Problem("volume " + volume + " was removed");
  }
}

void World::CheckEnd() {
  CheckHost();
  CheckInventories();
  CheckNothingToDo();
  CheckTold();
}

void World::CheckHost() {
  std::set<std::string> wanted;
  for (const auto& [name, app] : fleet_) {
    for (int replica = 1; replica <= app.replicas; ++replica)
      wanted.insert(fmt::format("default_{}_web_{} web:{} running", name, replica, app.image));
    if (!host_.HasNetwork("default_" + name)) Problem("network default_" + name + " is missing");
    // Without a container nothing may be here to fill it through.
    const bool wants_volume = app.volume && (!HasSeed(name) || app.replicas > 0);
    if (wants_volume && !host_.HasVolume(fmt::format("default_{}_data", name)))
      Problem("the volume of " + name + " is missing");
  }
  std::set<std::string> there;
  for (const auto& container : Ours()) {
    const std::string line =
        fmt::format("{} {} {}", container.name, container.image, container.state);
    if (!there.insert(line).second) Problem("twice: " + line);
  }
  if (there != wanted) {
    Problem(fmt::format("the host has [{}], not [{}]", Join({there.begin(), there.end()}, ", "),
                        Join({wanted.begin(), wanted.end()}, ", ")));
  }
  for (const char* name : {"a", "b", "c", "d"}) {
    if (!fleet_.contains(name) && host_.HasNetwork(std::string("default_") + name))
      Problem(std::string("network default_") + name + " is left");
  }
}

/// What each status says it owns is what it has on the host.
void World::CheckInventories() {
  const auto statuses = *store_->ListStatus();
  for (const ResourceStatus& status : statuses) {
    std::set<std::string> owned;
    for (const InventoryEntry& entry : status.inventory) owned.insert(entry.name);
    const std::string name = "default_" + status.key.name;
    std::set<std::string> has = {name};
    if (host_.HasVolume(name + "_data")) has.insert(name + "_data");
    for (const auto& container : Ours()) {
      if (container.name.starts_with(name + "_")) has.insert(container.name);
    }
    if (owned == has) continue;
    Problem(fmt::format("{} owns [{}], its inventory has [{}]", status.key.ToString(),
                        Join({has.begin(), has.end()}, ", "),
                        Join({owned.begin(), owned.end()}, ", ")));
  }
}

/// Neither this process nor a new one finds anything to do, and neither writes anything.
void World::CheckNothingToDo() {
  for (int fresh = 0; fresh < 2; ++fresh) {
    if (fresh == 1) Restart(false);
    const int store_writes = life_->store.writes();
    const int host_writes = host_.writes();
    life_->Resync();
    if (life_->store.writes() != store_writes)
      Problem("a look at a host at rest wrote to the store");
    if (host_.writes() != host_writes) Problem("a look at a host at rest wrote to it");
    for (const auto& [key, resource] : desired_->resources()) {
      const auto plan =
          life_->plans.PlanOne(key, resource.get(), resource->spec_digest, "main@sha1:1", {});
      if (!plan) {
        Problem("plan: " + plan.error().ToString());
      } else if (plan->HasChanges() || plan->wait || plan->blocked) {
        Problem("a plan after the end is not empty: " + Lines(*plan));
      }
    }
  }
}

/// Every container that is there was told of, by whichever process.
void World::CheckTold() {
  for (const auto& [key, resource] : desired_->resources()) {
    if (const auto intent = store_->GetIntent(key); !intent || !intent->steps.empty())
      Problem(key.ToString() + " has an intent left");
    std::string told;
    const auto events = *store_->ListEvents({.key = key, .limit = 10'000});
    for (const Event& event : events) told += event.reason + " " + event.message + "\n";
    for (const auto& container : Ours()) {
      if (!container.name.starts_with("default_" + key.name + "_")) continue;
      if (told.find(container.name) == told.npos)
        Problem("no event tells of " + container.name + "; told was:\n" + told);
    }
  }
}

std::string World::End() const {
  std::set<std::string> lines;
  for (const auto& container : Ours()) {
    lines.insert(fmt::format("{} {} {} {}", container.name, container.image, container.state,
                             container.config.value("Env", Json()).dump()));
  }
  const auto statuses = *store_->ListStatus();
  for (const ResourceStatus& status : statuses) {
    const Condition* ready = status.Find("Ready");
    lines.insert(fmt::format("{} {} {} {}", status.key.ToString(), status.last_applied_digest,
                             ready ? ready->reason : "", ready ? ready->message : ""));
  }
  for (const char* name : {"a", "b", "c", "d"}) {
    if (host_.HasNetwork(std::string("default_") + name))
      lines.insert(std::string("network ") + name);
  }
  return Join({lines.begin(), lines.end()}, "\n");
}

}  // namespace mooring::testing
