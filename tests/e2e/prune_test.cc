// SPDX-License-Identifier: Apache-2.0
// What a revision may take away, what a person must confirm first, and how.
#include <filesystem>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class Prune : public EndToEnd {
 protected:
  static constexpr std::string_view kPolicy = ".mooring/policy.yaml";

  void SetUp() override {
    EndToEnd::SetUp();
    for (const std::string name : {"a", "b", "c"}) Put(name);
    world_->Commit("Three apps");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kRollout, [&] {
      return world_->HasConverged("App", "a") && world_->HasConverged("App", "b") &&
             world_->HasConverged("App", "c");
    }));
    containers_ = world_->Containers();
    for (const std::string& container : containers_) ids_.insert(world_->engine.IdOf(container));
    ASSERT_EQ(ids_.size(), 3U);
  }

  void Put(const std::string& name, const std::string& version = "1.0.0") {
    world_->Write("apps/" + name + ".yaml", world_->App(name, version));
  }
  void Drop(const std::string& name) { world_->repo.Remove("apps/" + name + ".yaml"); }
  void Confirm(const std::string& token) {
    world_->Write(std::string(kPolicy),
                  {{"apiVersion", "mooring.dev/v1alpha1"}, {"prune", {{"confirm", token}}}});
    world_->Commit("Confirm");
  }
  void RestartWithoutStore() {
    ASSERT_TRUE(world_->StopDaemon());
    std::filesystem::remove_all(world_->File("store"));
    world_->StartDaemon();
  }
  /// Waits until it is, and looks whether everything still runs.
  void ExpectHeld(const std::string& name, const std::string& reason) {
    EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Has("App", name, "Stalled", reason); }))
        << world_->Get("App", name).dump(2);
    EXPECT_TRUE(
        Eventually(kSoon, [&] { return world_->Has("Host", world_->ns, "Stalled", reason); }));
    ExpectAllRun();
  }
  void ExpectAllRun() {
    for (const std::string& container : containers_)
      EXPECT_TRUE(ids_.contains(world_->engine.IdOf(container))) << container;
  }
  std::string TokenOf(const std::string& name) {
    const Json token = world_->Get("App", name)["status"]["confirm"];
    return token.is_string() ? token.get<std::string>() : "";
  }
  std::string MessageOf(const std::string& name) {
    return world_->Condition("App", name, "Stalled").value("message", "");
  }
  bool IsGone(const std::string& name) {
    return Eventually(kRollout, [&] { return world_->Get("App", name).empty(); });
  }
  /// The revision in force is the one that was committed last.
  bool Taken(const std::string& commit) {
    return Eventually(kSoon, [&] {
      const Json status = world_->Get("Host", world_->ns)["status"];
      return status.value("lastAttemptedRevision", "").ends_with(commit);
    });
  }

  std::vector<std::string> containers_;
  std::set<std::string> ids_;
};

TEST_F(Prune, AMassDeleteIsHeldExplainedAndGoesWithItsTokenOnly) {
  World& world = *world_;
  Drop("b");
  Drop("c");
  world.Commit("Two of three gone");
  ExpectHeld("b", "MassDelete");
  ExpectHeld("c", "MassDelete");
  const std::string token = TokenOf("b");
  EXPECT_TRUE(token.starts_with("prune-")) << token;
  EXPECT_EQ(TokenOf("c"), token);
  EXPECT_EQ(TokenOf("a"), "");

  const CommandResult list = world.Mooring({"get", "apps", "-n", world.ns});
  EXPECT_NE(list.out.find("MassDelete: 2 of 3 resources of source fleet would go"),
            std::string::npos)
      << list.out;
  EXPECT_NE(MessageOf("b").find("commit this to .mooring/policy.yaml: prune: {confirm: " + token),
            std::string::npos)
      << MessageOf("b");
  EXPECT_EQ(world.Events("Host", world.ns, "MassDelete"), 1);
  EXPECT_EQ(world.Metric("mooring_held_deletes", {"source=\"fleet\""}), 2);
  EXPECT_EQ(world.Get("Host", world.ns)["status"]["confirm"], token);
  const CommandResult plan = world.Mooring({"plan", "--source", world.repo.path()});
  EXPECT_NE(plan.out.find(token), std::string::npos) << plan.out;
  const net::HttpResponse api = world.Api("/api/v1/plan", R"({"base": "applied"})");
  EXPECT_EQ(Json::parse(api.body)["held"][0]["confirm"], token) << api.body;

  ASSERT_TRUE(world.StopDaemon());
  world.StartDaemon();
  ExpectHeld("b", "MassDelete");
  ASSERT_NO_FATAL_FAILURE(RestartWithoutStore());
  ExpectHeld("b", "MassDelete");
  EXPECT_EQ(TokenOf("b"), token) << "of the same resources, also with the store lost";

  std::string wrong = token;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  Confirm(wrong);
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return MessageOf("b").find("The " + wrong + " that stands there") != std::string::npos;
  })) << MessageOf("b");
  ExpectAllRun();

  Confirm(token);
  EXPECT_TRUE(IsGone("b"));
  EXPECT_TRUE(IsGone("c"));
  EXPECT_EQ(world.Containers(), std::vector{world.Container("a")});
  EXPECT_TRUE(ids_.contains(world.engine.IdOf(world.Container("a"))));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.IsReady("Host", world.ns); }));
  EXPECT_EQ(world.Metric("mooring_held_deletes"), 0);
}

