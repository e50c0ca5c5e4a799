// SPDX-License-Identifier: Apache-2.0
// Dependencies first, deletes in reverse.
#include "controller/runtime/controller.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const DesiredSet::Edges kWebOnDb = {{App("web"), {App("db")}}};

class ControllerOrderTest : public LoopTest {
 protected:
  Loop loop_{host_, store_, clock_};
};

TEST_F(ControllerOrderTest, ANewSpecWaitsForItsDependencyAndIsWoken) {
  host_.unhealthy = {App("db")};
  loop_.Apply(Set("1", {Make("db", {{"a", "1"}}), Make("web", {{"a", "1"}})}, kWebOnDb));
  EXPECT_THAT(Ready("web"), HasSubstr("False DependencyNotReady: waits for App/default/db "
                                      "(Progressing: 1 of 1 objects)"));
  EXPECT_THAT(host_.changes(), ElementsAre("create thing/default_db_a"));
  host_.unhealthy.clear();
  loop_.Wake(App("db"));
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");  // without any time having passed
  EXPECT_THAT(StatusOf("web").depends_on, ElementsAre("App/default/db"));
}

TEST_F(ControllerOrderTest, WhatIsAppliedIsLookedAfterWhateverItsDependencyDoes) {
  loop_.Apply(Set("1", {Make("db", {{"a", "1"}}), Make("web", {{"a", "1"}})}, kWebOnDb));
  host_.unhealthy = {App("db")};
  loop_.Wake(App("db"));
  host_.Remove(Thing("web", "a"));
  loop_.Wake(App("web"));
  EXPECT_TRUE(host_.objects().contains(Thing("web", "a")));
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerOrderTest, ANewSpecWaitsForTheNewSpecOfItsDependency) {
  loop_.Apply(Set("1", {Make("db", {{"a", "1"}}), Make("web", {{"a", "1"}})}, kWebOnDb));
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
  loop_.Apply(Set("2", {Make("db", {{"a", "2"}}), Make("web", {{"a", "2"}})}, kWebOnDb));
  EXPECT_THAT(Ready("web"), HasSubstr("DependencyNotReady"));
  EXPECT_EQ(host_.objects().at(Thing("web", "a")).value, "1");
  loop_.Advance(33s);
  EXPECT_EQ(host_.changes().back(), "replace thing/default_web_a");
  EXPECT_EQ(Ready("web"), "True Succeeded: 1 of 1 objects");
}

TEST_F(ControllerOrderTest, ADependencyThatIsNotInTheSourceIsWaitedFor) {
  loop_.Apply(Set("1", {Make("web", {{"a", "1"}})}, kWebOnDb));
  EXPECT_THAT(Ready("web"), HasSubstr("App/default/db (it is not in the source)"));
  EXPECT_THAT(host_.changes(), IsEmpty());
}

TEST_F(ControllerOrderTest, DeletesGoInReverseOrder) {
  const DesiredSet::Edges chain = {{App("web"), {App("db")}}, {App("site"), {App("web")}}};
  loop_.Apply(Set("1",
                  {Make("db", {{"a", "1"}}), Make("site", {{"a", "1"}}), Make("web", {{"a", "1"}})},
                  chain));
  const size_t created = host_.changes().size();
  loop_.Apply(Set("2", {}));
  std::vector<std::string> deletes = host_.changes();
  deletes.erase(deletes.begin(), deletes.begin() + static_cast<std::ptrdiff_t>(created));
  EXPECT_THAT(deletes, ElementsAre("delete thing/default_site_a", "delete thing/default_web_a",
                                   "delete thing/default_db_a"));
  EXPECT_THAT(*store_.ListStatus(), IsEmpty());
}

TEST_F(ControllerOrderTest, WhatIsStillUsedStaysAndGoesOnceItIsNot) {
  loop_.Apply(Set("1", {Make("db", {{"a", "1"}}), Make("web", {{"a", "1"}})}, kWebOnDb));
  loop_.Apply(Set("2", {Make("web", {{"a", "1"}})}, kWebOnDb));
  EXPECT_THAT(Ready("db"), HasSubstr("False InUse: still used by App/default/web"));
  EXPECT_TRUE(host_.objects().contains(Thing("db", "a")));
  loop_.Apply(Set("3", {Make("web", {{"a", "2"}})}));
  EXPECT_FALSE(host_.objects().contains(Thing("db", "a")));  // without any time having passed
}

TEST_F(ControllerOrderTest, ADeleteWaitsWhileThoseThatGoFirstCannot) {
  loop_.Apply(Set("1", {Make("db", {{"a", "1"}}), Make("web", {{"a", "1"}})}, kWebOnDb));
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
  loop_.Apply(Set("2", {}));
  EXPECT_EQ(Ready("db"), "False InUse: goes after App/default/web");
  EXPECT_TRUE(host_.objects().contains(Thing("db", "a")));
  loop_.Advance(33s);
  EXPECT_THAT(host_.objects(), IsEmpty());
}

}  // namespace
}  // namespace mooring
