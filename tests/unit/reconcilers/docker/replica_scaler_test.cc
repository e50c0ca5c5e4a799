// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/replica_scaler.h"

#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using docker::ContainerUsage;
using docker::ReplicaScaler;
using std::chrono_literals::operator""s;

class Scaler : public AppFixture {
 protected:
  Scaler() {
    const Json limits = {{"resources", {{"limits", {{"cpus", "0.5"}, {"memory", "100M"}}}}}};
    app_ = std::make_shared<Resource>(App({{"web", Service("web:1", {{"deploy", limits}})}}, {},
                                          {{"autoscale",
                                            {{{"service", "web"},
                                              {"maxReplicas", 4},
                                              {"cpuPercent", 50},
                                              {"scaleUpAfter", "20s"},
                                              {"scaleDownAfter", "60s"}}}}}));
    Converge(*app_);
    loop->applied[app_->key] = app_->spec_digest;
  }
  Result<ContainerUsage> Usage(const std::string& id) {
    ++asked_;
    if (!answers_) return Fail(ErrorCode::kUnavailable, "no answer");
    ContainerUsage& usage = usages_[id];
    if (usage.system == 0) usage.memory = 50 << 20;
    return usage;
  }
  /// Time passes, in which each container used `percent` of one processor.
  void Use(double percent, Duration time) {
    for (const SteadyTime end = clock.Steady() + time; clock.Steady() < end;) {
      clock.Advance(5s);
      for (const auto& c : host.containers()) {
        ContainerUsage& usage = usages_[c.id];
        usage.system += 5'000'000'000;
        usage.cpu += static_cast<long long>(percent * 50'000'000);
        usage.memory = 50 << 20;
      }
      scaler_.Look({});
      PassEventsOn();
    }
  }
  int Held() { return loop->counts.Find(app_->key, "web").value_or(0); }

  std::shared_ptr<Resource> app_;
  bool answers_ = true;
  int asked_ = 0;
  std::vector<std::string> told_;
  std::map<std::string, ContainerUsage> usages_;
  ReplicaScaler scaler_{
      {.observer = loop->observer,
       .usage = [this](const std::string& id, const std::stop_token&) { return Usage(id); },
       .counts = loop->counts,
       .clock = clock,
       .apps = [this] { return std::vector<ResourcePtr>{app_}; },
       .on_count = [](const ResourceKey&, const std::string&, int) {},
       .on_scaled = [this](const ResourceKey&,
                           const std::string& message) { told_.push_back(message); }}};
};

TEST_F(Scaler, GoesUpWithTheLoadAndDownWithoutIt) {
  Use(5, 10s);
  EXPECT_EQ(Held(), 1);
  Use(50, 40s);
  EXPECT_EQ(Held(), 2) << "all of half a processor, and half of it is wanted";
  EXPECT_EQ(told_, std::vector<std::string>{
                       "web: 1 to 2 containers, cpu at 100 % of its limit and 50 % wanted"});
  Converge(*app_);
  Use(0, 120s);
  EXPECT_EQ(Held(), 1);
  EXPECT_EQ(told_.size(), 2u);
}

TEST_F(Scaler, HoldsWhileTheNewContainerIsNotThere) {
  Use(50, 60s);
  Use(50, 600s);
  EXPECT_EQ(Held(), 2) << "the second one is not made yet, so nobody knows what two would use";
}

TEST_F(Scaler, AnEngineThatDoesNotAnswerHoldsTheCount) {
  loop->counts.Set(app_->key, "web", 3);
  Converge(*app_);
  answers_ = false;
  asked_ = 0;
  Use(0, 600s);
  EXPECT_EQ(Held(), 3);
  EXPECT_EQ(asked_, 120) << "one question for each look";
}

TEST_F(Scaler, AContainerThatIsStartedAnewHoldsTheCount) {
  loop->counts.Set(app_->key, "web", 2);
  Converge(*app_);
  for (int i = 0; i < 30; ++i) {
    Use(0, 5s);
    usages_.begin()->second = {};
  }
  EXPECT_EQ(Held(), 2);
}

TEST_F(Scaler, AnAppThatIsNotLookedAfterIsForgotten) {
  Use(50, 40s);
  EXPECT_EQ(Held(), 2);
  app_->spec["state"] = "Stopped";
  Use(50, 5s);
  EXPECT_EQ(Held(), 0);
}

TEST_F(Scaler, KnowsNothingOfAnAppThatIsNotRolledOut) {
  loop->counts.Forget(app_->key);
  (void)host.RemoveContainer("default_shop_web_1", {});
  PassEventsOn();
  Use(50, 60s);
  EXPECT_EQ(Held(), 0);
}

}  // namespace
}  // namespace mooring::testing
