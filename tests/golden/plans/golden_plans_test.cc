// SPDX-License-Identifier: Apache-2.0
// Each folder here is a case: plan.json (and, for the comment, context.json) in; plan.txt, plan.md
// and plan.out.json out. MOORING_TEST_ACCEPT=1 writes what comes out now and reports SKIPPED.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/plan/plan_json.h"
#include "controller/plan/render.h"

namespace mooring {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(MOORING_SOURCE_DIR) / "tests/golden/plans";

std::string Read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Cases() {
  std::vector<std::string> cases;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (fs::exists(entry.path() / "plan.json")) cases.push_back(entry.path().filename());
  }
  std::ranges::sort(cases);
  return cases;
}

MarkdownContext ReadContext(const fs::path& file) {
  if (!fs::exists(file)) return {};
  const Json json = Json::parse(Read(file));
  return {json.value("base", ""), json.value("head", ""), json.value("hostState", ""),
          json.value("notChecked", std::vector<std::string>())};
}

class GoldenPlan : public ::testing::TestWithParam<std::string> {
 protected:
  void Expect(const std::string& name, const std::string& actual) {
    const fs::path file = kCases / GetParam() / name;
    if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
      std::ofstream(file, std::ios::binary) << actual;
      accepted_ = true;
      return;
    }
    EXPECT_EQ(actual, Read(file)) << "in " << file << "; accept with MOORING_TEST_ACCEPT=1";
  }
  bool accepted_ = false;
};

TEST_P(GoldenPlan, RendersAsAccepted) {
  const fs::path folder = kCases / GetParam();
  const auto plan = PlanFromJson(Json::parse(Read(folder / "plan.json")));
  ASSERT_TRUE(plan.has_value()) << plan.error().ToString();
  Expect("plan.txt", RenderText(*plan));
  Expect("plan.md", RenderMarkdown(*plan, ReadContext(folder / "context.json")));
  const std::string json = RenderJson(*plan);
  Expect("plan.out.json", json);

  const auto again = PlanFromJson(Json::parse(json));
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  EXPECT_EQ(RenderJson(*again), json);
  if (accepted_) GTEST_SKIP() << "accepted what comes out of " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Plans, GoldenPlan, ::testing::ValuesIn(Cases()), [](const auto& given) {
  std::string name = given.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace mooring
