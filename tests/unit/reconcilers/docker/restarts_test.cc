// SPDX-License-Identifier: Apache-2.0
// spec.restartedAt: each new value replaces every container once.
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;

class RestartedAt : public AppFixture {
 protected:
  static Resource At(const std::string& value, int replicas = 1) {
    const Json more = value.empty() ? Json::object() : Json{{"restartedAt", value}};
    return App({{"web", Service("web:1", {{"deploy", {{"replicas", replicas}}}})},
                {"worker", Service("web:1")}},
               {"web"}, more);
  }
  /// Converges, and says which containers are others than before.
  std::string Replaced(const Resource& app) {
    std::map<std::string, std::string> before;
    for (const auto& c : host.containers()) before[c.name] = c.id;
    Converge(app);
    loop->applied[app.key] = app.spec_digest;
    std::string names;
    for (const auto& c : host.containers()) {
      const auto known = before.find(c.name);
      if (known != before.end() && known->second != c.id) names += c.name + " ";
    }
    return names;
  }
  static constexpr char kAll[] = "default_shop_web_1 default_shop_worker_1 ";
};

TEST_F(RestartedAt, ANewValueReplacesEachContainerOnce) {
  EXPECT_EQ(Replaced(At("")), "");
  const ResourcePlan plan = Plan(At("A"));
  EXPECT_THAT(Lines(plan),
              HasSubstr("replace container/default_shop_web_1: restartedAt has another value\n"
                        "  restartedAt: (not since) -> A\n"));
  EXPECT_EQ(Replaced(At("A")), kAll);
  EXPECT_EQ(Replaced(At("A")), "");
  EXPECT_EQ(Replaced(At("B")), kAll);
}

TEST_F(RestartedAt, AnOldValueDoesNothingAndNeitherDoesNone) {
  Replaced(At("A"));
  EXPECT_EQ(Replaced(At("B")), kAll);
  EXPECT_EQ(Replaced(At("A")), "");
  EXPECT_EQ(Replaced(At("")), "");
  EXPECT_EQ(Replaced(At("B")), "");
}

TEST_F(RestartedAt, WhatIsNewHasItAlready) {
  EXPECT_EQ(Replaced(At("A")), "") << "created with it";
  EXPECT_EQ(Replaced(At("A", 2)), "");
  EXPECT_EQ(Containers(),
            "default_shop_web_1 running web:1\ndefault_shop_web_2 running web:1\n"
            "default_shop_worker_1 running web:1\n");
}

TEST_F(RestartedAt, ALostStoreRestartsNothing) {
  Replaced(At("A"));
  EXPECT_EQ(Replaced(At("B")), kAll);
  loop->details.clear();
  loop->applied.clear();
  EXPECT_EQ(Replaced(At("A")), "");
  EXPECT_EQ(Replaced(At("B")), "");
  EXPECT_EQ(Replaced(At("C")), kAll);
}

}  // namespace
}  // namespace mooring::testing
