// SPDX-License-Identifier: Apache-2.0
#include "controller/status/next_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "tests/support/status/status_checker.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr char kOne[] = "main@sha1:1111111";
constexpr char kTwo[] = "main@sha1:2222222";

ResourcePlan Healthy() {
  ResourcePlan plan;
  plan.healthy = true;
  plan.health_message = "1 of 1 services healthy";
  plan.inventory = {{"container/1", "default_web_web_1", {}}};
  return plan;
}

ResourcePlan Unhealthy() {
  ResourcePlan plan = Healthy();
  plan.healthy = false;
  plan.health_message = "0 of 1 services healthy";
  return plan;
}

Error Unread() {
  return Error(ErrorCode::kUnavailable, "no answer in 30s").WithReason(reason::kObservationFailed);
}

/// Runs one after the other, each checked against what holds for any status.
class NextStatusTest : public ::testing::Test {
 protected:
  NextStatusTest() {
    resource_.key = {"App", "default", "web"};
    resource_.spec_digest = "sha256:1";
    resource_.source = {"apps/web.yaml", 4, 1};
  }

  RunReport Report(ReconcileOutcome outcome, const ResourcePlan* plan, int changes = 0) {
    RunReport report;
    report.key = resource_.key;
    report.desired = &resource_;
    report.depends_on = {{"Database", "default", "db"}};
    report.revision = revision_;
    report.trigger = "revision";
    report.outcome = std::move(outcome);
    report.plan = plan;
    report.changes = changes;
    report.started = now_ - 1s;
    report.duration = 1s;
    return report;
  }

  /// Applies the report and says whether the status is another one now.
  bool Run(const RunReport& report) {
    auto next = NextStatus(status_ ? &*status_ : nullptr, report, now_);
    const bool changed = next != status_;
    status_ = std::move(next);
    if (status_) {
      EXPECT_THAT(testing::StatusProblems(*status_, now_), IsEmpty());
    }
    now_ += 10s;
    return changed;
  }
  bool Run(ReconcileOutcome outcome, const ResourcePlan* plan, int changes = 0) {
    return Run(Report(std::move(outcome), plan, changes));
  }

  std::string Show(const char* type) const {
    const Condition* c = status_->Find(type);
    if (c == nullptr) return "-";
    return std::string(ConditionStatusName(c->status)) + "/" + c->reason;
  }

  Resource resource_;
  std::string revision_ = kOne;
  Time now_ = *ParseTime("2026-03-01T14:00:00Z");
  std::optional<ResourceStatus> status_;
  const ResourcePlan healthy_ = Healthy();
};

TEST_F(NextStatusTest, DoneAndHealthyIsReady) {
  EXPECT_TRUE(Run(Done{}, &healthy_, 1));
  EXPECT_EQ(Show("Ready"), "True/Succeeded");
  EXPECT_EQ(status_->Find("Ready")->message, "1 of 1 services healthy");
  EXPECT_EQ(status_->Find("Ready")->revision, kOne);
  EXPECT_EQ(Show("Healthy"), "True/Succeeded");
  EXPECT_EQ(Show("Reconciling"), "-");
  EXPECT_EQ(status_->last_applied_revision, kOne);
  EXPECT_EQ(status_->last_applied_digest, "sha256:1");
  EXPECT_EQ(status_->observed_spec_digest, "sha256:1");
  EXPECT_EQ(status_->source_file, "apps/web.yaml");
  EXPECT_THAT(status_->depends_on, ElementsAre("Database/default/db"));
  ASSERT_THAT(status_->history, SizeIs(1));
  EXPECT_EQ(status_->history[0].outcome, "Done");
  EXPECT_EQ(status_->history[0].changes, 1);
}

