// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::manifest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Explain, TellsAllOfAField) {
  const auto text = Explain("App.spec.services.stop_grace_period");
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(*text,
            "App.spec.services.<service>.stop_grace_period\n"
            "\n"
            "  The time between the stop signal and SIGKILL. Used at the next stop.\n"
            "\n"
            "  type      string\n"
            "  default   10s\n"
            "  unit      duration\n"
            "  a change  in place\n"
            "  example   20s\n");
}

TEST(Explain, TakesKeysAndPlacesOrLeavesThemOut) {
  const std::string image = *Explain("App.spec.services.image");
  EXPECT_THAT(image, HasSubstr("required  yes"));
  EXPECT_EQ(*Explain("app.spec.services.web.image"), image);
  EXPECT_EQ(*Explain("App.spec.services.<service>.image"), image);
  const std::string path = *Explain("Site.spec.routes.path");
  EXPECT_EQ(*Explain("Site.spec.routes[0].path"), path);
  EXPECT_EQ(*Explain("Site.spec.routes[].path"), path);
  EXPECT_THAT(path, StartsWith("Site.spec.routes[].path\n"));
}

TEST(Explain, ListsFields) {
  EXPECT_THAT(*Explain("App"), HasSubstr("  metadata    object, required\n"));
  EXPECT_THAT(*Explain("App.spec"), HasSubstr("  services        map of service to object\n"));
  EXPECT_THAT(*Explain("App.spec.services"), HasSubstr("  image "));
  EXPECT_THAT(*Explain("Site.spec.routes"),
              HasSubstr("Exactly one of backend, redirect, respond must be there.\n"));
  EXPECT_THAT(*Explain("App.spec.rollout.strategy"), HasSubstr("values    StartFirst, Recreate\n"));
}

TEST(Explain, NamesTheNearestOfAnUnknownPath) {
  const auto error = [](std::string_view path) {
    const auto text = Explain(path);
    return text ? *text : text.error().ToString();
  };
  EXPECT_EQ(error("Ap"), "there is no kind \"Ap\"; did you mean \"App\"?");
  EXPECT_EQ(error(""),
            "there is no kind \"\"; this release has App, Site, Host, Namespace, Notifier, Secret, "
            "config, policy");
  EXPECT_EQ(error("App.spec.services.web.imagee"),
            "App.spec.services.<service> has no field \"imagee\"; did you mean \"image\"?");
  EXPECT_EQ(error("App.spec.rollout.zzz"),
            "App.spec.rollout has no field \"zzz\"; it has: strategy, keep, healthTimeout, "
            "drainTimeout, autoRollback");
  EXPECT_EQ(error("App.spec.suspend.x"), "App.spec.suspend has no field \"x\"; it has no fields");
}

}  // namespace
}  // namespace mooring::manifest
