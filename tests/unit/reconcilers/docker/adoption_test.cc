// SPDX-License-Identifier: Apache-2.0
// A Compose project that runs becomes an App's: what is as the spec wants it stays as it is.
#include "reconcilers/docker/plan/compose_project.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using docker::kProjectLabel;

class AdoptProject : public AppFixture {
 protected:
  AdoptProject() {
    EXPECT_TRUE(host.CreateNetwork({{"Name", "shop_prod_default"},
                                    {"Labels", {{kProjectLabel, "shop_prod"}}},
                                    {"IPAM", {{"Config", {{{"Subnet", "172.30.0.0/16"}}}}}}},
                                   {}));
    EXPECT_TRUE(host.CreateVolume(
        {{"Name", "shop_prod_data"}, {"Labels", {{kProjectLabel, "shop_prod"}}}}, {}));
    web_ = Run("web");
    started_ = host.Find(web_)->started_at;
    clock.Advance(std::chrono::minutes(5));
  }

  /// A container as `docker compose up` makes it; its id.
  std::string Run(const std::string& service, Json labels = Json::object(),
                  const std::string& image = "web:1") {
    Json all = {{kProjectLabel, "shop_prod"},
                {"com.docker.compose.service", service},
                {"com.docker.compose.container-number", "1"},
                {"com.docker.compose.oneoff", "False"}};
    all.update(labels);
    const auto id = host.CreateContainer(
        "shop_prod-" + service + "-1",
        {{"Image", image},
         {"Env", Json::array()},
         {"Labels", all},
         {"Healthcheck", {{"Test", {"CMD", "true"}}}},
         {"HostConfig",
          {{"NetworkMode", "shop_prod_default"},
           {"Binds", {"shop_prod_data:/data:rw"}},
           {"RestartPolicy", {{"Name", "no"}}}}},
         {"NetworkingConfig",
          {{"EndpointsConfig", {{"shop_prod_default", {{"Aliases", {service}}}}}}}}},
        {});
    EXPECT_TRUE(id) << id.error().ToString();
    EXPECT_TRUE(host.StartContainer(*id, {}));
    host.Settle();
    return *id;
  }
  static Json WithData(const std::string& image = "web:1") {
    return Service(image,
                   {{"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/data"}}}}});
  }
  static Resource Adopting(Json services) {
    return App(std::move(services), {"web"}, {{"adopt", {{"composeProject", "shop_prod"}}}});
  }
  void ExpectUntouched() {
    const auto now = host.Find("shop_prod-web-1");
    ASSERT_TRUE(now);
    EXPECT_EQ(now->id, web_);
    EXPECT_EQ(now->state, "running");
    EXPECT_EQ(now->started_at, started_);
  }

  std::string web_;

 private:
  Time started_;
};

TEST_F(AdoptProject, WhatIsAsTheSpecWantsItIsNotTouched) {
  const Resource app = Adopting({{"web", WithData()}});
  EXPECT_EQ(Step(app),
            "create network/default_shop: new\n"
            "update container/shop_prod-web-1: differs from the spec\n"
            "  services.web.restart: no -> unless-stopped\n"
            "adopt container/shop_prod-web-1: of Compose project shop_prod\n"
            "wait Progressing: shop_prod-web-1: running for 5m\n");
  Converge(app);
  ExpectUntouched();
  EXPECT_EQ(AddressesOf("web"), host.Find("shop_prod-web-1")->networks.at("default_shop").address);
  EXPECT_FALSE(host.HasVolume("default_shop_data"));
}

TEST_F(AdoptProject, ThePlanSaysThatNothingIsRestarted) {
  const ResourcePlan plan = Plan(Adopting({{"web", WithData()}}));
  EXPECT_EQ(plan.action, Action::kAdopt);
  EXPECT_EQ(plan.impact, Impact::kNone);
  EXPECT_THAT(plan.notes,
              ::testing::ElementsAre("adopts 1 container of Compose project shop_prod as it is, "
                                     "without a restart"));
}

TEST_F(AdoptProject, WhatDiffersIsReplacedAndThePlanSaysWhy) {
  const Resource app = Adopting({{"web", WithData("web:2")}});
  const ResourcePlan plan = Plan(app);
  const auto replaced = std::ranges::find(plan.changes, Action::kReplace, &Change::action);
  ASSERT_NE(replaced, plan.changes.end());
  EXPECT_EQ(replaced->diffs.front(), (FieldDiff{"services.web.image", "web:1", "web:2"}));
  Converge(app);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
  EXPECT_FALSE(host.HasNetwork("shop_prod_default")) << "nothing is on it any more";
  EXPECT_TRUE(host.HasVolume("shop_prod_data"));
}

