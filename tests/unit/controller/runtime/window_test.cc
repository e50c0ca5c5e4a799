// SPDX-License-Identifier: Apache-2.0
// Changes wait for the sync windows of their namespace; what was applied is looked after all along.
#include "controller/base/text.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A window of the namespace "default". The clock begins at 2026-03-01T14:00:00Z.
Json Window(const char* kind, const char* cron, const char* duration, bool manual = true) {
  return {
      {"kind", kind}, {"schedule", {{"cron", cron}}}, {"duration", duration}, {"manual", manual}};
}

ResourcePtr Scope(const std::vector<Json>& windows) {
  auto resource = std::make_shared<Resource>();
  resource->key = {"Namespace", "", "default"};
  resource->spec = {{"syncWindows", windows}};
  resource->spec_digest = SpecDigest(resource->spec, {});
  return resource;
}

const Json kDenyUntilFour = Window("deny", "0 12 * * *", "4h");
constexpr char kClosed[] =
    "False OutsideSyncWindow: the sync windows of default are closed by deny \"0 12 * * *\" UTC "
    "until 2026-03-01T16:00:00Z";

class WindowTest : public LoopTest {
 protected:
  void ApplyWeb(const std::string& commit, const std::string& value, std::vector<Json> windows) {
    loop_.Apply(Set(commit, {Make("web", {{"a", value}}), Scope(windows)}));
  }
  std::string ValueOf(const std::string& object) {
    const auto objects = host_.objects();
    const auto found = objects.find(Thing("web", object));
    return found == objects.end() ? "none" : found->second.value;
  }

  Loop loop_{host_, store_, clock_};
};

TEST_F(WindowTest, AChangeWaitsAndIsDoneWhenTheWindowOpens) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {kDenyUntilFour});
  EXPECT_EQ(Ready("web"), kClosed);
  EXPECT_EQ(Outcome("web"), "Waiting");
  loop_.Advance(1h);
  loop_.Advance(59min + 59s);
  EXPECT_EQ(ValueOf("a"), "1");
  loop_.Advance(1s);
  EXPECT_EQ(ValueOf("a"), "2");
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(WindowTest, AChangeIsDoneAtOnceWhenACommitOpensTheWindow) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {kDenyUntilFour});
  ApplyWeb("3", "2", {});
  EXPECT_EQ(ValueOf("a"), "2");
}

TEST_F(WindowTest, WhatIsNewWaitsToo) {
  ApplyWeb("1", "1", {kDenyUntilFour});
  EXPECT_EQ(Ready("web"), kClosed);
  EXPECT_THAT(host_.changes(), IsEmpty());
}

TEST_F(WindowTest, ADeleteWaits) {
  ApplyWeb("1", "1", {});
  loop_.Apply(Set("2", {Scope({kDenyUntilFour})}));
  EXPECT_EQ(Ready("web"), kClosed);
  EXPECT_EQ(ValueOf("a"), "1");
  host_.Remove(Thing("web", "a"));
  loop_.Wake(App("web"));
  EXPECT_EQ(ValueOf("a"), "1");  // it is there until it goes
  loop_.Advance(1h);
  loop_.Advance(1h);
  EXPECT_EQ(ValueOf("a"), "none");
}

TEST_F(WindowTest, DriftOfAnUnchangedSpecIsRepaired) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "1", {kDenyUntilFour});
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  host_.Remove(Thing("web", "a"));
  loop_.Wake(App("web"));
  EXPECT_EQ(ValueOf("a"), "1");
}

TEST_F(WindowTest, DriftIsRepairedToWhatWasAppliedWhileAChangeWaits) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {kDenyUntilFour});
  host_.Remove(Thing("web", "a"));
  loop_.Wake(App("web"));
  EXPECT_EQ(ValueOf("a"), "1");
  EXPECT_EQ(Ready("web"), kClosed);
  EXPECT_EQ(Shown("web", condition::kHealthy), "True Succeeded: 1 of 1 objects");
  EXPECT_THAT(Events("web"),
              ElementsAre("info Created", "warning DriftFound", "info DriftCorrected"));
}

