// SPDX-License-Identifier: Apache-2.0
// What only the fake can be made to do, and what only the real Caddy does.
#include "controller/base/base64.h"
#include "controller/resource/reasons.h"
#include "reconcilers/caddy/caddy_watcher.h"
#include "reconcilers/caddy/site_renderer.h"
#include "tests/contract/caddy/caddy_contract.h"

namespace mooring::test {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class FakeCaddyTest : public CaddyContract {
 protected:
  FakeCaddy& fake() { return static_cast<FakeCaddy&>(*host_); }
};
INSTANTIATE_TEST_SUITE_P(Hosts, FakeCaddyTest, testing::Values(Kind::kFake));

TEST_P(FakeCaddyTest, KeepsWhatSomebodyElseWroteBetweenReadAndWrite) {
  ExpectReconciled(Plain("a"));
  ExpectReconciled(Plain("b"));
  ASSERT_EQ(*gateway_->Step(Plain("c")), Applied::kPending);
  fake().AfterNextRead(
      [](Json& config) { config["apps"]["http"]["servers"]["mooring_http"]["routes"].erase(0); });
  ASSERT_TRUE(gateway_->AwaitWake(Plain("c").key));
  EXPECT_THAT(*gateway_->observer.Owned({}), ElementsAre(Plain("b").key, Plain("c").key));
}

TEST_P(FakeCaddyTest, ValuesThatItQuotesAreNotPassedOn) {
  const std::string hash = "$2y$04$cAnArY............................................./1";
  gateway_->secrets.Add({"default", "shop", "hash"}, SecretString(hash));
  Resource site = Plain("a");
  site.spec["routes"][0]["basicAuth"] = Json::array(
      {{{"username", "ops"}, {"password", {{"secretRef", {{"name", "shop"}, {"key", "hash"}}}}}}});
  for (const std::string& value : {hash, EncodeBase64(hash), "\"" + hash + "\""}) {
    fake().FailNextWrite(500, "loading module 'authentication': not with " + value);
    const Status done = gateway_->Reconcile(site);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().ToString(), HasSubstr("'authentication': not with"));
    EXPECT_THAT(done.error().ToString(), HasSubstr("(secret)"));
    EXPECT_THAT(done.error().ToString(), Not(HasSubstr(value)));
    EXPECT_THAT(done.error().ToString(), Not(HasSubstr(hash)));
  }
}

TEST_P(FakeCaddyTest, FollowsOnlyAKnownCaddyToTheDefaultAddress) {
  std::mutex mutex;
  std::string config = "null\n";
  const TinyHttpServer other("", [&](const TinyRequest&) {
    std::scoped_lock lock(mutex);
    return TinyResponse(200, config);
  });
  const auto there = [&](const Json& live) {
    std::scoped_lock lock(mutex);
    config = live.dump() + "\n";
  };
  caddy::AdminOptions admin = Gateway::Admin(host_->admin());
  admin.fallback = "127.0.0.1:" + std::to_string(other.port());
  const caddy::GatewayOptions options = gateway_->options;
  const auto expect_refused = [&](const char* why) {
    const Status looked = gateway_->observer.Refresh({});
    ASSERT_FALSE(looked) << why;
    EXPECT_EQ(looked.error().reason(), reason::kCaddyUnreachable);
    EXPECT_THAT(looked.error().ToString(), HasSubstr(admin.fallback + ", but it may be another"));
  };
  fake().Stop();
  gateway_ = std::make_unique<Gateway>(options, admin, Gateway::Eager());
  expect_refused("a fresh process knows no Caddy");
  fake().Start();
  gateway_ = std::make_unique<Gateway>(options, admin, Gateway::Eager());
  ExpectReconciled(Plain("a"));
  const Json ours = host_->Config();
  const caddy::Sites sites = (*gateway_->cache.Get({}))->sites;
  fake().Stop();
  const auto with = [&](const Resource& site) {
    caddy::Sites more = sites;
    more[site.key] = *caddy::RenderSite(site, options, {});
    return caddy::Assemble(ours, options, more);
  };
  there(with(Plain("b")));
  expect_refused("a Site that was never here");
  there(with(Plain("a", "theirs")));
  expect_refused("a Site of the same name");
  there({{"apps", {{"http", {{"servers", {{"srv0", {{"listen", {":80"}}}}}}}}}}});
  expect_refused("foreign servers");
  EXPECT_EQ(gateway_->cache.Known(), sites);
  for (const Json& live : {ours, Json()}) {
    there(live);
    const Status looked = gateway_->observer.Refresh({});
    EXPECT_TRUE(looked) << looked.error().ToString();
  }
}

