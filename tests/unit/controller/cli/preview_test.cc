// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/git_source.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/git/temp_git_repo.h"
#include "tests/support/reconcile/fake_reconciler.h"

namespace mooring::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string App(const std::string& name, const std::string& image = "nginx:1.27") {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {{name: {}}}\nspec:\n  services:\n"
      "    web: {{image: \"{}\"}}\n",
      name, image);
}

std::vector<std::string> Names(const PreviewInput& input) {
  std::vector<std::string> names;
  for (const auto& [key, resource] : input.desired->resources()) names.push_back(key.name);
  return names;
}

class PreviewTest : public ::testing::Test {
 protected:
  PreviewTest() {
    repo_.Write("a.yaml", App("a"));
    repo_.Write("b.yaml", App("b"));
    head_ = repo_.Commit("two apps");
  }
  Result<PreviewInput> Read(const Json& request) {
    const auto load = [](const FileTree& tree, const std::string& revision) {
      return DesiredLoader().Load(tree, revision);
    };
    return ReadPlanRequest(request, source_, load, applied_, {});
  }

  TempGitRepo repo_;
  std::string head_;
  GitSource source_{{.url = repo_.path()}};
  std::shared_ptr<const DesiredSet> applied_;
};

TEST_F(PreviewTest, APatchIsLaidOverTheSource) {
  const auto input = Read({{"files", {{"a.yaml", nullptr}, {"c.yaml", App("c")}}}});
  ASSERT_TRUE(input.has_value()) << input.error().ToString();
  EXPECT_THAT(Names(*input), ElementsAre("b", "c"));
  EXPECT_EQ(input->source, "2 files laid over main@" + head_.substr(0, 7));
  EXPECT_EQ(input->desired->revision(), "main@sha1:" + head_);
}

TEST_F(PreviewTest, AWholeTreeStandsAlone) {
  const auto input = Read({{"base", "none"}, {"files", {{"c.yaml", App("c")}}}});
  ASSERT_TRUE(input.has_value());
  EXPECT_THAT(Names(*input), ElementsAre("c"));
  EXPECT_EQ(input->source, "the files of the request");
}

TEST_F(PreviewTest, WhatIsInForceIsPlannedAsItIs) {
  const auto none = Read({{"base", "applied"}});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), ErrorCode::kUnavailable);
  const auto source = Read({{"files", Json::object()}});
  ASSERT_TRUE(source.has_value());
  applied_ = source->desired;
  const auto input = Read({{"base", "applied"}});
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->desired, applied_);
  EXPECT_EQ(input->source, "what is in force, main@" + head_.substr(0, 7));
  EXPECT_FALSE(Read({{"base", "applied"}, {"files", {{"a.yaml", App("a")}}}}).has_value());
}