TEST_F(WindowTest, ARepairThatFailsIsSaidToHaveFailed) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {kDenyUntilFour});
  host_.Remove(Thing("web", "a"));
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
  loop_.Wake(App("web"));
  EXPECT_THAT(Ready("web"), HasSubstr("no answer"));
  loop_.Advance(33s);
  EXPECT_EQ(ValueOf("a"), "1");
  EXPECT_EQ(Ready("web"), kClosed);
}

TEST_F(WindowTest, AfterTheStoreIsLostWhatIsAsTheSpecSaysIsAdopted) {
  ApplyWeb("1", "1", {});
  MemoryStore empty;
  Loop next(host_, empty, clock_);
  next.Apply(Set("1", {Make("web", {{"a", "1"}}), Scope({kDenyUntilFour})}));
  EXPECT_TRUE((*empty.GetStatus(App("web")))->IsReady());
  EXPECT_THAT(host_.changes(), ElementsAre("create thing/default_web_a"));
}

TEST_F(WindowTest, WhatBeganInAnOpenWindowGoesOnInAClosedOne) {
  ApplyWeb("1", "1", {});
  host_.unhealthy = {App("web")};
  ApplyWeb("2", "2", {Window("allow", "0 14 * * *", "1m")});
  EXPECT_THAT(Ready("web"), HasSubstr("Progressing"));
  loop_.Advance(1min);
  host_.unhealthy.clear();
  loop_.Wake(App("web"));
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  ApplyWeb("3", "3", {Window("allow", "0 14 * * *", "1m")});
  EXPECT_THAT(Ready("web"), HasSubstr("because no allow window is open"));
  EXPECT_EQ(ValueOf("a"), "2");
}

TEST_F(WindowTest, AnOperatorLetsOneChangeThrough) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {kDenyUntilFour});
  const auto overridden = loop_.controller.OverrideWindow(App("web"));
  ASSERT_TRUE(overridden && *overridden);
  loop_.Wake(App("web"), Trigger::kHuman);
  EXPECT_EQ(ValueOf("a"), "2");
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
  ApplyWeb("3", "3", {kDenyUntilFour});
  EXPECT_EQ(Ready("web"), kClosed);
}

TEST_F(WindowTest, WhatAnOperatorLetThroughGoesOnUntilItIsDone) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {kDenyUntilFour});
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
  ASSERT_TRUE(loop_.controller.OverrideWindow(App("web")));
  loop_.Wake(App("web"), Trigger::kHuman);
  EXPECT_THAT(Ready("web"), HasSubstr("no answer"));
  loop_.Advance(33s);
  EXPECT_EQ(ValueOf("a"), "2");
}

TEST_F(WindowTest, AnOverrideIsForTheSpecOfItsRun) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "1", {kDenyUntilFour});
  ASSERT_TRUE(loop_.controller.OverrideWindow(App("web")));  // nothing waits
  loop_.Wake(App("web"), Trigger::kHuman);
  ApplyWeb("3", "2", {kDenyUntilFour});
  EXPECT_EQ(Ready("web"), kClosed);
}

TEST_F(WindowTest, AWindowThatIsNotManualIsNotOverridden) {
  ApplyWeb("1", "1", {});
  ApplyWeb("2", "2", {Window("deny", "0 12 * * *", "4h", false)});
  const auto overridden = loop_.controller.OverrideWindow(App("web"));
  ASSERT_FALSE(overridden);
  EXPECT_EQ(overridden.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(overridden.error().ToString(), HasSubstr("one of them has manual: false"));
  loop_.Wake(App("web"), Trigger::kHuman);
  EXPECT_EQ(ValueOf("a"), "1");
}

TEST_F(WindowTest, AnOpenWindowNeedsNoOverride) {
  ApplyWeb("1", "1", {});
  const auto overridden = loop_.controller.OverrideWindow(App("web"));
  EXPECT_TRUE(overridden && !*overridden);
}

TEST_F(WindowTest, SuspendedIsLeftAloneInAClosedWindowAsWell) {
  ApplyWeb("1", "1", {});
  loop_.Apply(Set("2", {Make("web", {{"a", "2"}}, {{"suspend", true}}), Scope({kDenyUntilFour})}));
  EXPECT_THAT(Ready("web"), HasSubstr("Suspended"));
  host_.Remove(Thing("web", "a"));
  loop_.Wake(App("web"));
  EXPECT_EQ(ValueOf("a"), "none");
}

}  // namespace
}  // namespace mooring
