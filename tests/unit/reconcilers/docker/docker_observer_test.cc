// SPDX-License-Identifier: Apache-2.0
// What is read again, and when: nothing in peace, what an event touched, everything after a gap.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

class Observing : public AppFixture {
 protected:
  Observing() : app(App({{"web", Service()}}, {"web"})) {
    Converge(app);
    loop->applied[app.key] = app.spec_digest;
    EXPECT_EQ(Lines(Plan(app)), "");
    host.ResetCalls();
  }
  /// What is asked of the engine to observe the App now.
  std::string Reads(const Resource* desired) {
    host.ResetCalls();
    const auto seen = loop->observer.Observe(app.key, desired, {});
    EXPECT_TRUE(seen) << seen.error().ToString();
    std::string text;
    for (const std::string& call : host.calls()) text += (text.empty() ? "" : ", ") + call;
    return text;
  }
  std::string Reads() { return Reads(&app); }
  std::string AfterEvent(const docker::EngineEvent& event) {
    loop->observer.OnEvent(event);
    const std::string first = Reads();
    EXPECT_EQ(Reads(), "") << "once is enough";
    return first;
  }
  std::string Id() const { return host.Find("default_shop_web_1")->id; }
  std::map<std::string, std::string> Labels() const {
    return host.Find("default_shop_web_1")->labels;
  }

  Resource app;
};

TEST_F(Observing, InPeaceNothingIsAsked) {
  EXPECT_EQ(Reads(), "");
  EXPECT_EQ(Reads(), "");
}

TEST_F(Observing, ResyncCostsOneList) {
  ASSERT_TRUE(loop->observer.Refresh({}));
  EXPECT_EQ(host.calls(), std::vector<std::string>{"list all"});
  EXPECT_EQ(Reads(), "");
}

TEST_F(Observing, AnEventOfAContainerReadsItsAppAndIt) {
  EXPECT_EQ(AfterEvent({"container", "update", Id(), Labels()}), "list, inspect container");
  EXPECT_EQ(AfterEvent({"network", "disconnect", "n", {{"container", Id()}}}),
            "list, inspect container");
}

TEST_F(Observing, AnEventNamesItsApps) {
  EXPECT_EQ(loop->observer.OnEvent({"container", "die", Id(), {}}),
            std::vector<ResourceKey>{app.key});
  EXPECT_EQ(loop->observer.OnEvent({"container", "die", "other", {{"name", "other"}}}),
            std::vector<ResourceKey>{});
  EXPECT_EQ(loop->observer.OnEvent({"network", "destroy", "n", {{"name", "default_shop"}}}),
            std::vector<ResourceKey>{app.key});
  EXPECT_EQ(loop->observer.OnEvent({"image", "tag", "sha256:9", {{"name", "web:1"}}}),
            std::vector<ResourceKey>{app.key});
  EXPECT_EQ(loop->observer.OnEvent({"image", "tag", "sha256:9", {{"name", "other:1"}}}),
            std::vector<ResourceKey>{});
  auto labels = Labels();
  labels["mooring.dev/instance"] = "host-2";
  EXPECT_EQ(loop->observer.OnEvent({"container", "start", "x", labels}), std::vector<ResourceKey>{})
      << "another daemon's";
}

TEST_F(Observing, APreviewTakesNoInterestAway) {
  host.AddImage("web:9");
  const Resource preview = App({{"web", Service("web:9")}});
  Reads(&preview);
  Reads(nullptr);
  for (const char* image : {"web:1", "web:9"}) {
    Reads();
    EXPECT_EQ(loop->observer.OnEvent({"image", "tag", "sha256:9", {{"name", image}}}),
              std::vector<ResourceKey>{app.key})
        << image;
  }
}

TEST_F(Observing, OtherEventsReadWhatTheyTouch) {
  EXPECT_EQ(AfterEvent({"container", "start", "other", {{"name", "other"}}}), "");
  EXPECT_EQ(AfterEvent({"container", "create", "other", {{"name", "default_shop_web_2"}}}),
            "list, list");
  EXPECT_EQ(AfterEvent({"network", "create", "n", {{"name", "other"}}}), "list network");
  EXPECT_EQ(AfterEvent({"volume", "create", "v", {}}), "list volumes");
  EXPECT_EQ(AfterEvent({"volume", "mount", "v", {}}), "");
  EXPECT_EQ(AfterEvent({"image", "tag", "sha256:9", {{"name", "web:1"}}}), "inspect image");
  EXPECT_EQ(AfterEvent({"image", "pull", "docker.io/library/other:1", {}}), "");
  EXPECT_EQ(AfterEvent({"image", "push", "web:1", {}}), "");
}

