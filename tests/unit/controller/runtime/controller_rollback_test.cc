// SPDX-License-Identifier: Apache-2.0
// A version that fails makes room for the one before, and is not tried again by itself.
#include "controller/holds/failed_specs.h"
#include "tests/support/temp_dir/temp_dir.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// An object with this value is there and never healthy.
constexpr char kSick[] = "sick";

class RollbackTest : public LoopTest {
 protected:
  RollbackTest() {
    host_.on_plan = [this](const PlanInput& input, ResourcePlan& plan) {
      if (input.desired == nullptr) return;
      ++tries_[input.desired->spec.value("/objects/a"_json_pointer, "")];
      const auto& objects = host_.objects();
      const auto found = objects.find(Thing(input.key->name, "a"));
      if (found == objects.end() || found->second.value != kSick || plan.HasChanges()) return;
      plan.healthy = false;
      plan.blocked = Error(ErrorCode::kFailedPrecondition, "a is not healthy").WithReason(why_);
    };
  }
  void Push(const std::string& commit, const std::string& value, Json rollout = Json::object()) {
    loop_->Apply(Set(commit, {Make("web", {{"a", value}}, {{"rollout", std::move(rollout)}})}));
  }
  std::string Value() const {
    const auto objects = host_.objects();
    const auto found = objects.find(Thing("web", "a"));
    return found == objects.end() ? "none" : found->second.value;
  }
  void NewLife() {
    loop_.reset();
    failed_.emplace(dir_.File("failed.json"));
    loop_.emplace(host_, store_, clock_, Controller::Options{.workers = 1, .drift_runs = {}},
                  nullptr, nullptr, &*failed_);
  }

  std::string why_ = reason::kHealthTimeout;
  std::map<std::string, int> tries_;  ///< plans, by the value that was wanted
  TempDir dir_;
  std::optional<FailedSpecs> failed_{dir_.File("failed.json")};
  std::optional<Loop> loop_{
      std::in_place, host_,   store_,   clock_, Controller::Options{.workers = 1, .drift_runs = {}},
      nullptr,       nullptr, &*failed_};
};

TEST_F(RollbackTest, WhatFailsMakesRoomForWhatWasAppliedBefore) {
  Push("1", "1");
  Push("2", kSick);
  EXPECT_EQ(Value(), "1");
  EXPECT_EQ(Ready("web"),
            "False RolledBack: a is not healthy; what was applied before runs, and this spec is "
            "not tried again until it changes or somebody wants it: mooring reconcile "
            "App/default/web");
  EXPECT_THAT(Shown("web", condition::kHealthy), HasSubstr("True Succeeded"));
  EXPECT_THAT(Shown("web", condition::kStalled), HasSubstr("True RolledBack"));
  EXPECT_EQ(StatusOf("web").last_applied_revision, "main@sha1:1");
  EXPECT_EQ(StatusOf("web").source_revision, "main@sha1:2");
  EXPECT_THAT(Events("web"),
              ElementsAre("info Created", "info Replaced", "info Replaced", "error RolledBack"));
}

TEST_F(RollbackTest, TheSameSpecIsNotTriedAgain) {
  Push("1", "1");
  Push("2", kSick);
  const int tries = tries_[kSick];
  loop_->Advance(24h);
  loop_->Wake(App("web"));
  Push("3", kSick);
  EXPECT_EQ(tries_[kSick], tries) << "another commit with the same spec is no other spec";
  EXPECT_THAT(Ready("web"), HasSubstr("False RolledBack"));
  EXPECT_THAT(Events("web"), ::testing::Contains(HasSubstr("error RolledBack x")));
}

TEST_F(RollbackTest, WhatRunsInItsPlaceIsLookedAfter) {
  Push("1", "1");
  Push("2", kSick);
  host_.Put(Thing("web", "a"), {App("web").ToString(), "by hand"});
  loop_->Wake(App("web"));
  EXPECT_EQ(Value(), "1");
  EXPECT_THAT(Ready("web"), HasSubstr("False RolledBack"));
  EXPECT_THAT(Events("web"), ::testing::Contains("info DriftCorrected"));
}

TEST_F(RollbackTest, APersonHasItTriedAgain) {
  Push("1", "1");
  Push("2", kSick);
  const int tries = tries_[kSick];
  loop_->Wake(App("web"), Trigger::kHuman);
  EXPECT_GT(tries_[kSick], tries);
  EXPECT_EQ(Value(), "1") << "it failed again";
  host_.on_plan = nullptr;
  loop_->Wake(App("web"), Trigger::kHuman);
  EXPECT_EQ(Value(), kSick);
  EXPECT_THAT(Ready("web"), HasSubstr("True Succeeded"));
  EXPECT_THAT(failed_->All(), ::testing::IsEmpty());
}