TEST_F(Prune, AForcedPushIsFollowedAndTakesNothingAwayUnasked) {
  World& world = *world_;
  Drop("c");
  Put("d");
  world.repo.Amend("Another history");
  ExpectHeld("c", "HistoryRewritten");
  EXPECT_NE(MessageOf("c").find("history was rewritten"), std::string::npos) << MessageOf("c");
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.IsReady("App", "d"); }))
      << "what is new is made";
  const std::string token = TokenOf("c");

  // It stays held over commits and restarts, with the store and without it.
  Put("e");
  ASSERT_TRUE(Taken(world.Commit("Goes on from there")));
  ExpectHeld("c", "HistoryRewritten");
  ASSERT_TRUE(world.StopDaemon());
  world.StartDaemon();
  ExpectHeld("c", "HistoryRewritten");
  EXPECT_EQ(TokenOf("c"), token);
  ASSERT_NO_FATAL_FAILURE(RestartWithoutStore());
  ExpectHeld("c", "ConfirmationRequired");
  EXPECT_EQ(TokenOf("c"), token);

  Confirm(token);
  EXPECT_TRUE(IsGone("c"));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.IsReady("Host", world.ns); }));
}

TEST_F(Prune, AForcedPushThatRemovesNothingChangesNothing) {
  World& world = *world_;
  const std::string commit = world.repo.Amend("The same in other words");
  ASSERT_TRUE(Taken(commit));
  Drop("c");
  world.Commit("An ordinary delete");
  EXPECT_TRUE(IsGone("c"));
}

TEST_F(Prune, AnotherBranchTakesNothingAwayUnasked) {
  World& world = *world_;
  world.repo.Switch("staging");
  Drop("c");
  const std::string staging = world.repo.Commit("staging has no c");
  ASSERT_TRUE(world.StopDaemon());
  world.Configure("/sources/0/ref", {{"branch", "staging"}});
  world.StartDaemon();
  ExpectHeld("c", "HistoryRewritten");
  EXPECT_NE(MessageOf("c").find("staging@" + staging.substr(0, 7) + " is followed now"),
            std::string::npos)
      << MessageOf("c");
  ASSERT_NO_FATAL_FAILURE(RestartWithoutStore());
  ExpectHeld("c", "ConfirmationRequired");

  // Back to the right one: nothing was lost, and nothing is asked any more.
  ASSERT_TRUE(world.StopDaemon());
  world.Configure("/sources/0/ref", {{"branch", "main"}});
  world.StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.IsReady("Host", world.ns) && world.IsReady("App", "c") && TokenOf("c").empty();
  }));
  ExpectAllRun();
}

TEST_F(Prune, AnEmptyCommitPrunesNothingAlsoWithTheStoreLost) {
  World& world = *world_;
  for (const std::string name : {"a", "b", "c"}) Drop(name);
  world.Write(std::string(kPolicy), {{"apiVersion", "mooring.dev/v1alpha1"}});
  world.Commit("Only a policy is left");
  const auto says_empty = [&] { return world.Has("Host", world.ns, "SourceReady", "SourceEmpty"); };
  ASSERT_TRUE(Eventually(kSoon, says_empty));
  ExpectAllRun();
  ASSERT_NO_FATAL_FAILURE(RestartWithoutStore());
  ASSERT_TRUE(Eventually(kSoon, says_empty));
  ExpectAllRun();
  Put("a");
  world.Commit("One is back");
  ExpectHeld("b", "MassDelete");
}

TEST_F(Prune, AWrongPolicyMakesTheCommitInvalid) {
  World& world = *world_;
  Drop("c");
  world.repo.Write(std::string(kPolicy),
                   "apiVersion: mooring.dev/v1alpha1\nprune:\n  maxPercent: 120\n");
  world.Commit("A limit that is none");
  ASSERT_TRUE(
      Eventually(kSoon, [&] { return world.Has("Host", world.ns, "SourceReady", "InvalidSpec"); }));
  const std::string message = world.Condition("Host", world.ns, "SourceReady")["message"];
  EXPECT_NE(message.find(".mooring/policy.yaml:3:15: "), std::string::npos) << message;
  ExpectAllRun();
}

}  // namespace
}  // namespace mooring::test