TEST_F(NextStatusTest, ARunThatChangesNothingLeavesTheStatusAsItIs) {
  Run(Done{}, &healthy_, 1);
  EXPECT_FALSE(Run(Done{}, &healthy_));
  revision_ = kTwo;  // another commit that does not touch this resource
  RunReport report = Report(Done{}, &healthy_);
  report.next_run = now_ + 10min;
  EXPECT_FALSE(Run(report));
  EXPECT_EQ(status_->last_applied_revision, kOne);
  resource_.spec_digest = "sha256:2";
  EXPECT_TRUE(Run(Done{}, &healthy_));
  EXPECT_EQ(status_->last_applied_revision, kTwo);
}

TEST_F(NextStatusTest, WaitingIsReconciling) {
  const ResourcePlan plan = Unhealthy();
  Run(Waiting{reason::kRollingOut, "web: 0 of 1 containers healthy"}, &plan, 1);
  EXPECT_EQ(Show("Ready"), "False/RollingOut");
  EXPECT_EQ(Show("Healthy"), "False/RollingOut");
  EXPECT_EQ(Show("Reconciling"), "True/RollingOut");
  EXPECT_EQ(status_->last_applied_revision, "");
  EXPECT_EQ(status_->last_attempted_revision, kOne);
  EXPECT_FALSE(Run(Waiting{reason::kRollingOut, "web: 0 of 1 containers healthy"}, &plan));
}

TEST_F(NextStatusTest, OneAttemptIsOneEntryOfTheHistory) {
  const ResourcePlan plan = Unhealthy();
  Run(Waiting{reason::kRollingOut, "web: 0 of 1 containers healthy"}, &plan, 1);
  Run(Waiting{reason::kRollingOut, "web: 1 of 2 containers healthy"}, &plan, 2);
  Run(Done{}, &healthy_);
  ASSERT_THAT(status_->history, SizeIs(1));
  EXPECT_EQ(status_->history[0].changes, 3);
  EXPECT_EQ(status_->history[0].outcome, "Done");
  EXPECT_EQ(status_->history[0].duration, 21s);
}

TEST_F(NextStatusTest, KeepsTenRunsNewestFirst) {
  for (int i = 0; i < 12; ++i) {
    revision_ = "main@sha1:" + std::to_string(i);
    Run(Done{}, &healthy_, 1);
  }
  ASSERT_THAT(status_->history, SizeIs(10));
  EXPECT_EQ(status_->history.front().revision, "main@sha1:11");
}

TEST_F(NextStatusTest, TransitionTimeMovesOnlyWithTheStatus) {
  const Time first = now_;
  Run(Done{}, &healthy_, 1);
  ResourcePlan more = healthy_;
  more.health_message = "2 of 2 services healthy";
  Run(Done{}, &more, 1);
  EXPECT_EQ(status_->Find("Ready")->last_transition, first);
  const Time broke = now_;
  Run(Retry{Error(ErrorCode::kInternal, "start container: out of memory")}, &more);
  EXPECT_EQ(status_->Find("Ready")->last_transition, broke);
  EXPECT_EQ(status_->Find("Healthy")->last_transition, first);
}

TEST_F(NextStatusTest, RetryAndStalledSayTheCause) {
  Run(Retry{Error(ErrorCode::kUnavailable, "pull web:1: timeout").WithReason("ImagePullFailed")},
      &healthy_);
  EXPECT_EQ(Show("Ready"), "False/ImagePullFailed");
  EXPECT_EQ(Show("Reconciling"), "True/ImagePullFailed");
  Run(Stalled{Error(ErrorCode::kFailedPrecondition, "create container: the name is taken")},
      &healthy_);
  EXPECT_EQ(Show("Ready"), "False/ApplyFailed");
  EXPECT_EQ(Show("Stalled"), "True/ApplyFailed");
  EXPECT_EQ(Show("Reconciling"), "-");
}

