// SPDX-License-Identifier: Apache-2.0
#include "tests/property/loop/world.h"

#include <algorithm>
#include <fstream>
#include <tuple>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "controller/resource/repository_files.h"
#include "tests/support/status/status_checker.h"

namespace mooring::testing {
namespace {

using std::chrono_literals::operator""s;

const std::vector<std::string> kNames = {"a", "b", "c", "d"};
constexpr int kMostRounds = 80;

ResourceKey KeyOf(const std::string& name) { return {"App", "default", name}; }

bool IsOurs(const FakeDockerHost::Container& container) {
  const auto instance = container.labels.find("mooring.dev/instance");
  return instance != container.labels.end() && instance->second == "host-1";
}

}  // namespace

World::World(uint64_t order) : order_(order), shuffle_(order != 0) {
  for (const char* image : {"web:1", "web:2", "web:3"}) host_.AddToRegistry(image);
  host_.AddImage("foreign:1");
  std::ignore = host_.CreateNetwork({{"Name", "foreign"}}, {});
  std::ignore = host_.CreateVolume({{"Name", "foreign"}}, {});
  for (const char* instance : {"", "another-host"}) {
    Json body = {{"Image", "foreign:1"}, {"HostConfig", {{"NetworkMode", "foreign"}}}};
    if (*instance != 0) body["Labels"] = {{"mooring.dev/instance", instance}};
    const std::string name = std::string("default_") + (*instance != 0 ? "other" : "mine");
    if (const auto id = host_.CreateContainer(name, body, {}))
      std::ignore = host_.StartContainer(*id, {});
  }
  host_.Settle();
  std::ignore = host_.TakeEvents();
  others_ = Others();
  life_ = std::make_unique<Life>(host_, *store_, clock_, dir_.File("hosts"));
}

std::vector<std::string> World::Play(const Story& story) {
  for (const Step& step : story) {
    Do(step);
    host_.SetDown(step.kind == Step::Kind::kEngineDown);
    Deliver();
    CheckAlways();
    host_.SetDown(false);
    if (life_->fuse.blown()) Restart(false);
    if (!problems_.empty()) return problems_;
  }
  ComeToRest();
  if (problems_.empty() && desired_ != nullptr) CheckEnd();
  return problems_;
}

void World::Do(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kCommit:
      return Commit(step);
    case Step::Kind::kDrift:
      return Drift(step);
    case Step::Kind::kFault:
      return Fault(step);
    case Step::Kind::kEventsLost:
      std::ignore = host_.TakeEvents();
      return;
    case Step::Kind::kCrash:
      return life_->fuse.Light(static_cast<int>(step.a % 25));
    case Step::Kind::kStoreLost:
      return Restart(true);
    case Step::Kind::kEngineDown:
      return;
    case Step::Kind::kPass:
      return Pass(std::chrono::seconds(1 + step.a % 40));
  }
}

// --- the fleet ----------------------------------------------------------------------------------

void World::Commit(const Step& step) {
  const std::string& name = kNames[step.b % kNames.size()];
  const std::string& other = kNames[step.c % kNames.size()];
  switch (step.a % 8) {
    case 0:
      fleet_.erase(name);
      break;
    case 1:
      Rename(name, other);
      break;
    case 2:
      // Only to what comes before it, so there is no cycle.
      if (other < name && fleet_.contains(name)) fleet_[name].needs = {other};
      break;
    case 3:
      if (fleet_.contains(name)) fleet_[name].needs.clear();
      break;
    default:
      fleet_[name] = {.image = 1 + static_cast<int>(step.c % 3),
                      .value = static_cast<int>(step.c / 3 % 2),
                      .replicas = static_cast<int>(step.c / 6 % 3),
                      .volume = step.c / 18 % 3 == 0,
                      .recreate = step.c / 54 % 4 == 0,
                      .needs = fleet_[name].needs};
  }
  Push();
}

void World::Rename(const std::string& from, const std::string& to) {
  if (from == to || !fleet_.contains(from)) return;
  App app = fleet_[from];
  app.needs.clear();
  fleet_.erase(from);
  fleet_[to] = app;
}

Resource World::ResourceOf(const std::string& name, const App& app) {
  Json service = {{"image", fmt::format("web:{}", app.image)},
                  {"healthcheck", {{"test", {"CMD", "true"}}}},
                  {"environment", {{"V", std::to_string(app.value)}}},
                  {"deploy", {{"replicas", app.replicas}}}};
  if (app.volume) service["volumes"] = {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}};
  Json spec = {
      {"services", {{"web", service}}},
      {"rollout",
       {{"strategy", app.recreate ? "Recreate" : "StartFirst"}, {"healthTimeout", "60s"}}}};
  const bool seeded = app.volume && HasSeed(name);
  if (seeded) spec["seeds"] = {{{"volume", "data"}, {"from", "./seed"}}};
  Resource resource = MakeApp(name, std::move(spec), {"web"});
  if (seeded) TakeSeed(resource);
  return resource;
}

const std::map<std::string, std::string>& World::SeedFiles() {
  static const std::map<std::string, std::string> kFiles = {{"a", "one"}, {"b/c", "two"}};
  return kFiles;
}

void World::TakeSeed(Resource& resource) {
  MemoryFileTree tree;
  for (const auto& [file, content] : SeedFiles()) tree.Put("seed/" + file, content);
  auto files = std::make_shared<RepositoryFiles>();
  files->entries = tree.entries();
  files->digest = DigestOfEntries(files->entries, "");
  files->contents = tree.contents();
  resource.spec_digest = SpecDigest(resource.spec, resource.derived, files->digest);
  resource.files = std::move(files);
}

