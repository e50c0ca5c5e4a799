// SPDX-License-Identifier: Apache-2.0
// What can be wrong around a new version, one test for each way: its image, its port, its volume,
// its job, the gateway, the disk. It ends in the state that docs/guides/rollouts.md names, and
// version 1.0.0 is what answers. tests/e2e/README.md lists all the ways.
#include <fmt/format.h>

#include <optional>

#include "tests/e2e/shop_versions.h"
#include "tests/e2e/small_disk.h"
#include "tests/e2e/visitor.h"
#include "tests/support/caddy/tiny_http_server.h"
#include "tests/support/docker/tiny_registry.h"

namespace mooring::test {
namespace {

using ::testing::HasSubstr;

class BadHost : public ShopVersions {
 protected:
  void TearDown() override {
    ShopVersions::TearDown();
    disk_.reset();
  }
  Json From(const std::string& image) const {
    Json app = Shop();
    app["spec"]["services"]["web"]["image"] = image;
    return app;
  }
  /// `reason` is told often enough for `healthTimeout` to have passed, and no way back is taken.
  void ExpectTriedAgain(const std::string& reason) {
    constexpr int kTries = 5;  // the waits between them: 1, 2, 2, 2 s
    EXPECT_TRUE(Eventually(kRollout, [&] {
      return world_->Events("App", "shop", reason) >= kTries;
    })) << world_->Story();
    EXPECT_EQ(world_->Events("App", "shop", "RolledBack"), 0);
    EXPECT_TRUE(world_->Has("App", "shop", "Ready", reason)) << world_->Story();
    EXPECT_TRUE(world_->Serves("shop", "version 1.0.0"));
  }

  std::optional<SmallDisk> disk_;  ///< goes after the daemon that writes to it
};

TEST_F(BadHost, HasARegistryWithoutTheImage) {
  const testing::TinyRegistry registry;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  ASSERT_NO_FATAL_FAILURE(PushAndAwaitRolledBack(From(registry.Name("shop") + ":9.9.9")));
  EXPECT_THAT(Why(), HasSubstr("pull " + registry.Name("shop") + ":9.9.9"));
  EXPECT_THAT(Why(), HasSubstr("manifest unknown"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadHost, HasARegistryThatRefuses) {
  testing::TinyRegistry registry;
  registry.RequireLogin("somebody", "else");
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  ASSERT_NO_FATAL_FAILURE(PushAndAwaitRolledBack(From(registry.Name("shop") + ":2.0.0")));
  EXPECT_THAT(Why(), HasSubstr("no basic auth credentials"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadHost, HasARegistryThatDoesNotAnswer) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world_->Url("shop"));
  const std::string before = world_->engine.IdOf(world_->Container("shop"));
  Push(From(fmt::format("127.0.0.1:{}/shop:2.0.0", FreePort())));
  ExpectTriedAgain("ImagePullFailed");
  EXPECT_THAT(Why(), HasSubstr("connection refused"));
  Push(Shop());
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_EQ(world_->engine.IdOf(world_->Container("shop")), before);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadHost, HasThePortTaken) {
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const TinyHttpServer other("", [](const TinyRequest&) { return std::string(); });
  Json app = Shop("2.0.0");
  app["spec"]["services"]["web"]["ports"] = {fmt::format("127.0.0.1:{}:8080", other.port())};
  Push(app);
  ASSERT_NO_FATAL_FAILURE(AwaitRolledBack({world_->Container("shop")}));
  EXPECT_THAT(Why(), HasSubstr(std::to_string(other.port())));
}

TEST_F(BadHost, LacksTheVolume) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world.Url("shop"));
  const std::string before = world.engine.IdOf(world.Container("shop"));
  const std::string volume = world.ns + "-elsewhere";
  Json app = Shop("2.0.0");
  app["spec"]["volumes"]["data"] = {{"external", true}, {"name", volume}};
  app["spec"]["services"]["web"]["volumes"] = {"data:/data:ro"};
  Push(app);
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "shop", "Stalled", "ApplyFailed"); }))
      << world.Story();
  EXPECT_THAT(Why(), HasSubstr("make it with: docker volume create " + volume));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_EQ(world.Events("App", "shop", "RolledBack"), 0) << "nothing was tried yet";
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));

  world.engine.Post("/volumes/create", {{"Name", volume}, {"Labels", {{"mooring-e2e", world.ns}}}});
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_TRUE(world.Serves("shop", "version 2.0.0"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadHost, HasAJobThatFails) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(ShopWithJob("1.0.0", "exit 0")));
  const std::string before = world.engine.IdOf(world.Container("shop"));
  Push(ShopWithJob("2.0.0", "echo no such column; exit 4"));
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.Has("App", "shop", "Ready", "RolledBack"); }))
      << world.Story();
  EXPECT_THAT(Why(), HasSubstr("job migrate failed, so nothing is rolled out: exit code 4; it said "
                               "last: no such column"));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));
  EXPECT_EQ(world.Events("App", "shop", "JobFailed"), 0) << "the rollback tells of it";
}

