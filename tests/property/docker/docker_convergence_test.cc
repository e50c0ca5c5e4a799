// SPDX-License-Identifier: Apache-2.0
// Whatever happens to an App and its host, the loop comes to rest at the spec, and on its way there
// never gives an address twice nor leaves a name without a healthy container that it has.
// MOORING_TEST_SEED=<n> repeats one run, MOORING_TEST_RUNS=<n> makes so many from there on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using docker::Health;

constexpr int kRuns = 100;
constexpr int kTurns = 40;
const std::vector<std::string> kServices = {"api", "web"};

class Simulation : public AppFixture {
 public:
  void TestBody() override {}

  explicit Simulation(unsigned seed) : random_(seed) {
    for (const char* image : {"web:1", "web:2", "web:3"}) host.AddToRegistry(image);
    desired_ = RandomApp();
  }

  void Run() {
    for (int turn = 0; turn < kTurns && !HasFailure(); ++turn) {
      if (Chance(15)) desired_ = RandomApp();
      if (Chance(40)) MoveHost();
      if (Chance(20)) Fault();
      if (Chance(10)) {
        story_ += "kill -9\n";
        Restart();
      }
      LookOnce();
      Pass(Chance(50) ? 0 : Below(8));
    }
    ComeToRest();
  }
  const std::string& story() const { return story_; }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(static_cast<int>(from.size())))];
  }

  Resource RandomApp() {
    Json services = Json::object();
    for (const std::string& name : kServices) {
      if (!services.empty() && Chance(15)) continue;
      Json service = Service("web:" + std::to_string(1 + Below(3)));
      service["environment"]["V"] = std::to_string(Below(2));
      service["deploy"]["replicas"] = Chance(5) ? 0 : 1 + Below(3);
      if (Chance(30))
        service["deploy"]["resources"]["limits"]["memory"] = Chance(50) ? "64M" : "128M";
      if (Chance(20)) {
        service["ports"] = {{{"target", 80}, {"published", 8080}}};
        service["deploy"]["replicas"] = 1;
      }
      if (Chance(20)) service["restart"] = "on-failure:3";
      if (Chance(30))
        service["volumes"] = {{{"type", "volume"}, {"source", "data"}, {"target", "/d"}}};
      services[name] = service;
    }
    if (services.size() == 2 && Chance(40)) {
      services["web"]["depends_on"]["api"] = {
          {"condition", Chance(60) ? "service_healthy" : "service_started"},
          {"restart", Chance(20)}};
    }
    if (services.size() == 2) services["web"].erase("ports");  // one owner of the port
    Json more = Json::object();
    if (Chance(40)) {
      more["networks"]["back"] = {{"internal", Chance(30)}};
      for (auto& [name, service] : services.items()) {
        if (Chance(70)) service["networks"]["back"]["aliases"] = {Chance(50) ? "a" : "b"};
        if (Chance(50)) service["networks"]["default"] = Json::object();
      }
    }
    const Json rollout = {{"strategy", Chance(25) ? "Recreate" : "StartFirst"},
                          {"healthTimeout", "30s"}};
    more["rollout"] = rollout;
    const Resource app = App(services, kServices, more);
    story_ += "spec " + app.spec.dump() + "\n";
    return app;
  }

  /// Something that a person or bad luck does to the host.
  void MoveHost() {
    const auto all = host.containers();
    if (all.empty()) return;
    const std::string id = Pick(all).id;
    const std::string name = host.Find(id)->name;
    const int what = Below(16);
    story_ += fmt::format("by hand {} {}\n", what, name);
    switch (what) {
      case 0:
        return host.Kill(id, Below(2));
      case 1:
        return host.StopByHand(id);
      case 2:
        return host.Pause(id);
      case 3:
        (void)host.RemoveContainer(id, {});
        return;
      case 4:
        (void)host.RenameContainer(id, "mine" + std::to_string(Below(3)), {});
        return;
      case 5:
        (void)host.DisconnectNetwork("default_shop", id, {});
        return;
      case 6:
        (void)host.DisconnectNetwork("default_shop", id, {});
        (void)host.ConnectNetwork("default_shop", id, Json::object(), {});
        return;
      case 7:
        (void)host.UpdateContainer(id, {{"Memory", 1 << 30}}, {});
        return;
      case 8:
        return host.SetHealth(id, Health::kUnhealthy);
      case 9:
        host.AddImage("web:" + std::to_string(1 + Below(3)));
        return;
      case 10:
        return host.RemoveImage("web:" + std::to_string(1 + Below(3)));
      case 11:
        (void)host.RemoveNetwork("default_shop", {});
        return;
      case 13:
        (void)host.DisconnectNetwork("default_shop_back", id, {});
        return;
      case 14:
        (void)host.RemoveNetwork("default_shop_back", {});
        return;
      case 12:
        std::ofstream(dir.File("hosts")) << "127.0.0.1 localhost\n";
        return;
      default: {
        // Two of them swap names.
        const std::string other = Pick(all).id;
        if (other == id || !host.Find(other)) return;
        const std::string other_name = host.Find(other)->name;
        (void)host.RenameContainer(id, "swap", {});
        (void)host.RenameContainer(other, name, {});
        (void)host.RenameContainer(id, other_name, {});
        return;
      }
    }
  }

  void Fault() {
    const int what = Below(4);
    const int nth = 1 + Below(4);
    story_ += fmt::format("fault {} at {}\n", what, nth);
    if (what == 0) host.FailWrite(nth, Error(ErrorCode::kInternal, "broken"));
    if (what == 1) host.TimeOutWrite(nth);
    if (what == 2) host.FailRead(nth, Error(ErrorCode::kUnavailable, "broken"));
    if (what == 3) cut_after_ = nth;
  }

  /// The events so far, or only some of them: the rest comes later.
  void SomeEvents() {
    for (docker::EngineEvent& event : host.TakeEvents()) pending_.push_back(std::move(event));
    size_t count = Chance(70) ? pending_.size()
                              : static_cast<size_t>(Below(static_cast<int>(pending_.size()) + 1));
    while (count-- > 0) {
      loop->observer.OnEvent(pending_.front());
      pending_.erase(pending_.begin());
    }
  }

  void LookOnce() {
    SomeEvents();
    const auto plan = loop->Plan(desired_.key, &desired_);
    if (!plan) return;
    story_ += Lines(*plan);
    for (const Change& change : plan->changes) {
      if (!change.after.empty()) continue;
      if (cut_after_ > 0 && --cut_after_ == 0) {
        story_ += "kill -9 between two steps\n";
        Restart();
        break;
      }
      const auto done = loop->applier.Apply(desired_.key, change, {});
      CheckAddresses();
      if (done) continue;
      story_ += "failed: " + done.error().ToString() + "\n";
      break;
    }
    if (!plan->HasChanges() && !plan->wait && !plan->blocked)
      loop->applied[desired_.key] = desired_.spec_digest;
  }

  void Pass(int seconds) {
    if (Chance(70)) host.Settle();
    clock.Advance(std::chrono::seconds(seconds));
  }

  void CheckAddresses() {
    std::map<std::string, std::string> owner;
    for (const auto& c : host.containers()) {
      for (const auto& [network, endpoint] : c.networks) {
        const std::string address =
            endpoint.fixed_address.empty() ? endpoint.address : endpoint.fixed_address;
        if (address.empty()) continue;
        const auto [other, fresh] = owner.try_emplace(address, c.name);
        EXPECT_TRUE(fresh) << address << " of " << c.name << " and " << other->second;
      }
    }
  }

  void CheckNames() {
    for (const std::string& service : kServices) {
      const Json& services = desired_.spec["services"];
      if (!services.contains(service) || services[service]["deploy"]["replicas"] == 0) continue;
      std::set<std::string> healthy;
      std::set<std::string> foreign;
      for (const auto& c : host.containers()) {
        const auto endpoint = c.networks.find("default_shop");
        if (endpoint == c.networks.end()) continue;
        const bool ours = c.labels.at("mooring.dev/service") == service;
        if (!ours) foreign.insert(endpoint->second.address);
        if (ours && c.state == "running" && c.health == Health::kHealthy)
          healthy.insert(endpoint->second.address);
      }
      const std::string line = AddressesOf(service);
      const auto parts = Split(line);
      EXPECT_TRUE(healthy.empty() ||
                  std::any_of(parts.begin(), parts.end(),
                              [&](const auto& p) { return healthy.contains(p); }))
          << service << " -> " << line;
      EXPECT_TRUE(std::none_of(parts.begin(), parts.end(),
                               [&](const auto& p) { return foreign.contains(p); }))
          << service << " -> " << line << " is another service's";
    }
  }
  static std::vector<std::string> Split(const std::string& text) {
    std::istringstream words(text);
    return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
  }

  /// Nobody interferes any more: everything must become as desired, and quiet.
  void ComeToRest() {
    story_ += "now in peace\n";
    cut_after_ = 0;
    host.ClearFaults();
    for (const auto& c : host.containers()) host.SetHealth(c.id, Health::kHealthy);
    for (docker::EngineEvent& event : host.TakeEvents()) pending_.push_back(std::move(event));
    for (const auto& event : pending_) loop->observer.OnEvent(event);
    pending_.clear();
    std::string last;
    for (int round = 0; round < 120; ++round) {
      PassEventsOn();
      const auto plan = loop->Plan(desired_.key, &desired_);
      ASSERT_TRUE(plan) << plan.error().ToString();
      last = Lines(*plan);
      story_ += last;
      const bool moves_names =
          std::any_of(plan->changes.begin(), plan->changes.end(),
                      [](const Change& c) { return c.object.starts_with("hosts/"); });
      if (!moves_names && !plan->blocked) CheckNames();
      // Killed more often than its policy bears: a person must look.
      if (plan->blocked && plan->blocked->reason() == reason::kCrashLoop) return;
      if (last.empty()) {
        CheckEnd(*plan);
        return;
      }
      const Status done = loop->Apply(*plan);
      if (!done) story_ += "failed: " + done.error().ToString() + "\n";
      CheckAddresses();
      host.Settle();
      clock.Advance(std::chrono::seconds(2));
    }
    ADD_FAILURE() << "does not come to rest; last:\n" << last;
  }

  void CheckEnd(const ResourcePlan& plan) {
    EXPECT_TRUE(plan.healthy);
    CheckNames();
    std::map<std::string, int> replicas;
    for (const auto& c : host.containers()) ++replicas[c.labels.at("mooring.dev/service")];
    for (const std::string& service : kServices) {
      const int wanted = desired_.spec["services"].contains(service)
                             ? desired_.spec["services"][service]["deploy"]["replicas"].get<int>()
                             : 0;
      EXPECT_EQ(replicas[service], wanted) << service;
      for (int r = 1; r <= wanted; ++r)
        EXPECT_TRUE(host.Find(fmt::format("default_shop_{}_{}", service, r)))
            << service << " " << r;
    }
    loop->observer.ForgetAll();
    EXPECT_EQ(Lines(*loop->Plan(desired_.key, &desired_)), "") << "as a new process sees it";
  }

  std::mt19937 random_;
  Resource desired_;
  std::vector<docker::EngineEvent> pending_;
  int cut_after_ = 0;
  std::string story_;
};

TEST(DockerConvergence, WhateverHappensTheHostComesToTheSpec) {
  const char* given = std::getenv("MOORING_TEST_SEED");
  const char* runs = std::getenv("MOORING_TEST_RUNS");
  const unsigned first =
      given == nullptr ? 1 : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
  const unsigned count = runs != nullptr    ? static_cast<unsigned>(std::strtoul(runs, nullptr, 10))
                         : given != nullptr ? 1
                                            : kRuns;
  for (unsigned seed = first; seed < first + count; ++seed) {
    Simulation simulation(seed);
    simulation.Run();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << simulation.story();
  }
}

}  // namespace
}  // namespace mooring::testing
