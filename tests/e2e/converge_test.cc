// SPDX-License-Identifier: Apache-2.0
// From a commit to a host that is as it says, and then nothing more.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

class Converge : public EndToEnd {};

TEST_F(Converge, ACommitBecomesAnAppThatAnswersThroughCaddy) {
  World& world = *world_;
  world.CommitAppWithSite("shop");
  world.StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Serves("shop", "hello from version 1.0.0"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.HasConverged("App", "shop") && world.HasConverged("Site", "shop");
  }));
  EXPECT_EQ(world.Containers(), std::vector{world.Container("shop")});
  EXPECT_EQ(world.hosts.Addresses("web.shop"),
            std::vector{world.engine.AddressOf(world.Container("shop"))});
  EXPECT_EQ(world.Visit("nobody").status, 404);
  EXPECT_GE(world.Events("App", "shop", "Created"), 1);
}

}  // namespace
}  // namespace mooring::test
