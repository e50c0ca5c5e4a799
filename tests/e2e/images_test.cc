// SPDX-License-Identifier: Apache-2.0
// Images from a registry: pulled, followed when their tag moves there, and removed when they are
// old.
#include <gmock/gmock.h>

#include "tests/e2e/world.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

class Images : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    EnsureImages(world_->engine);
    const std::string port = fmt::format("127.0.0.1:{}", FreePort());
    world_->WriteFile("registry.yml",
                      fmt::format("version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n"
                                  "http: {{addr: \"{}\"}}\nlog: {{level: error}}\n",
                                  world_->File("registry"), port));
    registry_.Start({"docker-registry", "serve", world_->File("registry.yml")},
                    world_->File("registry.log"));
    name_ = fmt::format("{}/{}/web", port, world_->ns);
    // The same registry under another name: pushing leaves nothing under the one of the specs.
    pushed_ = fmt::format("localhost{}/{}/web", port.substr(port.find(':')), world_->ns);
    ASSERT_TRUE(Eventually(kSoon, [&] { return Publish("1.0.0", "1.0.0"); }));
  }
  void TearDown() override {
    const std::string filter =
        "/images/json?filters=" +
        net::EscapeQuery(Json{{"reference", {"*/" + world_->ns + "/*"}}}.dump());
    EngineApi engine(world_->engine.socket());
    EndToEnd::TearDown();
    for (const Json& image : engine.Get(filter))
      engine.Do("DELETE", "/images/" + image["Id"].get<std::string>() + "?force=1");
    for (const std::string& tag : published_) engine.Do("DELETE", "/images/" + pushed_ + ":" + tag);
  }

  bool Publish(const std::string& image, const std::string& tag) {
    world_->engine.Tag("mooring-test/web:" + image, pushed_, tag);
    world_->engine.Push(pushed_, tag);
    published_.insert(tag);
    const Json answer = world_->engine.Get("/distribution/" + pushed_ + ":" + tag + "/json");
    digest_ = answer.is_object() ? answer["Descriptor"]["digest"].get<std::string>() : "";
    return !digest_.empty();
  }
  Json App(const std::string& tag, Json more = Json::object()) {
    Json app = world_->App("shop");
    app["spec"]["services"]["web"]["image"] = name_ + ":" + tag;
    app["spec"].update(more);
    return app;
  }
  bool Converged() {
    return Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); });
  }
  std::string DigestInStatus() {
    const Json app = world_->Get("App", "shop");
    return app["status"]["services"]["web"].value("digest", "");
  }
  bool Has(const std::string& tag) { return world_->engine.HasImage(name_ + ":" + tag); }

  Process registry_;
  std::string name_;
  std::string pushed_;
  std::string digest_;  ///< of what was published last
  std::set<std::string> published_;
};

TEST_F(Images, AreFollowedWhenTheirTagMoves) {
  world_->CommitAppWithSite("shop", App("1.0.0", {{"imageDrift", "digest"}, {"interval", "2s"}}));
  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_EQ(DigestInStatus(), digest_);
  ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version 1.0.0"); }));

  ASSERT_TRUE(Publish("2.0.0", "1.0.0"));
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->Serves("shop", "version 2.0.0"); }))
      << world_->Story();
  EXPECT_TRUE(Eventually(kRollout, [&] { return DigestInStatus() == digest_; }));
  // A registry that is gone changes nothing.
  registry_.Kill();
  ASSERT_TRUE(Converged()) << world_->Story();
  const CommandResult plan =
      world_->Mooring({"plan", "--source", world_->repo.path(), "--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
}

TEST_F(Images, OlderVersionsGoAndNoneThatMooringDidNotPull) {
  const Json keep_one = {{"rollout", {{"keep", 1}}}};
  ASSERT_TRUE(Publish("2.0.0", "2.0.0"));
  world_->CommitAppWithSite("shop", App("1.0.0", keep_one));
  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  world_->CommitAppWithSite("shop", App("2.0.0", keep_one));
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_TRUE(Has("1.0.0"));
  world_->CommitAppWithSite("shop", App("2.0.0", {{"rollout", {{"keep", 0}}}}));
  EXPECT_TRUE(Eventually(kRollout, [&] { return !Has("1.0.0"); })) << world_->Story();
  EXPECT_TRUE(Has("2.0.0"));
  EXPECT_TRUE(world_->engine.HasImage("mooring-test/web:1.0.0"));
  ASSERT_TRUE(Converged()) << world_->Story();
  const CommandResult plan =
      world_->Mooring({"plan", "--source", world_->repo.path(), "--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
}

}  // namespace
}  // namespace mooring::test
