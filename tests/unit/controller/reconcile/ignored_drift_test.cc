// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/ignored_drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring {
namespace {

using ::testing::ElementsAre;

Json Spec(const std::vector<std::string>& ignore) {
  return {{"drift", {{"ignore", ignore}}},
          {"routes", {{{"path", "/"}, {"respond", {{"body", "hello"}}}}, {{"path", "/api"}}}},
          {"services",
           {{"web",
             {{"image", "web:1"},
              {"environment", {{"a", "1"}, {"a.b", "2"}, {"c/d", "3"}, {"e~f", "4"}}},
              {"deploy", {{"resources", {{"limits", {{"memory", "64M"}}}}}}},
              {"labels", {{"com.example", "x"}, {"com.example.team", "y"}}}}}}}};
}

bool Covers(const std::string& pointer, const std::string& path) {
  return IgnoredDrift(Spec({pointer})).Covers(path);
}

TEST(IgnoredDrift, APlaceCoversItselfAndWhatIsBelow) {
  EXPECT_TRUE(Covers("/services/web/image", "services.web.image"));
  EXPECT_TRUE(Covers("/services/web", "services.web.image"));
  EXPECT_TRUE(Covers("/services/web/deploy", "services.web.deploy.resources.limits.memory"));
  EXPECT_TRUE(Covers("/routes/0", "routes.0.respond.body"));
  EXPECT_TRUE(Covers("", "services.web.image"));
  EXPECT_FALSE(Covers("/services/web/image", "services.web"));
  EXPECT_FALSE(Covers("/services/we", "services.web.image"));
  EXPECT_FALSE(Covers("/routes/1", "routes.0.respond.body"));
  EXPECT_FALSE(IgnoredDrift().Covers("services.web.image"));
  EXPECT_FALSE(IgnoredDrift(Json::object()).Covers("services.web.image"));
}

TEST(IgnoredDrift, NamesMayHaveDotsSlashesAndTildes) {
  EXPECT_TRUE(Covers("/services/web/environment/a.b", "services.web.environment.a.b"));
  EXPECT_FALSE(Covers("/services/web/environment/a", "services.web.environment.a.b"));
  EXPECT_FALSE(Covers("/services/web/environment/a.b", "services.web.environment.a"));
  EXPECT_FALSE(Covers("/services/web/labels/com.example", "services.web.labels.com.example.team"));
  EXPECT_TRUE(Covers("/services/web/environment/c~1d", "services.web.environment.c/d"));
  EXPECT_TRUE(Covers("/services/web/environment/e~0f", "services.web.environment.e~f"));
  EXPECT_FALSE(Covers("/services/web/environment/c/d", "services.web.environment.c/d"));
}

TEST(IgnoredDrift, WhatOnlyTheHostHasIsCoveredAsWell) {
  EXPECT_TRUE(Covers("/services/web/labels/com.new.one", "services.web.labels.com.new.one"));
  EXPECT_TRUE(Covers("/services/web/read_only", "services.web.read_only"));
  EXPECT_TRUE(Covers("/services/web/logging", "services.web.logging.driver"));
  EXPECT_FALSE(Covers("/services/web/environment/a", "services.web.environment.a.new"));
}

TEST(IgnoredDrift, APathIsAPointerByTheNamesOfTheSpec) {
  const Json spec = Spec({});
  EXPECT_EQ(PointerOf(spec, "services.web.labels.com.example.team"),
            "/services/web/labels/com.example.team");
  EXPECT_EQ(PointerOf(spec, "services.web.environment.c/d"), "/services/web/environment/c~1d");
  EXPECT_EQ(PointerOf(spec, "services.web.environment.e~f"), "/services/web/environment/e~0f");
  EXPECT_EQ(PointerOf(spec, "routes.0.respond.body"), "/routes/0/respond/body");
  EXPECT_EQ(PointerOf(spec, "routes.7.respond"), "/routes/7/respond");
  EXPECT_EQ(PointerOf(spec, "services.web.containers.1"), "/services/web/containers/1");
}

TEST(IgnoredDrift, TakenAndToldOnceForEachPlace) {
  const IgnoredDrift ignored(Spec({"/services/web/image", "/services/web/environment"}));
  std::vector<FieldDiff> diffs = {{"services.web.image", "web:2", "web:1"},
                                  {"services.web.user", "1", "2"},
                                  {"services.web.image", "web:3", "web:1"},
                                  {.path = "services.web.environment.a", .secret = true}};
  const std::vector<FieldDiff> taken = ignored.TakeFrom(diffs);
  EXPECT_THAT(diffs, ElementsAre(FieldDiff{"services.web.user", "1", "2"}));
  ResourcePlan plan;
  ignored.Tell(taken, plan);
  EXPECT_THAT(plan.notes,
              ElementsAre("DriftIgnored: /services/web/image is web:2, not web:1",
                          "DriftIgnored: /services/web/environment/a is (secret), not (secret)"));
  EXPECT_EQ(plan.details["driftIgnored"][0],
            Json({{"path", "/services/web/image"}, {"desired", "web:1"}, {"actual", "web:2"}}));
  ResourcePlan nothing;
  ignored.Tell({}, nothing);
  EXPECT_TRUE(nothing.details.empty());
}

}  // namespace
}  // namespace mooring
