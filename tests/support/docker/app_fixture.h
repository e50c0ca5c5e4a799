// SPDX-License-Identifier: Apache-2.0
// One App on a fake host: plan, apply, look. Time is a FakeClock, events are passed on by hand.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "controller/resource/reasons.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/docker/docker_loop.h"
#include "tests/support/docker/fake_docker_host.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::testing {

class AppFixture : public ::testing::Test {
 protected:
  AppFixture() {
    host.AddImage("web:1", {{"Cmd", {"serve"}}, {"Env", {"PATH=/bin"}}});
    host.AddImage("web:2", {{"Cmd", {"serve"}}, {"Env", {"PATH=/bin"}}});
    Restart();
  }

  /// What a SIGKILL and a new process do: everything remembered is gone.
  void Restart(const std::string& key = std::string(32, 'k')) {
    std::map<ResourceKey, std::string> applied;
    std::map<ResourceKey, Json> details;
    if (loop) applied = loop->applied;
    if (loop) details = loop->details;
    loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock,
                                        DockerLoop::Options{.key = key});
    loop->applied = std::move(applied);
    loop->details = std::move(details);
  }

  /// A service that is checked by the engine, so that only Settle and SetHealth make it healthy.
  static Json Service(const std::string& image = "web:1", Json more = Json::object()) {
    Json service = {{"image", image}, {"healthcheck", {{"test", {"CMD", "true"}}}}};
    service.update(more);
    return service;
  }
  static Resource App(Json services, std::vector<std::string> routed = {},
                      Json more = Json::object()) {
    Json spec = {{"services", std::move(services)}};
    spec.update(more);
    return MakeApp("shop", std::move(spec), std::move(routed));
  }

  void PassEventsOn() {
    for (const docker::EngineEvent& event : host.TakeEvents()) loop->observer.OnEvent(event);
  }
  ResourcePlan Plan(const Resource* app, const ResourceKey& key) {
    PassEventsOn();
    auto plan = loop->Plan(key, app);
    EXPECT_TRUE(plan) << plan.error().ToString();
    return plan ? *plan : ResourcePlan();
  }
  ResourcePlan Plan(const Resource& app) { return Plan(&app, app.key); }
  /// Plans and applies once; what was planned.
  std::string Step(const Resource& app) {
    const ResourcePlan plan = Plan(app);
    const Status applied = loop->Apply(plan);
    EXPECT_TRUE(applied) << applied.error().ToString();
    return Lines(plan);
  }
  /// To the end: everything that starts becomes healthy, time passes.
  void Converge(const Resource& app) {
    const ResourcePlan plan = Finish(&app, app.key);
    EXPECT_EQ(Lines(plan), "");
    EXPECT_TRUE(plan.healthy);
  }
  ResourcePlan Finish(const Resource* app, const ResourceKey& key) {
    PassEventsOn();
    const auto plan = loop->Run(key, app, 40, [&] {
      host.Settle();
      clock.Advance(std::chrono::seconds(2));
      PassEventsOn();
    });
    EXPECT_TRUE(plan) << plan.error().ToString();
    return plan ? *plan : ResourcePlan();
  }

  std::string Hosts() {
    std::ifstream file(dir.File("hosts"));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  /// The addresses that a routed service's name points at: "10.201.0.2 10.201.0.3".
  std::string AddressesOf(const std::string& service) {
    const auto names = docker::ParseHostsBlock(Hosts());
    const auto found = names.find(service + ".shop.default.mooring.internal");
    std::string text;
    if (found == names.end()) return text;
    for (const std::string& address : found->second) text += (text.empty() ? "" : " ") + address;
    return text;
  }
  std::string AddressOf(const std::string& container) {
    const auto found = host.Find(container);
    return found ? found->networks.at("default_shop").address : "";
  }
  /// "default_shop_web_1 running web:1", by name.
  std::string Containers() {
    std::map<std::string, std::string> lines;
    for (const auto& c : host.containers())
      lines[c.name] = c.name + " " + c.state + " " + c.image + "\n";
    std::string text;
    for (const auto& [name, line] : lines) text += line;
    return text;
  }

  TempDir dir;
  FakeClock clock;
  FakeDockerHost host{clock};
  std::unique_ptr<DockerLoop> loop;
};

}  // namespace mooring::testing
