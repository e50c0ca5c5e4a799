// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/prune_judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "controller/reconcile/confirmation.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

ResourceKey App(const std::string& name) { return {"App", "default", name}; }
std::string Nth(int i) { return "app-" + std::to_string(i); }

ResourcePtr Make(const ResourceKey& key) {
  auto resource = std::make_shared<Resource>();
  resource->key = key;
  return resource;
}

/// A source called fleet, revision after revision.
class PruneJudgement : public ::testing::Test {
 protected:
  std::shared_ptr<const DesiredSet> Set(const std::vector<std::string>& names) {
    std::vector<ResourcePtr> resources;
    resources.reserve(names.size());
    for (const std::string& name : names) resources.push_back(Make(App(name)));
    Diagnostics findings;
    return *DesiredSet::Build(source_.revision, std::move(resources), {}, &findings,
                              {.sources = {source_}, .of = {}});
  }

  /// Judges a revision that has `names`, and goes on from what holds then.
  PruneState Judge(const std::vector<std::string>& names) {
    const auto set = Set(names);
    state_ = JudgePrune({.desired = set.get(), .known = known_, .before = &state_});
    return state_;
  }
  /// The first revision, applied.
  void Start(int resources) {
    std::vector<std::string> names;
    for (int i = 0; i < resources; ++i) names.push_back(Nth(i));
    Judge(names);
    for (const std::string& name : names) Remember(name);
    Next();
  }
  void Next() {
    source_.revision = "main@sha1:" + std::string(1, static_cast<char>('b' + steps_++)) + "234567";
  }
  void Remember(const std::string& name, const std::string& source = "fleet") {
    known_.push_back({App(name), source});
  }
  void Forget(const std::string& name) {
    std::erase_if(known_, [&](const KnownResource& known) { return known.key == App(name); });
  }
  bool IsFree(const std::string& name) const {
    return FindHeld(state_, App(name)) == nullptr && IsAccepted(state_, App(name));
  }
  std::string Token() const { return state_.held.empty() ? "" : state_.held.front().confirm; }
  std::string Reason() const { return state_.held.empty() ? "" : state_.held.front().reason; }
  std::string Message() const { return state_.held.empty() ? "" : state_.held.front().message; }

  SetSource source_{.name = "fleet", .revision = "main@sha1:a234567", .loaded = true};
  PruneState state_;
  std::vector<KnownResource> known_;
  int steps_ = 0;
};

TEST(ConfirmationToken, IsBoundToAllOfItsParts) {
  const std::string token = ConfirmationToken("prune", {"fleet", "App/default/a"});
  EXPECT_THAT(token, MatchesRegex("prune-[0-9a-f]{8}"));
  EXPECT_EQ(ConfirmationToken("prune", {"fleet", "App/default/a"}), token);
  EXPECT_NE(ConfirmationToken("prune", {"other", "App/default/a"}), token);
  EXPECT_NE(ConfirmationToken("prune", {"fleet", "App/default/a", ""}), token);
  EXPECT_NE(ConfirmationToken("prune", {"fleetApp/default/a"}), token);
  EXPECT_NE(ConfirmationToken("delete", {"fleet", "App/default/a"}).substr(7), token.substr(6));
}

TEST_F(PruneJudgement, LessThanTheLimitGoes) {
  Start(10);
  Judge({"app-0", "app-1", "app-2", "app-3", "app-4"});
  EXPECT_THAT(state_.held, IsEmpty());
  EXPECT_TRUE(IsFree("app-7"));
  EXPECT_EQ(state_.records["fleet"].revision, source_.revision);
  EXPECT_EQ(state_.records["fleet"].resources, 5U);
}

