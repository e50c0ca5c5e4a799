// SPDX-License-Identifier: Apache-2.0
// What the host does by itself: drift, changes that come later, progress.
#include "controller/runtime/controller.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ControllerDriftTest : public LoopTest {
 protected:
  Loop loop_{host_, store_, clock_};
};

TEST_F(ControllerDriftTest, DriftIsPutRightAndTold) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  clock_.Advance(1min);
  host_.Put(Thing("web", "a"), {"App/default/web", "9"});
  loop_.Wake(App("web"));
  EXPECT_EQ(host_.objects().at(Thing("web", "a")).value, "1");
  const ResourceStatus status = StatusOf("web");
  ASSERT_THAT(status.drift, SizeIs(1));
  EXPECT_EQ(status.drift[0].path, "/objects/a");
  EXPECT_EQ(status.drift[0].actual, "9");
  EXPECT_EQ(status.drift[0].corrected, clock_.Now());
  EXPECT_EQ(status.Find(condition::kDrifted), nullptr);
  EXPECT_EQ(status.history[0].trigger, "drift");
  EXPECT_THAT(Events("web"),
              ElementsAre("info Created", "warning DriftFound", "info DriftCorrected"));
  EXPECT_EQ((*store_.ListEvents({.key = App("web")}))[1].message, "/objects/a is 9, not 1");
  EXPECT_TRUE(loop_.HasMetric("mooring_drift_found_total{kind=\"App\"} 1"));
  EXPECT_TRUE(loop_.HasMetric("mooring_drift_corrected_total{kind=\"App\"} 1"));
}

TEST_F(ControllerDriftTest, DriftThatIsOnlyReportedIsToldOnce) {
  const auto set = Set("1", {Make("web", {{"a", "1"}}, {{"drift", {{"mode", "Report"}}}})});
  loop_.Apply(set);
  host_.Put(Thing("web", "a"), {"App/default/web", "9"});
  for (int i = 0; i < 3; ++i) loop_.Wake(App("web"));
  EXPECT_EQ(host_.objects().at(Thing("web", "a")).value, "9");
  EXPECT_THAT(Shown("web", condition::kDrifted), HasSubstr("/objects/a"));
  EXPECT_THAT(Events("web"), ElementsAre("info Created", "warning DriftFound"));
  EXPECT_TRUE(loop_.HasMetric("mooring_drift_found_total{kind=\"App\"} 1"));
  EXPECT_TRUE(loop_.HasMetric(
      "mooring_resource_drifted{kind=\"App\",namespace=\"default\",name=\"web\"} 1"));
  host_.Put(Thing("web", "a"), {"App/default/web", "10"});
  loop_.Wake(App("web"));
  EXPECT_THAT(Events("web"),
              ElementsAre("info Created", "warning DriftFound", "warning DriftFound"));
}

TEST_F(ControllerDriftTest, APendingChangeCountsOnceItIsOnTheHost) {
  host_.SetPending(true);
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(Ready("web"), HasSubstr("False Progressing"));
  EXPECT_THAT(Events("web"), IsEmpty());
  host_.FlushPending();
  loop_.Wake(App("web"), Trigger::kRevision);
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  EXPECT_THAT(Events("web"), ElementsAre("info Created"));
  EXPECT_EQ(StatusOf("web").history[0].changes, 1);
}

TEST_F(ControllerDriftTest, PendingDriftIsFoundOnceAndCorrectedOnce) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  host_.SetPending(true);
  host_.Put(Thing("web", "a"), {"App/default/web", "9"});
  loop_.Wake(App("web"));
  loop_.Advance(5s);  // still not there
  EXPECT_THAT(Shown("web", condition::kDrifted), HasSubstr("True DriftFound"));
  host_.FlushPending();
  loop_.Wake(App("web"));
  EXPECT_THAT(Events("web"),
              ElementsAre("info Created", "warning DriftFound", "info DriftCorrected"));
  EXPECT_EQ(Shown("web", condition::kDrifted), "none");
  EXPECT_TRUE(loop_.HasMetric("mooring_drift_found_total{kind=\"App\"} 1"));
  EXPECT_TRUE(loop_.HasMetric("mooring_drift_corrected_total{kind=\"App\"} 1"));
}

TEST_F(ControllerDriftTest, APendingChangeThatFailsIsToldAsAFailure) {
  host_.SetPending(true);
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  host_.FailNth(1,
                Error(ErrorCode::kInvalidArgument, "rejected").WithReason(reason::kCaddyRejected));
  loop_.Wake(App("web"), Trigger::kRevision);
  EXPECT_EQ(Shown("web", condition::kStalled), "True CaddyRejected: rejected");
  EXPECT_THAT(Events("web"), ElementsAre("error CaddyRejected"));
}

TEST_F(ControllerDriftTest, ProgressShowsInReadyUntilTheRunEnds) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  std::vector<std::string> seen;
  host_.on_apply = [&](const ResourceKey& key) {
    loop_.controller.ReportProgress(key, "pulling nginx:1.27: 42 %");
    seen = {Ready("web"), Shown("web", condition::kReconciling), Shown("web", condition::kHealthy)};
    checker_.Check();
  };
  loop_.Apply(Set("2", {Make("web", {{"a", "2"}})}));
  EXPECT_THAT(seen, ElementsAre("False Progressing: pulling nginx:1.27: 42 %",
                                "True Progressing: pulling nginx:1.27: 42 %",
                                "True Succeeded: 1 of 1 objects"));
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  EXPECT_EQ(Shown("web", condition::kReconciling), "none");
}

TEST_F(ControllerDriftTest, ProgressOfWhatIsNotDesiredIsNotShown) {
  loop_.controller.ReportProgress(App("web"), "pulling");
  loop_.Apply(Set("1", {}));
  loop_.controller.ReportProgress(App("web"), "pulling");
  EXPECT_EQ(Ready("web"), "none");
}

}  // namespace
}  // namespace mooring
