// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/resume_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mooring::caddy {
namespace {

constexpr char kSocket[] = "unix//run/caddy/admin.sock";
using nlohmann::json;

json Prepared(const std::string& saved) {
  const auto text = WithAdminAt(saved, kSocket);
  return text ? json::parse(*text) : json(text.error().ToString());
}

TEST(ResumeConfig, GivesACaddyfilesConfigurationTheSocket) {
  const json sites = {{"http", {{"servers", {{"srv0", {{"listen", {":80"}}}}}}}}};
  EXPECT_EQ(Prepared(json{{"apps", sites}}.dump()),
            (json{{"admin", {{"listen", kSocket}}}, {"apps", sites}}));
}

TEST(ResumeConfig, LeavesTextThatIsRightAsItCame) {
  const std::string saved = R"({ "admin" : {"listen":"unix//run/caddy/admin.sock"} })";
  EXPECT_EQ(WithAdminAt(saved, kSocket).value(), saved);
}

TEST(ResumeConfig, OpensAnAdminThatWasClosedOrElsewhere) {
  EXPECT_EQ(Prepared(R"({"admin":{"disabled":true}})"), (json{{"admin", {{"listen", kSocket}}}}));
  EXPECT_EQ(Prepared(R"({"admin":{"listen":":2019","origins":["x"],"enforce_origin":true,
                        "config":{"persist":true}}})"),
            (json{{"admin", {{"listen", kSocket}, {"config", {{"persist", true}}}}}}));
}

TEST(ResumeConfig, TakesACaddyThatHadNoneYet) {
  EXPECT_EQ(Prepared("null"), (json{{"admin", {{"listen", kSocket}}}}));
  EXPECT_EQ(Prepared(""), (json{{"admin", {{"listen", kSocket}}}}));
}

TEST(ResumeConfig, TouchesNothingThatItCannotRead) {
  for (const char* broken : {"{\"apps\":", "[]", "a word"}) {
    const auto text = WithAdminAt(broken, kSocket);
    ASSERT_FALSE(text.has_value()) << broken;
    EXPECT_EQ(text.error().code(), ErrorCode::kDataLoss);
  }
}

}  // namespace
}  // namespace mooring::caddy