TEST_P(FakeCaddyTest, AnUnreachableCaddyIsUnknownNotAbsent) {
  ExpectReconciled(Plain("a"));
  fake().Stop();
  gateway_->cache.MarkDirty();
  const auto plan = gateway_->Plan(Plain("a"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().reason(), reason::kCaddyUnreachable);
  EXPECT_THAT(plan.error().ToString(), HasSubstr("caddy.admin in mooring.yaml"));
}

TEST_P(FakeCaddyTest, AListenErrorIsNobodysFault) {
  fake().FailNextWrite(400,
                       "loading new config: http app module: start: listening on :443: in use");
  auto results = gateway_->Reconcile({Plain("a"), Plain("b")});
  for (const auto& [key, done] : results) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().reason(), reason::kPortConflict);
  }
  EXPECT_EQ(fake().Rejections(), 1);
}

TEST_P(FakeCaddyTest, LoadsAreSpacedOut) {
  ExpectReconciled(Plain("a"));
  gateway_ = std::make_unique<Gateway>(
      gateway_->options, Gateway::Admin(host_->admin()),
      caddy::ApplierOptions{.quiet = 1ms, .max_wait = 5ms, .min_reload_interval = 300ms});
  ExpectReconciled(Plain("b"));
  const auto begin = gateway_->clock.Steady();
  ExpectReconciled(Plain("c"));
  EXPECT_GE(gateway_->clock.Steady() - begin, 200ms);
}

TEST_P(FakeCaddyTest, AStoppedApplierDropsWhatIsPending) {
  gateway_ = std::make_unique<Gateway>(gateway_->options, Gateway::Admin(host_->admin()),
                                       caddy::ApplierOptions{.quiet = 1h, .max_wait = 1h});
  ASSERT_EQ(*gateway_->Step(Plain("a")), Applied::kPending);
  gateway_->applier.Stop();
  gateway_->applier.Stop();
  EXPECT_EQ(gateway_->applier.loads(), 0u);
  EXPECT_EQ(gateway_->Step(Plain("a")).error().code(), ErrorCode::kCancelled);
}

TEST_P(FakeCaddyTest, TheWatcherTellsWhenCaddyGoesAndComesBack) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<bool> seen;
  caddy::CaddyWatcher watcher(gateway_->cache, gateway_->clock,
                              {.on_reachable =
                                   [&](bool reachable, const std::string&) {
                                     std::scoped_lock lock(mutex);
                                     seen.push_back(reachable);
                                     changed.notify_all();
                                   }},
                              {.shortest = 5ms, .longest = 10ms});
  const auto wait_for = [&](size_t count) {
    std::unique_lock lock(mutex);
    gateway_->clock.WaitUntil(lock, changed, gateway_->clock.Steady() + 20s, {},
                              [&] { return seen.size() >= count; });
  };
  std::jthread thread([&](std::stop_token stop) { watcher.Run(stop); });
  wait_for(1);
  fake().Stop();
  wait_for(2);
  fake().Start();
  wait_for(3);
  thread.request_stop();
  thread.join();
  EXPECT_THAT(seen, ElementsAre(true, false, true));
}

class RealCaddyTest : public CaddyContract {
 protected:
  RealCaddy& real() { return static_cast<RealCaddy&>(*host_); }
};
INSTANTIATE_TEST_SUITE_P(Hosts, RealCaddyTest, testing::Values(Kind::kReal));

TEST_P(RealCaddyTest, SurvivesAKillWithoutMooring) {
  ExpectReconciled(Plain("a"));
  const Json before = host_->Config();
  real().Kill();
  real().Start();
  EXPECT_EQ(host_->Config(), before);
  ASSERT_TRUE(gateway_->observer.Refresh({}));
  EXPECT_FALSE(gateway_->Plan(Plain("a"))->HasChanges());
}

TEST_P(RealCaddyTest, FindsACaddyThatLostItsSocketAndBringsItBack) {
  if (net::HttpClient probe({.base_url = "http://127.0.0.1:2019"});
      probe.Do({.path = "/config/"}, {})) {
    GTEST_SKIP() << "another Caddy listens on localhost:2019";
  }
  gateway_->Reconcile({Plain("a"), Plain("b")});
  real().Load("");  // an empty body wipes Caddy and moves its admin API to localhost:2019
  gateway_->cache.MarkDirty();
  ExpectReconciled(Plain("a"));
  EXPECT_EQ(host_->Config()["admin"]["listen"], host_->admin());
  EXPECT_THAT(*gateway_->observer.Owned({}), SizeIs(2));
}

}  // namespace
}  // namespace mooring::test
