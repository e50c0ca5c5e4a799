// SPDX-License-Identifier: Apache-2.0
// A channel that is told of what goes wrong, and nothing of which holds up anything else.
#include "controller/base/guarded.h"
#include "controller/base/hmac.h"
#include "tests/e2e/world.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

class Notifiers : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    World& world = *world_;
    world.WriteFile("provider/hmac", "a key of the channel\n");
    world.Configure("/secrets/providers",
                    {{{"name", "files"}, {"directory", world.File("provider")}}});
    world.Write("secrets/chat.yaml",
                {{"apiVersion", kApiVersion},
                 {"kind", "Secret"},
                 {"metadata", {{"name", "chat"}, {"namespace", world.ns}}},
                 {"spec", {{"provider", "files"}, {"keys", {{"key", "hmac"}}}}}});
    world.Write("notify/hook.yaml",
                {{"apiVersion", kApiVersion},
                 {"kind", "Notifier"},
                 {"metadata", {{"name", "hook"}, {"namespace", world.ns}}},
                 {"spec",
                  {{"webhook",
                    {{"url", fmt::format("http://127.0.0.1:{}/in", server_.port())},
                     {"hmacKey", {{"secretRef", {{"name", "chat"}, {"key", "key"}}}}}}}}}});
  }
  /// What came, of that reason.
  std::vector<TinyRequest> Got(const std::string& reason) {
    return requests_.With([&](const std::vector<TinyRequest>& all) {
      std::vector<TinyRequest> got;
      for (const TinyRequest& request : all) {
        if (Json::parse(request.body)["reason"] == reason) got.push_back(request);
      }
      return got;
    });
  }

  Guarded<int> status_{200};
  Guarded<std::vector<TinyRequest>> requests_;
  TinyHttpServer server_{"", [this](const TinyRequest& request) {
                           requests_.With([&](auto& all) { all.push_back(request); });
                           return TinyResponse(status_.With([](int status) { return status; }), "");
                         }};
};

TEST_F(Notifiers, AreToldOfFailuresWithASignature) {
  World& world = *world_;
  Json app = world.App("shop");
  app["spec"]["services"]["web"]["image"] = "localhost:1/nothing:1";
  world.Write("apps/shop.yaml", app);
  world.Commit("Add an App without an image");
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] { return !Got("ImagePullFailed").empty(); })) << world.Story();
  const TinyRequest request = Got("ImagePullFailed").front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/in");
  EXPECT_EQ(request.headers.at("x-mooring-signature"),
            "sha256=" + HmacSha256Hex(request.body, SecretString("a key of the channel")));
  const Json body = Json::parse(request.body);
  EXPECT_EQ(body["host"], world.ns);
  EXPECT_EQ(body["resource"], "App/" + world.ns + "/shop");
  EXPECT_TRUE(Eventually(
      kSoon, [&] { return world.Metric("mooring_reconcile_total", {"kind=\"App\""}) >= 3; }));
  EXPECT_EQ(Got("ImagePullFailed").size(), 1U) << "the same again is not news";
}

TEST_F(Notifiers, ThatDoNotAnswerSaySoAndHoldUpNothing) {
  World& world = *world_;
  status_.With([](int& status) { status = 500; });
  Json broken = world.App("broken");
  broken["spec"]["services"]["web"]["image"] = "localhost:1/nothing:1";
  world.Write("apps/broken.yaml", broken);
  world.Write("apps/shop.yaml", world.App("shop"));
  world.Commit("Add two Apps");
  world.StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Notifier", "hook", "Ready", "DeliveryFailed");
  })) << world.Story();
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.IsReady("App", "shop"); }));
  status_.With([](int& status) { status = 200; });
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.IsReady("Notifier", "hook"); }))
      << world.Story();
}

}  // namespace
}  // namespace mooring::test
