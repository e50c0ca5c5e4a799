// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace mooring {
namespace {

TEST(PlanFromJson, RefusesWhatIsNoPlan) {
  for (const char* text :
       {"{}", "[]", "1", R"({"kind":"Plan","apiVersion":"mooring.dev/v1alpha1"})",
        R"({"kind":"Plan","apiVersion":"mooring.dev/v1alpha1","observedAt":"2026-03-01T14:31:07Z",
            "summary":{},"failures":[],"resources":[{"resource":"shop"}]})",
        R"({"kind":"Plan","apiVersion":"mooring.dev/v1alpha1","observedAt":"2026-03-01T14:31:07Z",
            "summary":{},"failures":[],"resources":[{"resource":1}]})"}) {
    const auto plan = PlanFromJson(Json::parse(text));
    ASSERT_FALSE(plan.has_value()) << text;
    EXPECT_EQ(plan.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(PlanJson, TheReferenceShowsItAsItIs) {
  std::ifstream in(std::string(MOORING_SOURCE_DIR) + "/docs/reference/plan-json.md");
  std::ostringstream page;
  page << in.rdbuf();
  const std::string text = page.str();
  const size_t begin = text.find("```json\n");
  ASSERT_NE(begin, std::string::npos);
  const Json example = Json::parse(text.substr(begin + 8, text.find("\n```", begin) - begin - 8));
  const auto plan = PlanFromJson(example);
  ASSERT_TRUE(plan.has_value()) << plan.error().ToString();
  EXPECT_EQ(PlanToJson(*plan).dump(1), example.dump(1));
}

TEST(PlanToJson, NeverHasTheValuesOfASecret) {
  Plan plan;
  ResourcePlanEntry entry;
  entry.plan.key = {"App", "default", "shop"};
  entry.plan.changes = {Change{.diffs = {{"services.web.environment.KEY", "hunter2", "x", true}}}};
  plan.entries.push_back(entry);
  EXPECT_THAT(RenderJson(plan), ::testing::Not(::testing::HasSubstr("hunter2")));
}

TEST(RenderJson, ReplacesInvalidUtf8) {
  Plan plan;
  plan.source = "main\xff";
  EXPECT_THAT(RenderJson(plan), ::testing::HasSubstr("main\xEF\xBF\xBD"));
}

TEST(ExitCode, TellsFailuresBeforeChanges) {
  Plan plan;
  EXPECT_EQ(ExitCode(plan, false), 0);
  EXPECT_EQ(ExitCode(plan, true), 0);
  plan.entries.push_back({.plan = {.changes = {Change{.action = Action::kCreate}}}});
  EXPECT_EQ(ExitCode(plan, false), 0);
  EXPECT_EQ(ExitCode(plan, true), 2);
  plan.failures.push_back({"docker", {}, Error(ErrorCode::kUnavailable, "no answer")});
  EXPECT_EQ(ExitCode(plan, false), 1);
  EXPECT_EQ(ExitCode(plan, true), 1);
}

TEST(ExitCode, FindingsCountAsChanges) {
  Plan plan;
  plan.entries.push_back({.findings = {{.rule = "container-privileged"}}});
  EXPECT_EQ(ExitCode(plan, true), 2);
}

}  // namespace
}  // namespace mooring
