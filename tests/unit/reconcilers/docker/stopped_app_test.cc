// SPDX-License-Identifier: Apache-2.0
// `state: Stopped`: containers are stopped and kept, and start again as they are.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;

class StoppedApp : public AppFixture {
 protected:
  const Resource running_ = App({{"web", Service()}}, {"web"});
  const Resource stopped_ = App({{"web", Service()}}, {"web"}, {{"state", "Stopped"}});
};

TEST_F(StoppedApp, StopsContainersKeepsThemAndTakesTheNameAway) {
  Converge(running_);
  const std::string id = host.Find("default_shop_web_1")->id;
  ASSERT_NE(AddressesOf("web"), "");
  const ResourcePlan plan = Plan(stopped_);
  EXPECT_EQ(Lines(plan),
            "update hosts/default_shop: healthy replicas changed\n"
            "update container/default_shop_web_1: state is Stopped\n");
  EXPECT_EQ(plan.impact, Impact::kDowntime);
  EXPECT_THAT(plan.notes, ::testing::ElementsAre(HasSubstr("downtime until state is Running")));
  Converge(stopped_);
  EXPECT_EQ(Containers(), "default_shop_web_1 exited web:1\n");
  EXPECT_EQ(AddressesOf("web"), "");
  EXPECT_EQ(Plan(stopped_).health_message, "stopped, 1 container kept");

  EXPECT_EQ(Lines(Plan(running_)),
            "update hosts/default_shop: healthy replicas changed\n"
            "restart container/default_shop_web_1: stopped\n"
            "  services.web.containers.1: exited, exit code 143 -> running\n"
            "wait Progressing: default_shop_web_1: exited, exit code 143 for 6s\n");
  Converge(running_);
  EXPECT_EQ(host.Find("default_shop_web_1")->id, id) << "not made again";
  EXPECT_NE(AddressesOf("web"), "");
  EXPECT_FALSE(loop->details[running_.key].contains("stopped"));
}

TEST_F(StoppedApp, WhatSomebodyStartsIsStoppedAgain) {
  Converge(running_);
  Converge(stopped_);
  ASSERT_TRUE(host.StartContainer(host.Find("default_shop_web_1")->id, {}));
  const ResourcePlan plan = Plan(stopped_);
  EXPECT_EQ(Lines(plan),
            "update container/default_shop_web_1: started by hand, and state is Stopped (drift)\n"
            "  services.web.containers.1: running -> stopped\n");
  Converge(stopped_);
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "exited");
}

TEST_F(StoppedApp, AnAppThatIsNewAndStoppedMakesNothing) {
  Converge(stopped_);
  EXPECT_EQ(Containers(), "");
  EXPECT_EQ(Plan(stopped_).health_message, "stopped, 0 containers kept");
}

TEST_F(StoppedApp, OneWithRestartNoThatWasCutShortRunsAgain) {
  const Json service = Service("web:1", {{"restart", "no"}});
  Converge(App({{"web", service}}));
  const Resource stopped = App({{"web", service}}, {}, {{"state", "Stopped"}});
  Converge(stopped);
  Restart();
  Converge(App({{"web", service}}));
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
}

TEST_F(StoppedApp, AnotherImageWaitsUntilItRuns) {
  Converge(running_);
  Converge(App({{"web", Service("web:2")}}, {"web"}, {{"state", "Stopped"}}));
  EXPECT_EQ(Containers(), "default_shop_web_1 exited web:1\n");
  Converge(App({{"web", Service("web:2")}}, {"web"}));
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
}

TEST_F(StoppedApp, AServiceThatIsGoneFromTheSpecGoesAllTheSame) {
  Converge(App({{"old", Service()}, {"web", Service()}}));
  Converge(stopped_);
  EXPECT_EQ(Containers(), "default_shop_web_1 exited web:1\n");
}

TEST_F(StoppedApp, ItsJobsDoNotRunAndOneThatRunsIsStopped) {
  const auto app = [&](const std::string& state) {
    return App({{"import", Service()}, {"web", Service()}}, {},
               {{"state", state}, {"jobs", {{{"service", "import"}, {"once", "a"}}}}});
  };
  Converge(app("Stopped"));
  EXPECT_EQ(Containers(), "");
  Converge(app("Running"));
  EXPECT_THAT(Containers(), HasSubstr("import_job-once"));
  Converge(app("Stopped"));
  EXPECT_THAT(Containers(), ::testing::Not(HasSubstr("running")));
  Converge(app("Running"));
  EXPECT_THAT(Containers(), ::testing::Not(HasSubstr("job-once-ca978112 running")))
      << "that token has run";
}

}  // namespace
}  // namespace mooring::testing