TEST_F(PruneJudgement, MoreThanTheLimitIsHeldUntilTheExactTokenIsCommitted) {
  Start(10);
  Judge({"app-0", "app-1", "app-2", "app-3"});
  EXPECT_EQ(Reason(), "MassDelete");
  EXPECT_THAT(Message(), HasSubstr("6 of 10 resources of source fleet would go, more than 50 %"));
  EXPECT_THAT(Message(), HasSubstr("prune: {confirm: " + Token() + "}"));
  EXPECT_THAT(state_.held.front().resources, SizeIs(6));
  EXPECT_EQ(state_.records["fleet"].revision, "main@sha1:a234567");

  const std::string token = Token();
  Next();
  source_.prune.confirm = "prune-00000000";
  Judge({"app-0", "app-1", "app-2", "app-3"});
  EXPECT_EQ(Token(), token);
  EXPECT_THAT(Message(), HasSubstr("The prune-00000000 that stands there is for other resources"));

  Next();
  source_.prune.confirm = token;
  Judge({"app-0", "app-1", "app-2"});
  EXPECT_NE(Token(), token) << "one more goes";
  Judge({"app-0", "app-1", "app-2", "app-3"});
  EXPECT_THAT(state_.held, IsEmpty());
  EXPECT_TRUE(IsFree("app-4"));
}

TEST_F(PruneJudgement, WhatWasLetGoStaysSoWhileItGoesAndTheTokenCountsOnce) {
  Start(4);
  Judge({"app-0"});
  source_.prune.confirm = Token();
  Judge({"app-0"});
  Forget("app-1");
  Next();
  Judge({"app-0"});
  EXPECT_THAT(state_.held, IsEmpty()) << "two are left of three that may go";
  EXPECT_TRUE(IsFree("app-2"));
  Forget("app-2");
  Forget("app-3");

  Next();
  Judge({"app-0", "app-1", "app-2", "app-3"});
  for (int i = 1; i < 4; ++i) Remember(Nth(i));
  Next();
  Judge({"app-0"});
  EXPECT_EQ(Token(), source_.prune.confirm) << "the same resources";
  EXPECT_THAT(Message(), HasSubstr("The same line was used before"));
  Next();
  const std::string token = std::exchange(source_.prune.confirm, "");
  Judge({"app-0"});
  Next();
  source_.prune.confirm = token;
  Judge({"app-0"});
  EXPECT_THAT(state_.held, IsEmpty());
}

TEST_F(PruneJudgement, APushCannotLoosenTheLimitThatItBreaks) {
  Start(4);
  source_.prune.max_percent = 100;
  Judge({"app-0"});
  EXPECT_EQ(Reason(), "MassDelete");
  Next();
  Judge({"app-0"});
  EXPECT_EQ(Reason(), "MassDelete") << "nor does the next one, while it stands";
  Next();
  Judge({"app-0", "app-1", "app-2", "app-3"});
  Next();
  Judge({"app-0"});
  EXPECT_THAT(state_.held, IsEmpty()) << "the limit was in force before";
}

TEST_F(PruneJudgement, ManyNewResourcesDoNotHideThoseThatGo) {
  Start(4);
  std::vector<std::string> names = {"app-0"};
  for (int i = 10; i < 40; ++i) names.push_back(Nth(i));
  Judge(names);
  EXPECT_EQ(Reason(), "MassDelete");
  for (int i = 10; i < 40; ++i) Remember(Nth(i));
  const PruneState before = state_;
  Judge(names);
  EXPECT_EQ(state_, before) << "a restart, once the new ones are there";
}

TEST_F(PruneJudgement, ARewrittenHistoryRemovesNothingByItself) {
  Start(10);
  source_.departs_from = "main@sha1:a234567";
  std::vector<std::string> names;
  for (int i = 0; i < 9; ++i) names.push_back(Nth(i));
  Judge(names);
  EXPECT_EQ(Reason(), "HistoryRewritten");
  EXPECT_THAT(Message(), HasSubstr("main@b234567 does not go on from main@a234567"));
  EXPECT_THAT(Message(), HasSubstr("1 of 10 resources"));
  EXPECT_EQ(state_.records["fleet"].revision, "main@sha1:a234567") << "so it stays held";
  source_.prune.confirm = Token();
  Judge(names);
  EXPECT_THAT(state_.held, IsEmpty());
  EXPECT_EQ(state_.records["fleet"].revision, source_.revision);
}

TEST_F(PruneJudgement, ARewrittenHistoryThatRemovesNothingChangesNothing) {
  Start(2);
  source_.departs_from = "main@sha1:a234567";
  Judge({"app-0", "app-1"});
  EXPECT_THAT(state_.held, IsEmpty());
  EXPECT_EQ(state_.records["fleet"].revision, source_.revision);
}