TEST_F(PreviewTest, FindingsAreAllInTheError) {
  const auto input = Read({{"files", {{"a.yaml", "kind: App\n"}, {"c.yaml", "a: ["}}}});
  ASSERT_FALSE(input.has_value());
  EXPECT_EQ(input.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(input.error().message(), HasSubstr("a.yaml:"));
  EXPECT_THAT(input.error().message(), HasSubstr("\nc.yaml:"));
}

TEST_F(PreviewTest, ABodyThatIsNoRequestIsSaidSo) {
  const std::vector<Json> bodies = {Json::array(),
                                    Json::object(),
                                    {{"files", 5}},
                                    {{"files", Json::object()}, {"base", "x"}},
                                    {{"files", Json::object()}, {"base", 5}},
                                    {{"files", {{"/etc/x.yaml", "x"}}}},
                                    {{"files", {{"x.yaml", 5}}}},
                                    {{"files", {{"../x.yaml", "x"}}}}};
  for (const Json& body : bodies) {
    const auto input = Read(body);
    ASSERT_FALSE(input.has_value()) << body.dump();
    EXPECT_EQ(input.error().code(), ErrorCode::kInvalidArgument) << body.dump();
  }
}

TEST_F(PreviewTest, AFolderAsItLiesThereOrACommitOfIt) {
  TempDir dir;
  const std::string folder = dir.File("fleet@home");
  std::filesystem::rename(repo_.path(), folder);
  dir.Write("fleet@home/c.yaml", App("c"));
  const auto tree = ReadSpecs(folder, "", {});
  ASSERT_TRUE(tree.has_value()) << tree.error().ToString();
  EXPECT_THAT(Names(tree->input), ElementsAre("a", "b", "c"));
  EXPECT_EQ(tree->files, 3U);
  EXPECT_THAT(tree->input.source, HasSubstr("working tree on main@"));
  const auto commit = ReadSpecs(folder + "@main", "", {});
  ASSERT_TRUE(commit.has_value()) << commit.error().ToString();
  EXPECT_THAT(Names(commit->input), ElementsAre("a", "b"));
  EXPECT_EQ(commit->input.source, "commit main@" + head_.substr(0, 7));
  EXPECT_FALSE(ReadSpecs(folder + "@none", "", {}).has_value());
}

TEST_F(PreviewTest, WhatTheLoopTakesForEmptyIsNoPlanEither) {
  const std::string host =
      "apiVersion: mooring.dev/v1alpha1\nkind: Host\nmetadata: {name: harbour-1}\nspec: {}\n";
  testing::FakeClock clock;
  testing::FakeReconciler fake;
  const PlanBuilder plans({fake.AsReadSide()}, clock);
  const Policy policy(Policy::Options{});
  MemoryStore store;
  const auto refused = [&](const Result<PreviewInput>& input) {
    const auto plan = BuildPreview(*input, plans, policy, store, "harbour-1", {});
    return plan ? "a plan" : plan.error().reason() + ": " + plan.error().ToString();
  };
  const auto only_host = Read({{"base", "none"}, {"files", {{"host.yaml", host}}}});
  ASSERT_TRUE(only_host.has_value());
  EXPECT_THAT(refused(only_host),
              HasSubstr("SourceEmpty: no resources in the files of the request; nothing is "
                        "removed because of that, the last good revision stays"));

  TempDir dir;
  dir.Write("host.yaml", host);
  const auto tree = ReadSpecs(dir.File(""), "harbour-1", {});
  ASSERT_TRUE(tree.has_value());
  EXPECT_THAT(refused(tree->input), HasSubstr("SourceEmpty"));
  // An App that another host has is not nothing: what this host has may go.
  dir.Write("a.yaml", App("a") + "  placement: {matchLabels: {site: hel}}\n");
  const auto elsewhere = ReadSpecs(dir.File(""), "harbour-1", {});
  ASSERT_TRUE(elsewhere.has_value());
  EXPECT_THAT(Names(elsewhere->input), ElementsAre("harbour-1"));
  EXPECT_EQ(refused(elsewhere->input), "a plan");
}

TEST_F(PreviewTest, FindingsLeaveNoSetAndCountTheFiles) {
  TempDir dir;
  dir.Write("a.yaml", App("a"));
  dir.Write("b.yaml", "kind: App\n");
  const auto tree = ReadSpecs(dir.File(""), "", {});
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->input.desired, nullptr);
  EXPECT_EQ(tree->files, 2U);
  EXPECT_FALSE(tree->findings.empty());
}

TEST_F(PreviewTest, WhatWasAppliedTellsDriftFromAChange) {
  auto web = std::make_shared<Resource>();
  web->key = {"App", "default", "web"};
  web->spec = {{"objects", {{"a", "1"}}}};
  web->spec_digest = SpecDigest(web->spec, {});
  Diagnostics none;
  const PreviewInput input{*DesiredSet::Build("main@sha1:1", {web}, {}, &none), "test"};
  testing::FakeClock clock;
  testing::FakeReconciler host;
  const PlanBuilder plans({host.AsReadSide()}, clock);
  const Policy policy(Policy::Options{});
  MemoryStore store;
  const auto drifts = [&] {
    const auto plan = BuildPreview(input, plans, policy, store, "harbour-1", {});
    return plan->entries.at(0).plan.drift.size();
  };
  EXPECT_EQ(drifts(), 0U);
  ResourceStatus status{.key = web->key, .last_applied_digest = web->spec_digest};
  ASSERT_TRUE(store.PutStatus(status, Store::Durability::kBuffered).has_value());
  EXPECT_EQ(drifts(), 1U);
  EXPECT_THAT(host.changes(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace mooring::cli
