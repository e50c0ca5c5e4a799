// SPDX-License-Identifier: Apache-2.0
// A container that cannot run beside its successor: nothing is taken down before that one is there.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using docker::Health;

class Recreate : public AppFixture {
 protected:
  Recreate() { Converge(App({{"web", Service("web:1", port)}}, {"web"})); }
  std::string OldId() const { return old_id_; }

  const Json port = {{"ports", {{{"target", 80}, {"published", 8080}}}}};
  const Resource app = App({{"web", Service("web:2", port)}}, {"web"});

 private:
  void SetUp() override { old_id_ = host.Find("default_shop_web_1")->id; }
  std::string old_id_;
};

TEST_F(Recreate, FailedCreateLeavesTheOldOneRunning) {
  const ResourcePlan plan = Plan(app);
  host.FailWrite(1, Error(ErrorCode::kInvalidArgument, "only 2 CPUs available"));
  EXPECT_FALSE(loop->Apply(plan));
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Recreate, GoesOnFromAnyCut) {
  // create, stop, remove, start, rename: each fails, or is done and then not heard of.
  for (const bool done : {false, true}) {
    for (int nth = 1; nth <= 5; ++nth) {
      SCOPED_TRACE(fmt::format("write {}, done: {}", nth, done));
      Converge(App({{"web", Service("web:1", port)}}, {"web"}));
      const ResourcePlan plan = Plan(app);
      if (done) {
        host.TimeOutWrite(nth);
      } else {
        host.FailWrite(nth, Error(ErrorCode::kUnavailable, "gone"));
      }
      EXPECT_FALSE(loop->Apply(plan));
      if (nth == 1) {
        EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
      }
      Restart();
      loop->applied.clear();
      Converge(app);
      EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
    }
  }
}

TEST_F(Recreate, TakesOverWhatACutRunHasCreated) {
  const ResourcePlan plan = Plan(app);
  host.TimeOutWrite(1);
  EXPECT_FALSE(loop->Apply(plan));
  Restart();
  const std::string id = host.Find("default_shop_web_1_next")->id;
  const ResourcePlan rest = Plan(app);
  EXPECT_EQ(Lines(rest),
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.image: web:1 -> web:2\n");
  EXPECT_EQ(rest.impact, Impact::kDowntime);
  ASSERT_TRUE(loop->Apply(rest));
  EXPECT_EQ(host.Find("default_shop_web_1")->id, id);
  Converge(app);
}

TEST_F(Recreate, OvertakenWhatACutRunHasCreatedGoes) {
  host.SetHealth("default_shop_web_1", Health::kUnhealthy);
  const ResourcePlan plan = Plan(app);
  host.TimeOutWrite(1);
  EXPECT_FALSE(loop->Apply(plan));
  host.AddImage("web:3");
  const Resource third = App({{"web", Service("web:3", port)}}, {"web"});
  EXPECT_EQ(Step(third),
            "delete container/default_shop_web_1_next: overtaken by a newer spec\n"
            "replace container/default_shop_web_1: spec changed\n"
            "  services.web.image: web:1 -> web:3\n");
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:3\n");
  Converge(third);
}

TEST_F(Recreate, StopRequestBeforeTheOldOneStopsLeavesItRunning) {
  const ResourcePlan plan = Plan(app);
  std::stop_source stop;
  stop.request_stop();
  const auto done = loop->applier.Apply(app.key, plan.changes.front(), stop.get_token());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(host.Find("default_shop_web_1")->id, OldId());
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
  Restart();
  Converge(app);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:2\n");
}

}  // namespace
}  // namespace mooring::testing
