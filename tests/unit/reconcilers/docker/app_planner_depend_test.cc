// SPDX-License-Identifier: Apache-2.0
// Services that wait for each other: the order of start and of stop, what is told meanwhile, and
// who follows whom.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AppDependencies : public AppFixture {
 protected:
  static Json DependsOn(const std::string& service, const std::string& condition,
                        Json more = Json::object()) {
    more["condition"] = condition;
    return {{"depends_on", {{service, std::move(more)}}}};
  }
  /// "a b", the services whose containers a plan of changes touches, in its order.
  static std::string Order(const ResourcePlan& plan) {
    std::string text;
    for (const Change& change : plan.changes) {
      if (change.object.starts_with("container/"))
        text += (text.empty() ? "" : " ") + change.object.substr(change.object.rfind("shop_") + 5);
    }
    return text;
  }
};

TEST_F(AppDependencies, StartedInOrderAndStoppedInReverse) {
  const Json services = {{"a", Service("web:1", DependsOn("c", "service_started"))},
                         {"b", Service()},
                         {"c", Service("web:1", DependsOn("d", "service_started"))},
                         {"d", Service()}};
  const Resource app = App(services);
  EXPECT_EQ(Order(Plan(app)), "b_1 d_1 c_1 a_1") << "as one plan: nobody waits to be healthy";
  Converge(app);
  EXPECT_EQ(loop->details[app.key]["startOrder"], Json({"b", "d", "c", "a"}));
  const Resource stopped = App(services, {}, {{"state", "Stopped"}});
  EXPECT_EQ(Order(Plan(stopped)), "a_1 c_1 d_1 b_1");
  Converge(stopped);
  EXPECT_EQ(Order(Plan(app)), "b_1 d_1 c_1 a_1");
  Converge(app);
  EXPECT_EQ(Order(Plan(nullptr, app.key)), "a_1 c_1 d_1 b_1");
}

/// What does not depend on each other is made and then started together; the rest in its order.
TEST_F(AppDependencies, TogetherAndYetInOrder) {
  const Json depends = DependsOn("b", "service_started");
  const Resource app = App({{"a", Service("web:1", depends)},
                            {"b", Service()},
                            {"c", Service("web:1", {{"deploy", {{"replicas", 2}}}})},
                            {"d", Service("web:1", depends)}});
  EXPECT_EQ(Order(Plan(app)), "b_1 a_1 c_1 c_2 d_1");
  host.ResetCalls();
  Step(app);
  std::vector<std::string> calls;
  for (const std::string& call : host.calls()) {
    if (call.starts_with("start ")) calls.push_back("start " + host.Find(call.substr(6))->name);
    if (call.starts_with("create default_shop_")) calls.push_back(call);
  }
  const auto shop = [](const std::string& what, const std::string& name) {
    return what + " default_shop_" + name;
  };
  EXPECT_THAT(calls, ::testing::ElementsAre(shop("create", "b_1"), shop("start", "b_1"),
                                            shop("create", "a_1"), shop("create", "c_1"),
                                            shop("create", "c_2"), shop("create", "d_1"),
                                            shop("start", "a_1"), shop("start", "c_1"),
                                            shop("start", "c_2"), shop("start", "d_1")));
  Converge(app);
}

TEST_F(AppDependencies, OneThatFailsLeavesTheOthers) {
  const Resource app = App({{"a", Service()}, {"b", Service()}, {"c", Service()}});
  Plan(app);
  host.FailWrite(3, Error(ErrorCode::kInternal, "no space left"));  // after the network and a
  const Status applied = loop->Apply(Plan(app));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().ToString(), "create container/default_shop_b_1: no space left");
  EXPECT_EQ(host.Find("default_shop_a_1")->state, "running") << "it was made, so it is started";
  EXPECT_FALSE(host.Find("default_shop_c_1"));
  Converge(app);
}