TEST_F(RollbackTest, AnotherSpecIsTriedAndTheOneBeforeIsAtRest) {
  Push("1", "1");
  Push("2", kSick);
  Push("3", "3");
  EXPECT_EQ(Value(), "3");
  EXPECT_THAT(Ready("web"), HasSubstr("True Succeeded"));
  EXPECT_THAT(failed_->All(), ::testing::IsEmpty());
  Push("4", kSick);
  EXPECT_EQ(Value(), "3") << "the last that was good, not the first";
  Push("5", "3");
  EXPECT_THAT(Ready("web"), HasSubstr("True Succeeded")) << "reverted";
  EXPECT_THAT(failed_->All(), ::testing::IsEmpty());
}

TEST_F(RollbackTest, ItOutlivesTheProcessAndTheStore) {
  Push("1", "1");
  const auto good = Set("1", {Make("web", {{"a", "1"}}, {{"rollout", Json::object()}})});
  Push("2", kSick);
  NewLife();
  loop_->Apply(good);  // known to the history of the source
  host_.Put(Thing("web", "a"), {App("web").ToString(), "1"});
  Push("2", kSick);
  NewLife();
  const int tries = tries_[kSick];
  loop_->Apply(Set("2", {Make("web", {{"a", kSick}}, {{"rollout", Json::object()}})}));
  EXPECT_EQ(tries_[kSick], tries);
  EXPECT_EQ(Value(), "1");
}

TEST_F(RollbackTest, WithoutAVersionBeforeItStaysAsItIs) {
  Push("1", kSick);
  EXPECT_EQ(Value(), kSick);
  EXPECT_EQ(Ready("web"), "False HealthTimeout: a is not healthy");
  EXPECT_THAT(failed_->All(), ::testing::IsEmpty());
}

TEST_F(RollbackTest, WhoDoesNotWantItIsLeftWithWhatFailed) {
  Push("1", "1", {{"autoRollback", false}});
  Push("2", kSick, {{"autoRollback", false}});
  EXPECT_EQ(Value(), kSick);
  EXPECT_THAT(Ready("web"), HasSubstr("False HealthTimeout"));
}

TEST_F(RollbackTest, TroubleThatIsNotOfTheVersionIsTriedAgain) {
  Push("1", "1");
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "the registry does not answer")
                       .WithReason(reason::kImagePullFailed));
  Push("2", "2");
  EXPECT_THAT(Ready("web"), HasSubstr("False ImagePullFailed"));
  loop_->Advance(1h);
  EXPECT_EQ(Value(), "2");
}

TEST_F(RollbackTest, AnImageThatIsNotThereIsAskedForUntilTheHealthTimeout) {
  Push("1", "1");
  const Error missing = Error(ErrorCode::kFailedPrecondition, "pull web:2: manifest unknown")
                            .WithReason(reason::kImagePullFailed);
  for (int n = 1; n < 20; ++n) host_.FailNth(n, missing);
  Push("2", "2", {{"healthTimeout", "90s"}});
  EXPECT_THAT(Ready("web"), HasSubstr("False ImagePullFailed: pull web:2: manifest unknown"));
  loop_->Advance(45s);
  EXPECT_THAT(Ready("web"), HasSubstr("False ImagePullFailed"));
  loop_->Advance(5min);
  EXPECT_THAT(Ready("web"), HasSubstr("False RolledBack: pull web:2: manifest unknown"));
}

TEST_F(RollbackTest, WhatRunsInItsPlaceMayBeInTroubleToo) {
  Push("1", "1");
  Push("2", kSick);
  host_.SetUnreachable(Error(ErrorCode::kUnavailable, "the engine does not answer"));
  loop_->Wake(App("web"));
  EXPECT_THAT(Ready("web"), HasSubstr("the engine does not answer"));
  host_.SetUnreachable(std::nullopt);
  loop_->Advance(1h);
  EXPECT_THAT(Ready("web"), HasSubstr("False RolledBack"));
}

TEST_F(RollbackTest, WhatIsGoneIsForgotten) {
  Push("1", "1");
  Push("2", kSick);
  loop_->Apply(Set("3", {}));
  EXPECT_EQ(Value(), "none");
  EXPECT_THAT(failed_->All(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace mooring
