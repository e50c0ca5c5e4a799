// SPDX-License-Identifier: Apache-2.0
#include "controller/base/error.h"

namespace mooring {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is odd", n));
  return n / 2;
}

Result<int> Quarter(int n) {
  MOORING_TRY(const int half, Half(n));
  MOORING_TRY(int quarter, Half(half));
  return quarter;
}

Status Check(int n) {
  MOORING_RETURN_IF_ERROR(Quarter(n));
  return {};
}

TEST(Error, MacrosPassTheErrorOn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).error().message(), "3 is odd");
  EXPECT_TRUE(Check(4));
  EXPECT_EQ(Check(5).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Error, ContextGoesInFront) {
  const Error error = Error(ErrorCode::kUnavailable, "no answer")
                          .WithContext("inspect container web")
                          .WithContext("observe App/default/shop");
  EXPECT_EQ(error.ToString(), "observe App/default/shop: inspect container web: no answer");
  EXPECT_EQ(error.message(), "no answer");
}

TEST(Error, CarriesReasonAndRetryAfter) {
  const Error plain(ErrorCode::kInternal, "x");
  EXPECT_EQ(plain.reason(), "");
  EXPECT_FALSE(plain.retry_after());
  const Error full = plain.WithReason("NameConflict").WithRetryAfter(std::chrono::seconds(3));
  EXPECT_EQ(full.reason(), "NameConflict");
  EXPECT_EQ(full.retry_after(), std::chrono::seconds(3));
}

TEST(Error, CodesHaveDistinctNames) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kCancelled); ++code) {
    names.insert(ErrorCodeName(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), 11u);
  EXPECT_TRUE(names.contains("deadline-exceeded"));
}

}  // namespace
}  // namespace mooring