TEST_F(Observing, FamiliarNamesOfImagesMatch) {
  host.AddImage("docker.io/library/redis");
  const Resource redis = App({{"web", Service("docker.io/library/redis")}});
  Reads(&redis);
  EXPECT_EQ(Reads(&redis), "");
  loop->observer.OnEvent({"image", "pull", "redis:latest", {{"name", "redis"}}});
  EXPECT_EQ(Reads(&redis), "inspect image");
}

TEST_F(Observing, AGapReadsEverything) {
  loop->observer.ForgetAll();
  EXPECT_EQ(Reads(), "list all, list networks, list volumes, inspect container, inspect image");
  EXPECT_EQ(Reads(), "");
}

TEST_F(Observing, SweepInspectsAgain) {
  loop->observer.ForgetDetails();
  EXPECT_EQ(Reads(), "inspect container");
}

TEST_F(Observing, AnEventDuringAReadIsNotLost) {
  for (const auto& [during, again] : std::map<std::string, std::string>{
           {"list", "list"}, {"inspect container", "list, inspect container"}}) {
    loop->observer.OnEvent({"container", "update", Id(), Labels()});
    host.OnRead([&, call_to_meet = during](const std::string& call) {
      if (call != call_to_meet) return;
      host.OnRead(nullptr);
      loop->observer.OnEvent({"container", "update", Id(), Labels()});
    });
    Reads();
    EXPECT_EQ(Reads(), again) << "came during " << during;
    EXPECT_EQ(Reads(), "");
  }
}

TEST_F(Observing, AnEventDuringTheReadOfSurroundingsIsNotLost) {
  for (const auto& [during, event] : std::map<std::string, docker::EngineEvent>{
           {"list network", {"network", "create", "n", {{"name", "x"}}}},
           {"list volumes", {"volume", "create", "v", {}}},
           {"inspect image", {"image", "tag", "s", {{"name", "web:1"}}}}}) {
    loop->observer.OnEvent(event);
    host.OnRead([&, call_to_meet = during, again = event](const std::string& call) {
      if (call != call_to_meet) return;
      host.OnRead(nullptr);
      loop->observer.OnEvent(again);
    });
    Reads();
    EXPECT_EQ(Reads(), during);
    EXPECT_EQ(Reads(), "");
  }
}

TEST_F(Observing, AGapDuringAReadIsNotLost) {
  loop->observer.ForgetAll();
  host.OnRead([&](const std::string& call) {
    if (call != "list networks") return;
    host.OnRead(nullptr);
    loop->observer.ForgetAll();
  });
  Reads();
  EXPECT_EQ(Reads(), "list all") << "the rest was read after the gap";
}

TEST_F(Observing, AnotherLookDuringTheFirstReadDoesNotSeeAnEmptyHost) {
  Restart();
  loop->applied[app.key] = app.spec_digest;
  std::string other;
  host.OnRead([&](const std::string& call) {
    if (call != "list networks") return;
    host.OnRead(nullptr);
    other = Lines(*loop->Plan(app.key, &app));
  });
  EXPECT_EQ(Lines(*loop->Plan(app.key, &app)), "");
  EXPECT_EQ(other, "");
}

TEST_F(Observing, AnOlderReadDoesNotOverwriteANewerOne) {
  // A resync lists the host; before it is done, the container goes and the App is looked at.
  docker::EngineMemory memory("host-1");
  const auto all = *host.ListContainers({}, {});
  const auto began = memory.Now();
  memory.OnEvent({"container", "destroy", Id(), Labels()});
  memory.PutApp(app.key, memory.Now(), {}, std::vector<docker::SummaryPtr>());
  memory.PutAll(began, all);
  docker::AppObservation seen;
  memory.Fill(app.key, {}, seen);
  EXPECT_TRUE(seen.containers.empty());
  EXPECT_TRUE(memory.HasApp(app.key));
}

TEST_F(Observing, AnOlderListOfNetworksDoesNotOverwriteANewerRead) {
  docker::EngineMemory memory("host-1");
  const docker::NetworkInfo network{.id = "n", .name = "default_shop", .labels = Labels()};
  const auto has_network = [&] {
    docker::AppObservation seen;
    memory.Fill(app.key, {}, seen);
    return seen.network.has_value();
  };
  memory.PutNetworks(memory.Now(), {});
  const auto began = memory.Now();
  memory.OnEvent({"network", "create", "n", {{"name", "default_shop"}}});
  EXPECT_EQ(memory.StaleNetworks(), std::vector<std::string>{"default_shop"});
  memory.PutNetwork("default_shop", memory.Now(), {network});
  EXPECT_TRUE(memory.HasNetworks());
  EXPECT_TRUE(has_network());
  memory.PutNetworks(began, {});
  EXPECT_EQ(memory.StaleNetworks(), std::vector<std::string>{"default_shop"}) << "read it again";
  memory.PutNetwork("default_shop", began, {});
  EXPECT_FALSE(memory.HasNetworks()) << "that was read before the event";
  memory.PutNetwork("default_shop", memory.Now(), {network});
  EXPECT_TRUE(memory.HasNetworks());
  EXPECT_TRUE(has_network());
}