TEST_F(BadHost, HasAJobThatHangs) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(ShopWithJob("1.0.0", "exit 0")));
  const Visitor visitor(world.Url("shop"));
  const std::string before = world.engine.IdOf(world.Container("shop"));
  Json app = ShopWithJob("2.0.0", "echo waiting for a lock; sleep 1000");
  app["spec"]["jobs"][0]["timeout"] = "2s";
  Push(app);
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.Has("App", "shop", "Ready", "RolledBack"); }))
      << world.Story();
  EXPECT_THAT(Why(), HasSubstr("job migrate failed, so nothing is rolled out"));
  EXPECT_THAT(Why(), HasSubstr("timeout of 2.0s"));
  EXPECT_THAT(Why(), HasSubstr("waiting for a lock"));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadHost, HasNoGateway) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  world.caddy.Kill();
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Host", world.ns, "GatewayReady", "GatewayUnreachable");
  })) << world.Story();
  Push(Shop("2.0.0"));
  ASSERT_TRUE(Converged()) << world.Story();
  const std::string address = world.engine.AddressOf(world.Container("shop"));
  EXPECT_EQ(world.hosts.Addresses("web.shop"), std::vector{address});
  world.caddy.Start();
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Serves("shop", "version 2.0.0"); }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.IsReady("Host", world.ns); })) << world.Story();
}

TEST_F(BadHost, HasNoRoomForItsFiles) {
  World& world = *world_;
  disk_.emplace(world.File("files"), "1M");
  world.Configure("/docker/filesDirectory", world.File("files"));
  const auto shop = [&](const std::string& version) {
    Json app = Shop(version);
    app["spec"]["configs"]["page"] = {{"content", "page of " + version}};
    app["spec"]["services"]["web"]["configs"] = {{{"source", "page"}, {"target", "/page"}}};
    return app;
  };
  ASSERT_NO_FATAL_FAILURE(Start(shop("1.0.0")));
  const Visitor visitor(world.Url("shop"));
  disk_->Fill();
  Push(shop("2.0.0"));
  ExpectTriedAgain("ApplyFailed");
  EXPECT_THAT(Why(), HasSubstr("No space left on device"));
  disk_->Free();
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_TRUE(world.Serves("shop", "version 2.0.0"));
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

TEST_F(BadHost, HasNoRoomForItsStore) {
  World& world = *world_;
  disk_.emplace(world.File("small"), "40M");
  world.Configure("/store/path", world.File("small/store"));
  ASSERT_NO_FATAL_FAILURE(Start(Shop()));
  const Visitor visitor(world.Url("shop"));
  const std::string before = world.engine.IdOf(world.Container("shop"));
  disk_->Fill();
  Push(Shop("2.0.0"));
  // The status cannot be written; the log is where it is told.
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Log().find("make room on it, writing goes on by itself") != std::string::npos;
  })) << world.Story();
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), before);
  EXPECT_TRUE(world.Serves("shop", "version 1.0.0"));
  disk_->Free();
  ASSERT_TRUE(Converged()) << world.Story();
  EXPECT_TRUE(world.Serves("shop", "version 2.0.0"));
  EXPECT_EQ(world.Events("App", "shop", "RolledBack"), 0);
  EXPECT_EQ(visitor.failures(), 0) << visitor.first_failure();
}

}  // namespace
}  // namespace mooring::test
