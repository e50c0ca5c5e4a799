// SPDX-License-Identifier: Apache-2.0
// Several workers at once, and the end of the loop.
#include "controller/runtime/controller.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ControllerThreadsTest : public LoopTest {
 protected:
  std::vector<ResourcePtr> Many(const std::string& value) {
    std::vector<ResourcePtr> apps;
    for (int i = 0; i < 40; ++i) apps.push_back(Make(fmt::format("a{}", i), {{"a", value}}));
    return apps;
  }
  /// Each but the first depends on one before it.
  static DesiredSet::Edges Tree() {
    DesiredSet::Edges edges;
    for (int i = 1; i < 40; ++i)
      edges[App(fmt::format("a{}", i))] = {App(fmt::format("a{}", i / 2))};
    return edges;
  }
};

TEST_F(ControllerThreadsTest, ManyWorkersBuildReplaceAndRemoveATree) {
  Loop loop(host_, store_, clock_, {.workers = 4});
  loop.Apply(Set("1", Many("1"), Tree()));
  EXPECT_THAT(host_.objects(), SizeIs(40));
  loop.Apply(Set("2", Many("2"), Tree()));
  for (const auto& [name, object] : host_.objects()) EXPECT_EQ(object.value, "2") << name;
  const auto statuses = store_.ListStatus();
  for (const ResourceStatus& status : *statuses)
    EXPECT_EQ(Ready(status.key.name), "True Succeeded: 1 of 1 objects") << status.key.name;
  loop.Apply(Set("3", {}));
  EXPECT_THAT(host_.objects(), IsEmpty());
  EXPECT_THAT(*store_.ListStatus(), IsEmpty());
}

TEST_F(ControllerThreadsTest, FailuresOfManyAtOnceAreAllRetried) {
  Loop loop(host_, store_, clock_, {.workers = 4});
  for (int i = 1; i <= 40; ++i) host_.FailNth(i, Error(ErrorCode::kUnavailable, "no answer"));
  loop.Apply(Set("1", Many("1")));
  EXPECT_EQ(loop.controller.QueueStats().retries, 40U);
  EXPECT_THAT(host_.objects(), IsEmpty());
  loop.Advance(34s);
  EXPECT_THAT(host_.objects(), SizeIs(40));
}

TEST_F(ControllerThreadsTest, EventsCommitsAndReadersMeet) {
  Loop loop(host_, store_, clock_, {.workers = 4});
  loop.Apply(Set("1", Many("1")));
  std::jthread events([&](std::stop_token stop) {
    while (!stop.stop_requested()) loop.controller.WakeAll(Trigger::kDrift);
  });
  std::jthread readers([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      (void)loop.metrics.Render();
      (void)store_.ListStatus();
    }
  });
  for (int i = 2; i < 12; ++i)
    loop.controller.SetDesired(Set(std::to_string(i), Many(std::to_string(i))));
  events.request_stop();
  readers.request_stop();
  events.join();
  readers.join();
  loop.AwaitIdle();
  for (const auto& [name, object] : host_.objects()) EXPECT_EQ(object.value, "11") << name;
}

TEST_F(ControllerThreadsTest, StopLetsARunEnd) {
  Loop loop(host_, store_, clock_, {.workers = 2});
  host_.SetStuck(true);
  loop.controller.SetDesired(Set("1", {Make("web", {{"a", "1"}})}));
  host_.AwaitStuck();
  std::jthread stopping([&] { loop.controller.Stop(clock_.Steady() + 10s); });
  host_.SetStuck(false);
  stopping.join();  // without any time having passed
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerThreadsTest, StopCutsARunThatDoesNotEnd) {
  Loop loop(host_, store_, clock_, {.workers = 2});
  host_.SetStuck(true);
  loop.controller.SetDesired(Set("1", {Make("api", {{"a", "1"}}), Make("web", {{"a", "1"}})}));
  host_.AwaitStuck();
  std::atomic<bool> stopped = false;
  std::jthread stopping([&, deadline = clock_.Steady() + 10s] {
    loop.controller.Stop(deadline);
    stopped = true;
  });
  EXPECT_FALSE(stopped);
  clock_.Advance(10s);
  stopping.join();
  EXPECT_THAT(host_.objects(), IsEmpty());
  EXPECT_THAT(StatusOf("web").history, IsEmpty());  // an interrupted run is none
}

TEST_F(ControllerThreadsTest, AfterStopNothingIsTaken) {
  Loop loop(host_, store_, clock_, {.workers = 2});
  loop.controller.Stop(clock_.Steady());
  loop.controller.SetDesired(Set("1", {Make("web", {{"a", "1"}})}));
  EXPECT_THAT(host_.changes(), IsEmpty());
}

}  // namespace
}  // namespace mooring