TEST_F(Observing, ManyTouchedNetworksAreReadAtOnce) {
  for (int i = 0; i < 100; ++i)
    loop->observer.OnEvent({"network", "create", "n", {{"name", fmt::format("net-{}", i)}}});
  EXPECT_EQ(Reads(), "list networks");
  EXPECT_EQ(Reads(), "");
}

TEST_F(Observing, AVersionStandsWhileNothingMoves) {
  const uint64_t version = loop->observer.Version(app.key);
  EXPECT_NE(version, 0u);
  EXPECT_EQ((*loop->observer.Observe(app.key, &app, {}))->version(), version);
  clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(loop->observer.Refresh({}));
  EXPECT_EQ(loop->observer.Version(app.key), version);
  EXPECT_EQ((*loop->observer.Observe(app.key, &app, {}))->version(), version);
  EXPECT_EQ(loop->observer.Version({"App", "default", "other"}), 0u);
}

TEST_F(Observing, AVersionMovesWithEverythingThatIsSeen) {
  const auto event = [&](docker::EngineEvent e) {
    return [=, this] { loop->observer.OnEvent(e); };
  };
  const auto dirty = [&](docker::EngineMemory::Part part) {
    return [=, this] { loop->observer.MarkDirty(app.key, part); };
  };
  using Part = docker::EngineMemory::Part;
  const std::map<std::string, std::function<void()>> moves = {
      {"an event of its container", event({"container", "update", Id(), Labels()})},
      {"a new container of it", event({"container", "create", "new", Labels()})},
      {"a stranger with its name",
       event({"container", "create", "other", {{"name", "default_shop_web_2"}}})},
      {"its network", event({"network", "disconnect", "n", {{"container", Id()}}})},
      {"its image", event({"image", "tag", "sha256:9", {{"name", "web:1"}}})},
      {"a gap", [&] { loop->observer.ForgetAll(); }},
      {"the slow sweep", [&] { loop->observer.ForgetDetails(); }},
      {"a write to a container", dirty(Part::kContainers)},
      {"a pull", dirty(Part::kImages)},
      {"what the list shows",
       [&] {
         host.Edit("default_shop_web_1", [](auto& c) { c.health = docker::Health::kUnhealthy; });
         ASSERT_TRUE(loop->observer.Refresh({}));
       }},
      {"a network that the next read finds",
       [&] {
         ASSERT_TRUE(host.CreateNetwork({{"Name", "other"}}, {}));
         PassEventsOn();
       }},
      {"a volume that the next read finds",
       [&] {
         ASSERT_TRUE(host.CreateVolume({{"Name", "other"}}, {}));
         PassEventsOn();
       }},
      {"the hosts file",
       [&] { dir.Write("hosts", Hosts() + "10.9.9.9 x.y.z.mooring.internal\n"); }}};
  for (const auto& [what, move] : moves) {
    Reads();
    const uint64_t before = loop->observer.Version(app.key);
    ASSERT_NE(before, 0u) << what;
    move();
    EXPECT_NE(loop->observer.Version(app.key), before) << what;
    Reads();
    EXPECT_NE(loop->observer.Version(app.key), before) << what << ", and was read again";
  }
}