void World::Push() {
  std::vector<ResourcePtr> resources;
  DesiredSet::Edges edges;
  for (auto& [name, app] : fleet_) {
    resources.push_back(std::make_shared<Resource>(ResourceOf(name, app)));
    std::erase_if(app.needs, [&](const std::string& n) { return !fleet_.contains(n); });
    for (const std::string& need : app.needs) edges[KeyOf(name)].push_back(KeyOf(need));
  }
  Diagnostics findings;
  const auto set = DesiredSet::Build(fmt::format("main@sha1:{}", ++commits_), std::move(resources),
                                     std::move(edges), &findings);
  if (!set) return Problem("the set cannot be built: " + set.error().ToString());
  desired_ = *set;
  life_->controller.SetDesired(desired_);
  life_->AwaitIdle();
}

// --- the host -----------------------------------------------------------------------------------

void World::Drift(const Step& step) {
  const auto ours = Ours();
  if (ours.empty()) return;
  const FakeDockerHost::Container& one = ours[step.b % ours.size()];
  const std::string network = one.networks.empty() ? "" : one.networks.begin()->first;
  switch (step.a % 8) {
    case 0:
      return host_.Kill(one.id, 137);
    case 1:
      return host_.StopByHand(one.id);
    case 2:
      return host_.Pause(one.id);
    case 3:
      std::ignore = host_.RemoveContainer(one.id, {});
      return;
    case 4:
      std::ignore = host_.RenameContainer(one.id, fmt::format("by-hand-{}", step.c % 3), {});
      return;
    case 5:
      std::ignore = host_.UpdateContainer(one.id, {{"Memory", 1 << 30}}, {});
      return;
    case 6:
      std::ignore = host_.DisconnectNetwork(network, one.id, {});
      return;
    default:
      std::ofstream(dir_.File("hosts")) << "127.0.0.1 localhost\n";
  }
}

void World::Fault(const Step& step) {
  const int nth = 1 + static_cast<int>(step.b % 6);
  switch (step.a % 4) {
    case 0:
      return host_.FailWrite(nth, Error(ErrorCode::kInternal, "broken"));
    case 1:
      return host_.FailWrite(nth, Error(ErrorCode::kUnavailable, "no answer"));
    case 2:
      return host_.TimeOutWrite(nth);
    default:
      return host_.FailRead(nth, Error(ErrorCode::kUnavailable, "broken"));
  }
}

void World::Restart(bool store_lost) {
  ++deaths_;
  life_.reset();
  if (store_lost) {
    store_ = std::make_unique<MemoryStore>();
    forgot_ = true;
  }
  std::ignore = host_.TakeEvents();  // nobody listened
  life_ = std::make_unique<Life>(host_, *store_, clock_, dir_.File("hosts"));
  if (desired_ == nullptr) return;
  life_->controller.SetDesired(desired_);
  life_->AwaitIdle();
  life_->Resync();
}

/// What the engine tells of, and what that wakes.
void World::Deliver() {
  for (int burst = 0; burst < 4; ++burst) {
    std::vector<docker::EngineEvent> events = host_.TakeEvents();
    if (events.empty()) return;
    if (shuffle_) std::shuffle(events.begin(), events.end(), order_);
    std::set<ResourceKey> woken;
    for (const docker::EngineEvent& event : events) {
      for (const ResourceKey& key : life_->docker.observer.OnEvent(event)) woken.insert(key);
    }
    std::vector<ResourceKey> keys(woken.begin(), woken.end());
    if (shuffle_) std::shuffle(keys.begin(), keys.end(), order_);
    for (const ResourceKey& key : keys) life_->Wake(key, Trigger::kDrift);
  }
}

void World::Pass(Duration duration) {
  host_.Settle();
  clock_.Advance(duration);
  life_->AwaitIdle();
}

/// Nobody interferes any more.
void World::ComeToRest() {
  if (desired_ == nullptr) return;
  host_.ClearFaults();
  if (life_->fuse.lit()) Restart(false);
  for (const auto& container : Ours()) host_.SetHealth(container.id, docker::Health::kHealthy);
  for (int round = 0; round < kMostRounds; ++round) {
    if (round % 10 == 0) life_->Resync();
    Deliver();
    CheckAlways();
    if (!problems_.empty() || AtRest()) return;
    Pass(round < 20 ? 3s : 20s);
  }
  std::string text = "does not come to rest:";
  const auto statuses = *store_->ListStatus();
  for (const ResourceStatus& status : statuses) {
    const Condition* ready = status.Find("Ready");
    text += fmt::format("\n  {} {}", status.key.ToString(), ready ? ready->message : "-");
  }
  Problem(text);
}

bool World::AtRest() {
  const auto statuses = *store_->ListStatus();
  return statuses.size() == fleet_.size() &&
         std::all_of(statuses.begin(), statuses.end(), [&](const ResourceStatus& status) {
           const Resource* resource = desired_->Find(status.key);
           // What could not be looked at lately stays Ready, with another reason.
           return resource != nullptr && status.IsReady() &&
                  status.Find(condition::kReady)->reason == reason::kSucceeded &&
                  status.last_applied_digest == resource->spec_digest;
         });
}

std::vector<FakeDockerHost::Container> World::Ours() const {
  std::vector<FakeDockerHost::Container> ours = host_.containers();
  std::erase_if(ours, [](const auto& container) { return !IsOurs(container); });
  return ours;
}

}  // namespace mooring::testing
