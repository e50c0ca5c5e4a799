// SPDX-License-Identifier: Apache-2.0
// The wall clock jumps, as it does when a machine wakes up or finds its time server. What is waited
// for goes by the other clock; statuses and events show the wall's.
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ControllerClockTest : public ::testing::TestWithParam<std::chrono::seconds> {
 protected:
  std::vector<std::string> Reasons() const {
    std::vector<std::string> reasons;
    const auto events = store_.ListEvents({.key = App("web")});
    for (const Event& event : *events) reasons.push_back(event.reason);
    return reasons;
  }

  testing::FakeClock clock_;
  MemoryStore store_;
  testing::FakeReconciler host_;
};

TEST_P(ControllerClockTest, AJumpNeitherDelaysARetryNorTouchesWhatIsDone) {
  Loop loop(host_, store_, clock_);
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
  loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(host_.objects(), IsEmpty());
  clock_.JumpWall(GetParam());
  loop.AwaitIdle();
  EXPECT_THAT(host_.objects(), IsEmpty());  // not before its time
  loop.Advance(34s);
  EXPECT_THAT(host_.objects(), SizeIs(1));
  EXPECT_THAT(Reasons(), ElementsAre("ApplyFailed", "Created"));
  EXPECT_TRUE((*store_.GetStatus(App("web")))->IsReady());

  const size_t changes = host_.changes().size();
  clock_.JumpWall(-2 * GetParam());
  loop.Wake(App("web"), Trigger::kResync);
  EXPECT_EQ(host_.changes().size(), changes);
  EXPECT_TRUE((*store_.GetStatus(App("web")))->IsReady());
}

TEST_P(ControllerClockTest, ACrashAroundAJumpIsToldOnceAndNothingIsDoneAgain) {
  {
    Loop loop(host_, store_, clock_);
    loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  }
  clock_.JumpWall(GetParam());
  Loop loop(host_, store_, clock_);
  loop.Apply(Set("1", {Make("web", {{"a", "1"}})}));
  host_.Put(Thing("web", "a"), {"App/default/web", "9"});
  loop.Wake(App("web"));
  EXPECT_EQ(host_.objects().at(Thing("web", "a")).value, "1");
  EXPECT_THAT(Reasons(), ElementsAre("Created", "DriftFound", "DriftCorrected"));
}

INSTANTIATE_TEST_SUITE_P(Jumps, ControllerClockTest,
                         ::testing::Values(1h, -1h, 24h * 400, -24h * 30),
                         [](const auto& jump) { return fmt::format("Jump{}", jump.index); });

}  // namespace
}  // namespace mooring