TEST_F(Observing, TwoNewAppsNeverGetOneSubnet) {
  const Resource blog = MakeApp("blog", {{"services", {{"web", Service()}}}});
  const Resource wiki = MakeApp("wiki", {{"services", {{"web", Service()}}}});
  const ResourcePlan first = *loop->Plan(blog.key, &blog);
  const ResourcePlan second = *loop->Plan(wiki.key, &wiki);
  ASSERT_EQ(first.changes.front().object, "network/default_blog");
  ASSERT_EQ(second.changes.front().object, "network/default_wiki");
  // The one is under way when the other begins, so the engine does not list it yet.
  host.ResetCalls();
  const auto& step = std::get<docker::CreateNetwork>(
      static_cast<const docker::DockerOperation&>(*first.changes.front().operation).step);
  ASSERT_TRUE(loop->observer.ReserveSubnet(blog.key, "default_blog", step.subnet));
  const auto refused = loop->applier.Apply(wiki.key, second.changes.front(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kAborted) << "looked at again at once";
  EXPECT_EQ(host.writes(), 0);
  const ResourcePlan again = *loop->Plan(wiki.key, &wiki);
  ASSERT_TRUE(loop->applier.Apply(wiki.key, again.changes.front(), {}));
  ASSERT_TRUE(loop->applier.Apply(blog.key, first.changes.front(), {}));
  EXPECT_TRUE(host.HasNetwork("default_blog"));
  EXPECT_TRUE(host.HasNetwork("default_wiki"));
}

TEST_F(Observing, AReservedSubnetIsFreeAgainWhenItsNetworkDidNotCome) {
  const Resource blog = MakeApp("blog", {{"services", {{"web", Service()}}}});
  const ResourcePlan plan = *loop->Plan(blog.key, &blog);
  host.FailWrite(1, Error(ErrorCode::kUnavailable, "no"));
  EXPECT_FALSE(loop->applier.Apply(blog.key, plan.changes.front(), {}));
  const Resource wiki = MakeApp("wiki", {{"services", {{"web", Service()}}}});
  const auto seen = loop->observer.Observe(wiki.key, &wiki, {});
  ASSERT_TRUE(seen);
  EXPECT_EQ(static_cast<const docker::AppObservation&>(**seen).used_subnets.size(), 1u)
      << "that of the App which is there";
}

TEST_F(Observing, AFailedReadIsAnErrorAndNeverAbsence) {
  for (int nth = 1; nth <= 5; ++nth) {
    loop->observer.ForgetAll();
    host.FailRead(nth, Error(ErrorCode::kDeadlineExceeded, "too slow"));
    const auto seen = loop->observer.Observe(app.key, &app, {});
    ASSERT_FALSE(seen) << nth;
    EXPECT_EQ(seen.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_EQ(Lines(Plan(app)), "") << "the next look is whole";
  }
  host.SetDown(true);
  loop->observer.ForgetAll();
  EXPECT_FALSE(loop->observer.Observe(app.key, &app, {}));
  EXPECT_FALSE(loop->observer.Owned({}));
}

TEST_F(Observing, ContainerThatGoesBetweenListAndInspectIsGone) {
  loop->observer.ForgetAll();
  host.OnRead([&](const std::string& call) {
    if (call != "inspect container") return;
    host.OnRead(nullptr);
    ASSERT_TRUE(host.RemoveContainer(Id(), {}));
  });
  EXPECT_TRUE(Lines(*loop->Plan(app.key, &app))
                  .starts_with("create container/default_shop_web_1: missing"));
}

TEST_F(Observing, OwnedAreThoseWithContainersOrANetwork) {
  EXPECT_EQ(*loop->observer.Owned({}), std::vector<ResourceKey>{app.key});
  ASSERT_TRUE(host.RemoveContainer("default_shop_web_1", {}));
  PassEventsOn();
  ASSERT_TRUE(loop->observer.Refresh({}));
  EXPECT_EQ(*loop->observer.Owned({}), std::vector<ResourceKey>{app.key})
      << "its network is still there";
  Finish(nullptr, app.key);
  ASSERT_TRUE(loop->observer.Refresh({}));
  EXPECT_TRUE(loop->observer.Owned({})->empty());
}

TEST_F(Observing, HostRoutesAreLeftAlone) {
  Finish(nullptr, app.key);
  dir.Write("routes",
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
            "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            "tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
            "tun0\t00000080\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
            "tun0\t0000C90A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n");
  DockerLoop::Options options;
  options.routes_file = dir.File("routes");
  options.planner.address_pool = *docker::Subnet::Parse("10.200.0.0/15");
  loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock, options);
  Step(app);
  EXPECT_EQ(host.ListNetworks("", {})->front().subnets.front().ToString(), "10.200.0.0/26");
  options.planner.address_pool = *docker::Subnet::Parse("10.201.0.0/16");
  Finish(nullptr, app.key);
  loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock, options);
  EXPECT_TRUE(Plan(app).blocked) << "10.201.0.0/16 is somewhere else by a route of the host";
}

TEST_F(Observing, ApplyingTwiceIsApplyingOnce) {
  const Resource second =
      App({{"web", Service("web:2", {{"deploy", {{"replicas", 2}}}})}}, {"web"});
  for (int round = 0; round < 30; ++round) {
    const ResourcePlan plan = Plan(second);
    if (!plan.HasChanges() && !plan.wait) break;
    for (const Change& change : plan.changes) {
      if (!change.after.empty()) continue;
      ASSERT_TRUE(loop->applier.Apply(second.key, change, {}));
      const auto again = loop->applier.Apply(second.key, change, {});
      EXPECT_TRUE(again || again.error().code() == ErrorCode::kAborted ||
                  again.error().code() == ErrorCode::kNotFound)
          << again.error().ToString();
    }
    host.Settle();
    clock.Advance(std::chrono::seconds(2));
  }
  EXPECT_EQ(Lines(Plan(second)), "");
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\ndefault_shop_web_2 running web:2\n");
}

}  // namespace
}  // namespace mooring::testing
