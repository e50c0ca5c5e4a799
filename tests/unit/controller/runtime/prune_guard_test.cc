// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/prune_guard.h"

#include "tests/support/reconcile/intercepted_store.h"
#include "tests/unit/controller/runtime/loop.h"

namespace mooring {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// A loop with a guard, over sets of one source; what it keeps outlives the loop as a file would.
class PruneGuardTest : public LoopTest {
 protected:
  void SetUp() override { Begin(); }
  void Begin() {
    loop_.reset();
    guard_ = std::make_unique<PruneGuard>(
        store_, PruneGuard::Callbacks{.recall = [this] { return kept_; },
                                      .keep =
                                          [this](const PruneState& state) {
                                            kept_ = state;
                                            ++writes_;
                                          }});
    loop_ = std::make_unique<Loop>(host_, store_, clock_, Controller::Options{.workers = 1},
                                   nullptr, guard_.get());
    loop_->controller.SetOwned(Owned(), {});
    loop_->AwaitIdle();
  }
  std::vector<ResourceKey> Owned() {
    auto owned = host_.Owned({});
    return owned ? *owned : std::vector<ResourceKey>();
  }
  void Apply(const std::string& commit, const std::vector<std::string>& names) {
    source_.revision = "main@sha1:" + commit;
    std::vector<ResourcePtr> resources;
    for (const std::string& name : names) resources.push_back(Make(name, {{"a", "1"}}));
    Diagnostics findings;
    loop_->Apply(*DesiredSet::Build(source_.revision, std::move(resources), {}, &findings,
                                    {.sources = {source_}, .of = {}}));
  }
  bool Runs(const std::string& name) { return host_.objects().contains(Thing(name, "a")); }

  SetSource source_{.name = "fleet", .revision = "", .loaded = true};
  PruneState kept_;
  int writes_ = 0;
  std::unique_ptr<PruneGuard> guard_;
  std::unique_ptr<Loop> loop_;
};

TEST_F(PruneGuardTest, AnOrdinaryDeleteGoesAndIsForgotten) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a", "b"});
  EXPECT_FALSE(Runs("c"));
  EXPECT_FALSE(store_.GetStatus(App("c"))->has_value());
  EXPECT_THAT(kept_.records["fleet"].accepted, IsEmpty());
  EXPECT_EQ(kept_.records["fleet"].revision, "main@sha1:2");
}

TEST_F(PruneGuardTest, AMassDeleteIsHeldAndTheRestGoesOn) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a", "new"});
  EXPECT_TRUE(Runs("b"));
  EXPECT_TRUE(Runs("c"));
  EXPECT_TRUE(Runs("new"));
  EXPECT_THAT(Shown("b", condition::kStalled), StartsWith("True MassDelete: 2 of 3 resources"));
  const std::string token = StatusOf("b").confirm;
  EXPECT_THAT(token, StartsWith("prune-"));
  EXPECT_EQ(StatusOf("a").confirm, "");
  EXPECT_THAT(StatusOf("b").inventory, SizeIs(1));
  EXPECT_THAT(Events("b"), Contains(StartsWith("error MassDelete")));

  source_.prune.confirm = token;
  Apply("3", {"a", "new"});
  EXPECT_FALSE(Runs("b"));
  EXPECT_FALSE(Runs("c"));
  EXPECT_THAT(kept_.held, IsEmpty());
}

TEST_F(PruneGuardTest, WhatIsDesiredAgainIsNotHeldAnyMore) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a"});
  Apply("3", {"a", "b", "c"});
  EXPECT_THAT(kept_.held, IsEmpty());
  EXPECT_EQ(Ready("b"), "True Succeeded: 1 of 1 objects");
  EXPECT_EQ(StatusOf("b").confirm, "");
}

TEST_F(PruneGuardTest, ARestartJudgesTheSame) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a", "d", "e", "f", "g", "h"});
  const PruneState before = kept_;
  ASSERT_THAT(before.held, SizeIs(1));
  Begin();
  Apply("2", {"a", "d", "e", "f", "g", "h"});
  EXPECT_EQ(kept_, before);
  EXPECT_TRUE(Runs("b"));
}

TEST_F(PruneGuardTest, ADeleteThatWasLetGoIsDoneAfterARestartToo) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a"});
  source_.prune.confirm = StatusOf("b").confirm;
  host_.FailNth(1, Error(ErrorCode::kUnavailable, "no answer"));
  host_.FailNth(2, Error(ErrorCode::kUnavailable, "no answer"));
  Apply("3", {"a"});
  EXPECT_TRUE(Runs("b") || Runs("c"));
  Begin();
  Apply("3", {"a"});
  EXPECT_FALSE(Runs("b"));
  EXPECT_FALSE(Runs("c"));
}

TEST_F(PruneGuardTest, WithTheStoreLostNothingGoesUnasked) {
  host_.Put(Thing("stray", "a"), {"App/default/stray", "1"});
  for (const std::string name : {"a", "b", "c"})
    host_.Put(Thing(name, "a"), {"App/default/" + name, "1"});
  Begin();
  Apply("1", {"a", "b", "c"});
  EXPECT_TRUE(Runs("stray"));
  EXPECT_THAT(Shown("stray", condition::kStalled), StartsWith("True ConfirmationRequired: nobody"));
  source_.prune.confirm = StatusOf("stray").confirm;
  Apply("2", {"a", "b", "c"});
  EXPECT_FALSE(Runs("stray"));
  EXPECT_THAT(host_.changes(), ElementsAre("delete thing/default_stray_a"));
}

TEST_F(PruneGuardTest, UntilEverythingWasSeenWhatNobodyRemembersWaits) {
  host_.Put(Thing("stray", "a"), {"App/default/stray", "1"});
  Begin();
  loop_->controller.SetOwned(Owned(), {"caddy"});
  Apply("1", {"a"});
  loop_->Wake(App("stray"));
  EXPECT_TRUE(Runs("stray"));
  EXPECT_THAT(Ready("stray"), HasSubstr("not read yet: caddy"));
  EXPECT_EQ(StatusOf("stray").confirm, "");
  loop_->controller.SetOwned(Owned(), {});
  loop_->AwaitIdle();
  EXPECT_THAT(StatusOf("stray").confirm, StartsWith("prune-"));
}

TEST_F(PruneGuardTest, WhatIsTakenAwayByHandNeedsNoToken) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a"});
  host_.Remove(Thing("b", "a"));
  host_.Remove(Thing("c", "a"));
  loop_->Wake(App("b"));
  loop_->Wake(App("c"));
  EXPECT_THAT(kept_.held, IsEmpty());
  EXPECT_FALSE(store_.GetStatus(App("b"))->has_value());
}

TEST_F(PruneGuardTest, AnEventOfSomethingThatIsGoneIsNoNews) {
  Apply("1", {"a", "b", "c"});
  Apply("2", {"a", "b"});
  const int writes = writes_;
  loop_->Wake(App("c"));
  EXPECT_EQ(writes_, writes);
  EXPECT_THAT(kept_.held, IsEmpty());
}

TEST_F(PruneGuardTest, AListThatIsOlderThanTheDeleteIsNoNews) {
  Apply("1", {"a", "b", "c"});
  const std::vector<ResourceKey> before = Owned();
  Apply("2", {"a", "b"});
  loop_->controller.SetOwned(before, {});
  loop_->AwaitIdle();
  EXPECT_THAT(kept_.held, IsEmpty());
  EXPECT_FALSE(store_.GetStatus(App("c"))->has_value());
}

}  // namespace
}  // namespace mooring