TEST_F(AppDependencies, ANewVersionWaitsForTheNewVersion) {
  const auto app = [&](const std::string& image) {
    return App(
        {{"db", Service(image)}, {"web", Service(image, DependsOn("db", "service_healthy"))}});
  };
  Converge(app("web:1"));
  const std::string lines = Step(app("web:2"));
  EXPECT_THAT(lines, HasSubstr("replace container/default_shop_db_1"));
  EXPECT_THAT(lines, HasSubstr("web_1 waits: db is not healthy"));
  EXPECT_THAT(lines, Not(HasSubstr("replace container/default_shop_web_1")));
  // What ran before comes back although the rollout is stuck: the old database serves.
  host.StopByHand("default_shop_web_1");
  EXPECT_THAT(
      Step(app("web:2")),
      HasSubstr("restart container/default_shop_web_1: stopped, and the old version runs on"));
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
  Converge(app("web:2"));
  EXPECT_EQ(Containers(), "default_shop_db_1 running web:2\ndefault_shop_web_1 running web:2\n");
}

TEST_F(AppDependencies, WhatIsNotRequiredIsNotWaitedForOnceItHasFailed) {
  host.AddImage("once:1");
  host.SetBehaviour("once:1", {.exits_with = 3});
  const auto app = [&](bool required) {
    return App({{"once", {{"image", "once:1"}, {"restart", "no"}}},
                {"web", Service("web:1", DependsOn("once", "service_completed_successfully",
                                                   {{"required", required}}))}});
  };
  Step(app(true));
  EXPECT_THAT(Step(app(true)), HasSubstr("web_1 waits: once has not completed"));
  EXPECT_THAT(Lines(Plan(app(false))), HasSubstr("create container/default_shop_web_1: new"));
}

TEST_F(AppDependencies, AServiceThatIsLeftAloneIsNotWaitedFor) {
  const Resource app =
      App({{"db", Service("web:1", {{"labels", {{"mooring.dev/reconcile", "disabled"}}}})},
           {"web", Service("web:1", DependsOn("db", "service_healthy"))}});
  EXPECT_THAT(Lines(Plan(app)), HasSubstr("create container/default_shop_web_1: new"));
}

TEST_F(AppDependencies, AddingADependencyReplacesNothing) {
  const Resource before = App({{"db", Service()}, {"web", Service()}});
  Converge(before);
  const Resource after =
      App({{"db", Service()}, {"web", Service("web:1", DependsOn("db", "service_healthy"))}});
  EXPECT_EQ(Lines(Plan(after)), "");
}

TEST_F(AppDependencies, WhatIsWaitedForIsNamed) {
  host.AddImage("migrate:1");
  host.SetBehaviour("migrate:1", {.exits_with = 3});
  const Resource app =
      App({{"db", Service()},
           {"migrate",
            {{"image", "migrate:1"},
             {"restart", "no"},
             {"depends_on", {{"db", {{"condition", "service_healthy"}}}}}}},
           {"web", Service("web:1",
                           {{"depends_on",
                             {{"migrate", {{"condition", "service_completed_successfully"}}}}}})}});
  EXPECT_NE(Step(app).find("default_shop_migrate_1 waits: db is not healthy"), std::string::npos);
  EXPECT_EQ(Containers(), "default_shop_db_1 running web:1\n");
  host.Settle();
  Step(app);  // migrate runs and fails
  Step(app);
  const std::string lines = Lines(Plan(app));
  EXPECT_NE(lines.find("web_1 waits: migrate has not completed (default_shop_migrate_1 exited, "
                       "exit code 3)"),
            std::string::npos)
      << lines;
  EXPECT_FALSE(host.Find("default_shop_web_1"));
  // A container that runs is left alone when what it depends on fails.
  host.SetBehaviour("migrate:1", {.exits_with = 0});
  ASSERT_TRUE(host.RemoveContainer("default_shop_migrate_1", {}));
  Converge(app);
  host.StopByHand("default_shop_db_1");
  const std::string after = Step(app);
  EXPECT_EQ(after.find("web_1"), std::string::npos) << after;
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
}

TEST_F(AppDependencies, WhoFollowsIsReplacedAfterWhatItDependsOn) {
  const auto app = [&](const char* image) {
    return App({{"db", Service(image)},
                {"web", Service("web:1", {{"depends_on", {{"db", {{"restart", true}}}}}})}});
  };
  Converge(app("web:1"));
  const std::string before = host.Find("default_shop_web_1")->id;
  clock.Advance(std::chrono::seconds(5));
  Converge(app("web:2"));
  EXPECT_NE(host.Find("default_shop_web_1")->id, before);
}

}  // namespace
}  // namespace mooring::testing