TEST_F(NextStatusTest, AHostThatCannotBeReadKeepsWhatWasKnownAndSaysSo) {
  Run(Done{}, &healthy_, 1);
  const auto inventory = status_->inventory;
  EXPECT_TRUE(Run(Retry{Unread()}, nullptr));
  EXPECT_EQ(Show("Ready"), "True/ObservationFailed");
  EXPECT_EQ(status_->Find("Ready")->message,
            "no answer in 30s; last seen: 1 of 1 services healthy");
  EXPECT_EQ(Show("Healthy"), "True/ObservationFailed");
  EXPECT_EQ(Show("Reconciling"), "-");
  EXPECT_EQ(status_->inventory, inventory);
  EXPECT_FALSE(Run(Retry{Unread()}, nullptr)) << "the same again is nothing new";
  Run(Done{}, &healthy_);
  EXPECT_EQ(status_->Find("Ready")->message, "1 of 1 services healthy");
}

TEST_F(NextStatusTest, OfANewSpecNothingIsKnownWhileTheHostCannotBeRead) {
  Run(Done{}, &healthy_, 1);
  resource_.spec_digest = "sha256:2";
  Run(Retry{Unread()}, nullptr);
  EXPECT_EQ(Show("Ready"), "Unknown/ObservationFailed");
  EXPECT_EQ(Show("Reconciling"), "True/ObservationFailed");
}

TEST_F(NextStatusTest, NeverSeenAndUnreadableIsUnknown) {
  Run(Retry{Unread()}, nullptr);
  EXPECT_EQ(Show("Ready"), "Unknown/ObservationFailed");
  EXPECT_EQ(Show("Healthy"), "Unknown/ObservationFailed");
  Run(Stalled{Unread()}, nullptr);
  EXPECT_EQ(Show("Stalled"), "True/ObservationFailed");
}

TEST_F(NextStatusTest, WaitingForADependencyBeforeAnythingWasSeen) {
  Run(Waiting{reason::kDependencyNotReady, "waits for Database/default/db"}, nullptr);
  EXPECT_EQ(Show("Ready"), "False/DependencyNotReady");
  EXPECT_EQ(Show("Healthy"), "Unknown/Progressing");
}

TEST_F(NextStatusTest, SuspendedIsReadyOnlyWhenNothingIsHeldBack) {
  Run(Waiting{reason::kSuspended, "suspended; the host is as the spec says"}, &healthy_);
  EXPECT_EQ(Show("Ready"), "True/Suspended");
  EXPECT_EQ(Show("Reconciling"), "-");
  ResourcePlan pending = healthy_;
  pending.changes = {Change{.after = "suspend is true"}};
  Run(Waiting{reason::kSuspended, "suspended; 1 change held back"}, &pending);
  EXPECT_EQ(Show("Ready"), "False/Suspended");
}

TEST_F(NextStatusTest, ReportedDriftStandsBesideReady) {
  Run(Done{}, &healthy_, 1);
  ResourcePlan drifted = healthy_;
  drifted.drift = {{"/services/web/image", "web:1", "web:2", {}, {}}};
  const Time since = now_;
  EXPECT_TRUE(Run(Done{}, &drifted));
  EXPECT_EQ(Show("Ready"), "True/Succeeded");
  EXPECT_EQ(Show("Drifted"), "True/DriftFound");
  EXPECT_THAT(status_->Find("Drifted")->message, HasSubstr("/services/web/image"));
  EXPECT_FALSE(Run(Done{}, &drifted));
  ASSERT_THAT(status_->drift, SizeIs(1));
  EXPECT_EQ(status_->drift[0].since, since);
}

TEST_F(NextStatusTest, CorrectedDriftIsKeptForADay) {
  Run(Done{}, &healthy_, 1);
  RunReport report = Report(Done{}, &healthy_, 1);
  report.trigger = "drift";
  report.drift_seen = {{"/services/web/state", "running", "exited", {}, {}}};
  const Time corrected = now_;
  Run(report);
  EXPECT_EQ(Show("Drifted"), "-");
  ASSERT_THAT(status_->drift, SizeIs(1));
  EXPECT_EQ(status_->drift[0].corrected, corrected);
  now_ = corrected + 23h;
  EXPECT_FALSE(Run(Done{}, &healthy_));
  now_ = corrected + 24h;
  EXPECT_TRUE(Run(Done{}, &healthy_));
  EXPECT_THAT(status_->drift, IsEmpty());
  EXPECT_THAT(status_->history, SizeIs(2)) << "forgetting is no run to tell of";
}

