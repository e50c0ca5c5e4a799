// SPDX-License-Identifier: Apache-2.0
#include "controller/http/errors.h"

namespace mooring::http {
namespace {

TEST(Errors, EveryCodeHasItsStatus) {
  const std::vector<std::pair<ErrorCode, int>> expected = {
      {ErrorCode::kInvalidArgument, 400},  {ErrorCode::kFailedPrecondition, 409},
      {ErrorCode::kPermissionDenied, 403}, {ErrorCode::kUnauthenticated, 401},
      {ErrorCode::kDataLoss, 500},         {ErrorCode::kUnavailable, 503},
      {ErrorCode::kDeadlineExceeded, 504}, {ErrorCode::kInternal, 500},
      {ErrorCode::kNotFound, 404},         {ErrorCode::kAborted, 409},
      {ErrorCode::kCancelled, 503}};
  for (const auto& [code, status] : expected) {
    EXPECT_EQ(KindOf(code).status, status) << ErrorCodeName(code);
  }
}

TEST(Errors, AreProblemDetails) {
  const web::Response response =
      ErrorResponse(Error(ErrorCode::kUnavailable, "no answer")
                        .WithContext("ask docker")
                        .WithRetryAfter(std::chrono::milliseconds(1500)));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body,
            "{\"type\":\"urn:mooring:problem:Unavailable\",\"title\":\"Service Unavailable\","
            "\"status\":503,\"detail\":\"ask docker: no answer\",\"reason\":\"Unavailable\"}\n");
  EXPECT_THAT(response.headers,
              ::testing::ElementsAre(std::pair<std::string, std::string>("Retry-After", "2")));
}

}  // namespace
}  // namespace mooring::http