TEST_F(PruneJudgement, AnotherBranchIsNamed) {
  Start(10);
  source_.departs_from = "main@sha1:a234567";
  source_.revision = "staging@sha1:c234567";
  Judge({"app-0", "app-1", "app-2", "app-3", "app-4", "app-5"});
  EXPECT_EQ(Reason(), "HistoryRewritten");
  EXPECT_THAT(Message(), HasSubstr("staging@c234567 is followed now, and main@a234567 was"));
}

TEST_F(PruneJudgement, WhatNobodyRemembersIsHeldByItself) {
  Start(10);
  Remember("stray", "");
  Remember("also", "");
  std::vector<std::string> names;
  for (int i = 0; i < 9; ++i) names.push_back(Nth(i));
  Judge(names);
  EXPECT_TRUE(IsFree("app-9")) << "an ordinary delete does not wait for it";
  ASSERT_THAT(state_.held, SizeIs(1));
  EXPECT_EQ(Reason(), "ConfirmationRequired");
  EXPECT_THAT(state_.held.front().resources, ElementsAre(App("also"), App("stray")));
  source_.prune.confirm = Token();
  Judge(names);
  EXPECT_TRUE(IsFree("stray"));
}

TEST_F(PruneJudgement, WithTheStoreLostTheTokenOfTheSameResourcesIsTheSame) {
  Start(4);
  Judge({"app-0"});
  const std::string token = Token();
  state_ = {};
  for (KnownResource& known : known_) known.source.clear();
  Judge({"app-0"});
  EXPECT_EQ(Reason(), "MassDelete");
  EXPECT_THAT(Message(), HasSubstr("3 of 4 resources would go"));
  EXPECT_EQ(Token(), token);
}

TEST_F(PruneJudgement, SettingsOfTheHostAreNoResources) {
  Start(2);
  known_.push_back({{"Namespace", "", "team"}, "fleet"});
  known_.push_back({{"Host", "", "harbour-1"}, ""});
  Judge({"app-0", "app-1"});
  EXPECT_THAT(state_.held, IsEmpty());
  EXPECT_THAT(state_.records["fleet"].accepted, IsEmpty());
}

TEST_F(PruneJudgement, WithoutAStoreTheHostIsAskedInstead) {
  for (int i = 0; i < 4; ++i) Remember(Nth(i), "");
  const auto set = Set({"app-0"});
  const PruneState judged =
      JudgePrune({.desired = set.get(), .known = known_, .before = &state_, .remembers = false});
  ASSERT_THAT(judged.held, SizeIs(1));
  EXPECT_EQ(judged.held.front().reason, reason::kMassDelete);
}

// Exactly what is more than the limit is held, whole and with one token, whatever the sizes.
TEST_F(PruneJudgement, HoldsExactlyWhenMoreThanTheLimitGoes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (int round = 0; round < 1000; ++round) {
    state_ = {};
    known_.clear();
    source_ = {.name = "fleet", .revision = "main@sha1:a234567", .loaded = true};
    const int resources = pick(1, 40);
    const int limit = source_.prune.max_percent = pick(0, 100);
    Start(resources);
    source_.prune.max_percent = pick(0, 100);
    std::vector<std::string> names;
    for (int i = 0; i < resources; ++i) {
      if (pick(0, 3) > 0) names.push_back(Nth(i));
    }
    const auto going = static_cast<size_t>(resources) - names.size();
    for (int i = pick(0, 20); i > 0; --i) names.push_back("new-" + std::to_string(i));
    Judge(names);
    const bool too_much = static_cast<int>(going) * 100 > limit * resources;
    ASSERT_EQ(state_.held.size(), too_much ? 1U : 0U)
        << going << " of " << resources << ", limit " << limit;
    if (too_much) {
      ASSERT_THAT(state_.held.front().resources, SizeIs(going));
      ASSERT_THAT(state_.records["fleet"].accepted, IsEmpty());
    } else {
      ASSERT_THAT(state_.records["fleet"].accepted, SizeIs(going));
    }
    const PruneState once = state_;
    Judge(names);
    ASSERT_EQ(state_.held, once.held) << "judged again it is the same";
    nlohmann::json kept = state_;
    ASSERT_EQ(kept.get<PruneState>(), state_);
  }
}

}  // namespace
}  // namespace mooring