TEST_F(NextStatusTest, DriftThatStoodAndIsGoneWasCorrected) {
  ResourcePlan drifted = healthy_;
  drifted.drift = {{"/services/web/image", "web:1", "web:2", {}, {}}};
  Run(Retry{Error(ErrorCode::kInternal, "remove container: busy")}, &drifted);
  const Time since = status_->drift[0].since;
  RunReport report = Report(Done{}, &healthy_, 1);
  report.drift_seen = drifted.drift;
  Run(report);
  ASSERT_THAT(status_->drift, SizeIs(1)) << "one drift, though two plans told of it";
  EXPECT_EQ(status_->drift[0].since, since);
  EXPECT_TRUE(status_->drift[0].corrected.has_value());
}

TEST_F(NextStatusTest, APlanWhoseDriftChangesWereDoneLeavesNoDrift) {
  ResourcePlan plan = healthy_;
  plan.drift = {{"/services/web/image", "web:1", "web:2", {}, {}}};
  plan.changes = {Change{.drift = true}};
  Run(Done{}, &plan, 1);
  EXPECT_EQ(Show("Drifted"), "-");
  EXPECT_TRUE(status_->drift[0].corrected.has_value());
}

TEST_F(NextStatusTest, InventoryKeepsSinceAndDropsOnlyWhatWasSeenGone) {
  const Time first = now_;
  Run(Done{}, &healthy_, 1);
  EXPECT_EQ(status_->inventory[0].since, first);
  ResourcePlan plan = healthy_;
  plan.inventory.push_back({"container/2", "default_web_web_2", {}});
  Run(Done{}, &plan, 1);
  EXPECT_EQ(status_->inventory[0].since, first);
  EXPECT_GT(status_->inventory[1].since, first);
  ResourcePlan before = healthy_;  // a look before the changes proves no absence
  before.changes = {Change{.action = Action::kDelete}};
  Run(Waiting{reason::kProgressing, "looking again"}, &before, 1);
  EXPECT_THAT(status_->inventory, SizeIs(2));
  Run(Done{}, &healthy_);
  EXPECT_THAT(status_->inventory, SizeIs(1));
}

TEST_F(NextStatusTest, GoneWhenTheDeleteIsDone) {
  Run(Done{}, &healthy_, 1);
  RunReport report = Report(Waiting{reason::kInUse, "still used by Site/default/web"}, &healthy_);
  report.desired = nullptr;
  Run(report);
  EXPECT_EQ(Show("Ready"), "False/InUse");
  report.outcome = Done{};
  Run(report);
  EXPECT_FALSE(status_.has_value());
}

TEST_F(NextStatusTest, AnInterruptedRunIsNotRecorded) {
  EXPECT_FALSE(Run(Interrupted{}, nullptr));
  EXPECT_FALSE(status_.has_value());
  Run(Done{}, &healthy_, 1);
  EXPECT_FALSE(Run(Interrupted{}, nullptr, 1));
}

TEST_F(NextStatusTest, IntentNamesWhatIsAboutToBeMade) {
  status_ =
      WithIntent(nullptr, resource_.key, {{"container/x", "default_web_web_1", {}}}, kOne, now_);
  EXPECT_THAT(testing::StatusProblems(*status_, now_), IsEmpty());
  EXPECT_EQ(Show("Ready"), "Unknown/Progressing");
  const auto again = WithIntent(&*status_, resource_.key,
                                {{"container/x", "default_web_web_1", {}}}, kOne, now_ + 5s);
  EXPECT_EQ(again, *status_);
}

}  // namespace
}  // namespace mooring
