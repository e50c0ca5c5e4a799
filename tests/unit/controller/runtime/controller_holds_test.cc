// SPDX-License-Identifier: Apache-2.0
// What a person holds back by hand: observed and reported, never changed, and gone on with in time.
#include "controller/holds/holds.h"
#include "tests/support/temp_dir/temp_dir.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kMetric[] =
    "mooring_resource_suspended{kind=\"App\",namespace=\"default\",name=\"web\"} ";

class ControllerHoldsTest : public LoopTest {
 protected:
  std::string ValueOf(const std::string& app, const std::string& object) const {
    return host_.objects().at(Thing(app, object)).value;
  }
  void Suspend(HoldScope scope, Duration how_long = 1h) {
    const auto until = clock_.Now() + std::chrono::duration_cast<std::chrono::seconds>(how_long);
    ASSERT_TRUE(holds_.Put({.scope = std::move(scope),
                            .hold = {.actor = "ops", .reason = "disk", .until = until},
                            .since = clock_.Now()}));
  }

  TempDir dir_;
  Holds holds_{dir_.File("holds.json"), clock_};
  Loop loop_{host_, store_, clock_, {.workers = 1, .drift_runs = {}}, &holds_};
};

TEST_F(ControllerHoldsTest, SuspendedIsReportedAndNotRepaired) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  Suspend(HoldScope::Resource(App("web")));
  loop_.Wake(App("web"), Trigger::kHuman);
  EXPECT_EQ(Ready("web"),
            "True Suspended: suspended by ops until 2026-03-01T15:00:00Z: disk; the host is as the "
            "spec says");
  ASSERT_TRUE(StatusOf("web").held_by);
  EXPECT_EQ(StatusOf("web").held_by->actor, "ops");
  EXPECT_TRUE(loop_.HasMetric(std::string(kMetric) + "1"));

  host_.Put(Thing("web", "a"), {App("web").ToString(), "9"});
  loop_.Wake(App("web"));
  EXPECT_EQ(ValueOf("web", "a"), "9");
  EXPECT_THAT(Ready("web"), HasSubstr("False Suspended"));
  EXPECT_THAT(Ready("web"), HasSubstr("1 change held back"));
  EXPECT_THAT(Events("web"), ElementsAre("info Created", "warning DriftFound"));

  ASSERT_TRUE(holds_.Resume(HoldScope::All()));
  loop_.Wake(App("web"), Trigger::kHuman);
  EXPECT_EQ(ValueOf("web", "a"), "1");
  EXPECT_THAT(Ready("web"), HasSubstr("True Succeeded"));
  EXPECT_FALSE(StatusOf("web").held_by);
  EXPECT_TRUE(loop_.HasMetric(std::string(kMetric) + "0"));
}

TEST_F(ControllerHoldsTest, ItEndsByItselfOnTime) {
  Suspend(HoldScope::Namespace("default"), 90s);
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(Ready("web"), HasSubstr("suspended with namespace default by ops"));
  loop_.Advance(89s);
  EXPECT_THAT(host_.objects(), ::testing::IsEmpty());
  loop_.Advance(1s);
  EXPECT_EQ(ValueOf("web", "a"), "1");
  EXPECT_THAT(Ready("web"), HasSubstr("True Succeeded"));
}

TEST_F(ControllerHoldsTest, WhatIsToGoStaysUntilItIsResumed) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}), Make("other", {{"b", "1"}})}));
  Suspend(HoldScope::All());
  loop_.Apply(Set("2", {Make("other", {{"b", "2"}})}));
  EXPECT_TRUE(host_.objects().contains(Thing("web", "a")));
  EXPECT_EQ(ValueOf("other", "b"), "1");
  EXPECT_THAT(Ready("web"), HasSubstr("False Suspended: suspended with everything by ops"));
  EXPECT_THAT(Ready("other"), HasSubstr("1 change held back"));
  ASSERT_TRUE(holds_.Resume(HoldScope::All()));
  loop_.controller.WakeAll(Trigger::kHuman);
  loop_.AwaitIdle();
  EXPECT_FALSE(host_.objects().contains(Thing("web", "a")));
  EXPECT_EQ(ValueOf("other", "b"), "2");
}

TEST_F(ControllerHoldsTest, WhatIsGoneAnywayIsForgottenAllTheSame) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}}), Make("other", {})}));
  Suspend(HoldScope::All());
  host_.Remove(Thing("web", "a"));
  loop_.Apply(Set("2", {Make("other", {})}));
  EXPECT_EQ(Ready("web"), "none");
}

TEST_F(ControllerHoldsTest, ASuspensionThatComesInTheMiddleCountsFromTheNextStepOn) {
  host_.on_apply = [&](const ResourceKey&) { Suspend(HoldScope::All()); };
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}, {"b", "1"}})}));
  EXPECT_THAT(Ready("web"), HasSubstr("Suspended"));
}

TEST_F(ControllerHoldsTest, ARollbackStandsAtEachResourceOfItsSource) {
  auto resources = std::vector{Make("web", {{"a", "1"}})};
  Origins origins{.sources = {{"fleet", "main@sha1:1", true}}};
  Diagnostics findings;
  ASSERT_TRUE(
      holds_.Put({.scope = HoldScope::Source("fleet"),
                  .hold = {.act = Hold::Act::kRollback, .actor = "ops", .revision = "main@sha1:1"},
                  .since = clock_.Now()}));
  loop_.Apply(
      *DesiredSet::Build("main@sha1:1", std::move(resources), {}, &findings, std::move(origins)));
  EXPECT_THAT(Ready("web"), HasSubstr("True Succeeded")) << "it is reconciled as ever";
  ASSERT_TRUE(StatusOf("web").held_by);
  EXPECT_EQ(StatusOf("web").held_by->revision, "main@sha1:1");
}

}  // namespace
}  // namespace mooring