TEST_F(AdoptProject, ANewProcessWithoutAStoreKnowsItAgain) {
  const Resource app = Adopting({{"web", WithData()}});
  Converge(app);
  Restart();
  loop->applied.clear();
  host.ResetCalls();
  Converge(app);
  EXPECT_EQ(host.writes(), 0);
  ExpectUntouched();
}

TEST_F(AdoptProject, AServiceThatTheSpecDoesNotHaveIsLeftAlone) {
  const std::string other = Run("debug");
  const Resource app = Adopting({{"web", WithData()}});
  EXPECT_THAT(Plan(app).notes,
              ::testing::Contains("shop_prod-debug-1 is left alone: service debug of Compose "
                                  "project shop_prod is not in the spec"));
  Converge(app);
  EXPECT_EQ(host.Find("shop_prod-debug-1")->id, other);
  EXPECT_EQ(host.Find("shop_prod-debug-1")->networks.size(), 1U);
}

TEST_F(AdoptProject, AServiceThatWasAdoptedAndLeavesTheSpecGoes) {
  Run("old");
  Converge(Adopting({{"web", WithData()}, {"old", WithData()}}));
  Converge(Adopting({{"web", WithData()}}));
  EXPECT_FALSE(host.Find("shop_prod-old-1"));
  ExpectUntouched();
}

TEST_F(AdoptProject, ItGoesWithTheAppAlsoForANewProcess) {
  const Resource app = Adopting({{"web", WithData()}});
  Converge(app);
  Restart();
  Finish(nullptr, app.key);
  EXPECT_EQ(Containers(), "");
  EXPECT_TRUE(host.HasVolume("shop_prod_data"));
}

TEST_F(AdoptProject, ADeleteThatIsCutGoesOnToTheLast) {
  Run("keeper");
  const Resource app = Adopting({{"web", WithData()}, {"keeper", WithData()}});
  Converge(app);
  const ResourcePlan plan = Plan(nullptr, app.key);
  // What is removed before is read again, and with it all that is still there.
  host.FailWrite(4, Error(ErrorCode::kUnavailable, "gone"));
  EXPECT_FALSE(loop->Apply(plan));
  ASSERT_EQ(host.containers().size(), 1U) << Containers();
  Finish(nullptr, app.key);
  EXPECT_EQ(Containers(), "");
  EXPECT_FALSE(host.HasNetwork("default_shop"));
}

TEST_F(AdoptProject, ASpecThatAdoptsNoMoreKeepsWhatWasAdopted) {
  Json volumes = {{"volumes", {{"data", {{"name", "shop_prod_data"}}}}}};
  Converge(Adopting({{"web", WithData()}}));
  const Resource app = App({{"web", WithData()}}, {"web"}, volumes);
  Converge(app);
  host.StopByHand("shop_prod-web-1");
  Converge(app);
  EXPECT_EQ(host.Find(web_)->state, "running");
}

TEST_F(AdoptProject, WithoutAdoptItIsAStranger) {
  const Resource app = App({{"web", Service()}}, {"web"});
  Converge(app);
  EXPECT_EQ(host.Find("shop_prod-web-1")->id, web_);
  EXPECT_EQ(host.Find("shop_prod-web-1")->networks.size(), 1U);
  Finish(nullptr, app.key);
  EXPECT_EQ(Containers(), "shop_prod-web-1 running web:1\n");
}

TEST_F(AdoptProject, OneThatAPersonPutIntoTheNetworkIsNotAdopted) {
  const Resource app = App({{"web", Service()}}, {"web"});
  Converge(app);
  ASSERT_TRUE(host.ConnectNetwork("default_shop", web_, Json::object(), {}));
  Finish(nullptr, app.key);
  EXPECT_EQ(host.Find("shop_prod-web-1")->id, web_);
}

TEST_F(AdoptProject, APreviewOfAnAdoptionTakesNothingFromTheLoop) {
  const Resource plain = App({{"web", Service()}}, {"web"});
  Converge(plain);
  Plan(Adopting({{"web", WithData()}}));
  host.ResetCalls();
  Converge(plain);
  EXPECT_EQ(host.writes(), 0);
}

TEST_F(AdoptProject, WhatIsStoppedByHandIsStartedAgain) {
  const Resource app = Adopting({{"web", WithData()}});
  Converge(app);
  host.StopByHand("shop_prod-web-1");
  Converge(app);
  EXPECT_EQ(host.Find(web_)->state, "running");
  EXPECT_EQ(host.Find(web_)->name, "shop_prod-web-1");
}

TEST_F(AdoptProject, ARunOfComposeByHandIsNoServiceOfIt) {
  Run("job", {{"com.docker.compose.service", "web"}, {"com.docker.compose.oneoff", "True"}});
  const Resource app = Adopting({{"web", WithData()}});
  Converge(app);
  EXPECT_EQ(host.Find("shop_prod-job-1")->state, "running");
}

}  // namespace
}  // namespace mooring::testing
