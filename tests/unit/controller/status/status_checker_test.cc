// SPDX-License-Identifier: Apache-2.0
#include "tests/support/status/status_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/base/text.h"

namespace mooring::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StatusProblemsTest : public ::testing::Test {
 protected:
  StatusProblemsTest() {
    status_.key = {"App", "default", "web"};
    Add("Ready", ConditionStatus::kTrue, "Succeeded");
    Add("Healthy", ConditionStatus::kTrue, "Succeeded");
  }
  void Add(const char* type, ConditionStatus status, const char* reason) {
    status_.conditions.push_back({type, status, reason, "text", "main@sha1:1", now_});
  }
  std::vector<std::string> Problems() const { return StatusProblems(status_, now_); }

  Time now_ = *ParseTime("2026-03-01T14:00:00Z");
  ResourceStatus status_;
};

TEST_F(StatusProblemsTest, NoneOfAGoodStatus) { EXPECT_THAT(Problems(), IsEmpty()); }

TEST_F(StatusProblemsTest, FindsWhatIsMissingTwiceOrFalse) {
  Add("Stalled", ConditionStatus::kFalse, "Succeeded");
  EXPECT_THAT(Problems(), Contains(HasSubstr("Stalled is there and not True")));
  Add("Ready", ConditionStatus::kTrue, "Succeeded");
  EXPECT_THAT(Problems(), Contains(HasSubstr("Ready is there twice")));
  status_.conditions.clear();
  EXPECT_THAT(Problems(), Contains(HasSubstr("Healthy is missing")));
}

TEST_F(StatusProblemsTest, FindsReadyBesideStalledOrReconciling) {
  Add("Reconciling", ConditionStatus::kTrue, "Progressing");
  EXPECT_THAT(Problems(), Contains(HasSubstr("Ready beside Reconciling")));
  Add("Stalled", ConditionStatus::kTrue, "ApplyFailed");
  EXPECT_THAT(Problems(), Contains(HasSubstr("Stalled beside Reconciling")));
}

TEST_F(StatusProblemsTest, FindsUnknownReasonsAndOddTimes) {
  status_.conditions[0].reason = "Broken";
  status_.conditions[1].last_transition = now_ + std::chrono::seconds(1);
  EXPECT_THAT(Problems(), Contains(HasSubstr("unknown reason Broken")));
  EXPECT_THAT(Problems(), Contains(HasSubstr("Healthy has lastTransitionTime")));
}

TEST_F(StatusProblemsTest, FindsDriftWithoutItsCondition) {
  status_.drift = {{"/image", "a", "b", now_, {}}};
  EXPECT_THAT(Problems(), Contains(HasSubstr("Drifted and the drift list differ")));
}

}  // namespace
}  // namespace mooring::testing
