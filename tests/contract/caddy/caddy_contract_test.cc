// SPDX-License-Identifier: Apache-2.0
// What reconcilers/caddy relies on and promises, on the fake and on the real Caddy.
#include "tests/contract/caddy/caddy_contract.h"
#include "controller/resource/reasons.h"
#include "reconcilers/caddy/caddy_probe.h"
#include "reconcilers/caddy/caddy_watcher.h"

namespace mooring::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Hosts, CaddyContract, testing::Values(Kind::kFake, Kind::kReal),
                         [](const auto& test) {
                           return test.param == Kind::kFake ? "Fake" : "Real";
                         });

TEST_P(CaddyContract, CreatesASiteAndThenPlansNothing) {
  ExpectReconciled(Plain("a"));
  const auto plan = gateway_->Plan(Plain("a"));
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->HasChanges());
  EXPECT_TRUE(plan->healthy);
  ASSERT_THAT(plan->inventory, SizeIs(1));
  EXPECT_EQ(plan->inventory[0].id, "route/default/a");
  EXPECT_EQ(host_->Writes(), 1);
}

TEST_P(CaddyContract, WritesNothingWhenNothingChanged) {
  ExpectReconciled(Plain("a"));
  const int writes = host_->Writes();
  // The same edit again, as after a restart of the daemon between load and status.
  const auto operation =
      std::make_shared<caddy::SiteOperation>((*gateway_->cache.Get({}))->sites.at(Plain("a").key));
  const Change again{
      .object = "route/default/a", .action = Action::kUpdate, .operation = operation};
  ASSERT_TRUE(gateway_->applier.Apply(Plain("a").key, again, {}));
  ASSERT_TRUE(gateway_->AwaitWake(Plain("a").key));
  ASSERT_TRUE(gateway_->observer.Refresh({}));
  EXPECT_FALSE(gateway_->Plan(Plain("a"))->HasChanges());
  EXPECT_EQ(host_->Writes(), writes);
}

TEST_P(CaddyContract, KeepsTheAdminBlock) {
  ExpectReconciled(Plain("a"));
  EXPECT_EQ(host_->Config()["admin"]["listen"], host_->admin());
}

TEST_P(CaddyContract, BringsManySitesInOneLoad) {
  std::vector<Resource> sites;
  for (int i = 0; i < 40; ++i) sites.push_back(Plain("site" + std::to_string(i)));
  for (const auto& [key, done] : gateway_->Reconcile(sites)) {
    EXPECT_TRUE(done) << key.ToString() << ": " << done.error().ToString();
  }
  EXPECT_EQ(host_->Writes(), 1);
  EXPECT_THAT(*gateway_->observer.Owned({}), SizeIs(40));
}

TEST_P(CaddyContract, UpdatesAndDeletes) {
  ExpectReconciled(Plain("a", "one"));
  ExpectReconciled(Plain("b"));
  const auto plan = gateway_->Plan(Plain("a", "two"));
  ASSERT_TRUE(plan);
  ASSERT_THAT(plan->changes, SizeIs(1));
  EXPECT_THAT(plan->changes[0].diffs,
              ElementsAre(FieldDiff{"routes.0.respond.body", "one", "two"}));
  ExpectReconciled(Plain("a", "two"));
  const Status gone = gateway_->Delete(Plain("a").key);
  EXPECT_TRUE(gone) << gone.error().ToString();
  EXPECT_THAT(*gateway_->observer.Owned({}), ElementsAre(Plain("b").key));
  EXPECT_FALSE(gateway_->PlanDelete(Plain("a").key)->HasChanges());
}

TEST_P(CaddyContract, RefusesAWriteBasedOnAnOldReading) {
  const auto old = gateway_->reader.Read({});
  ASSERT_TRUE(old) << old.error().ToString();
  ExpectReconciled(Plain("a"));
  const Status late =
      gateway_->writer.Replace(old->from, old->etag, caddy::BaseConfig(gateway_->options), {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kAborted);
  EXPECT_THAT(*gateway_->observer.Owned({}), SizeIs(1));
}

TEST_P(CaddyContract, OneRejectedSiteDoesNotHoldUpTheOthers) {
  std::vector<Resource> sites = {Plain("a"), Plain("b"), Rejected("c"), Plain("d"), Plain("e")};
  auto results = gateway_->Reconcile(sites);
  for (const char* name : {"a", "b", "d", "e"}) EXPECT_TRUE(results[Plain(name).key]) << name;
  const Status guilty = results[Plain("c").key];
  ASSERT_FALSE(guilty);
  EXPECT_EQ(guilty.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(guilty.error().reason(), reason::kCaddyRejected);
  EXPECT_THAT(guilty.error().ToString(), HasSubstr("no_such"));
  EXPECT_THAT(*gateway_->observer.Owned({}), SizeIs(4));
}

TEST_P(CaddyContract, AHostBelongsToOneSite) {
  ExpectReconciled(Plain("a"));
  const auto results = gateway_->Reconcile({Plain("b"), MakeSite("c", Responds("a.test", "mine"))});
  EXPECT_TRUE(results.at(Plain("b").key));
  const Status clash = results.at(Plain("c").key);
  ASSERT_FALSE(clash);
  EXPECT_EQ(clash.error().reason(), reason::kHostConflict);
  EXPECT_THAT(clash.error().ToString(), HasSubstr("a.test is already served by Site/default/a"));
}

TEST_P(CaddyContract, TwoSitesCanSwapTheirHostsInOneCommit) {
  gateway_->Reconcile({Plain("a"), Plain("b")});
  const auto results = gateway_->Reconcile(
      {MakeSite("a", Responds("b.test", "a")), MakeSite("b", Responds("a.test", "b"))});
  for (const auto& [key, done] : results) EXPECT_TRUE(done) << done.error().ToString();
}

TEST_P(CaddyContract, ARejectedEditIsTriedAgainAfterItsErrorWasTold) {
  EXPECT_FALSE(gateway_->Reconcile(Rejected("c")));
  EXPECT_EQ(*gateway_->Step(Rejected("c")), Applied::kPending);
  ASSERT_TRUE(gateway_->AwaitWake(Rejected("c").key));
  ExpectReconciled(Plain("c"));
}

/// Somebody makes the first Site say `text`.
std::function<void(Json&)> AnswersOfTheFirst(const std::string& text) {
  return [text](Json& config) {
    auto& routes = config["/apps/http/servers/mooring_http/routes/0/handle/0/routes"_json_pointer];
    for (Json& route : routes) {
      for (Json& handler : route["handle"]) {
        if (handler.contains("body")) handler["body"] = text;
      }
    }
  };
}

TEST_P(CaddyContract, RepairsAnEditedRoute) {
  const Resource site = Plain("a");
  ExpectReconciled(site);
  Edit(AnswersOfTheFirst("edited"));
  const auto plan = gateway_->Plan(site, site.spec_digest);
  ASSERT_TRUE(plan);
  ASSERT_THAT(plan->changes, SizeIs(1));
  EXPECT_TRUE(plan->changes[0].drift);
  ASSERT_THAT(plan->drift, SizeIs(1));
  EXPECT_EQ(plan->drift[0].path, "/routes/0/respond/body");
  EXPECT_EQ(plan->drift[0].actual, "edited");
  ExpectReconciled(site);
}

TEST_P(CaddyContract, RepairsTheFrameAroundTheSites) {
  ExpectReconciled(Plain("a"));
  Edit([](Json& config) { config["apps"]["http"]["servers"]["mooring_http"]["routes"].erase(1); });
  const auto plan = gateway_->Plan(Plain("a"), Plain("a").spec_digest);
  ASSERT_THAT(plan->changes, SizeIs(1));
  EXPECT_EQ(plan->changes[0].diffs[0].path, "gateway");
  ExpectReconciled(Plain("a"));
  EXPECT_THAT(host_->Config()["apps"]["http"]["servers"]["mooring_http"]["routes"], SizeIs(2));
}

TEST_P(CaddyContract, AWipedCaddyGetsAllSitesBackInOneLoad) {
  gateway_->Reconcile({Plain("a"), Plain("b"), Plain("c")});
  const int writes = host_->Writes();
  host_->Overwrite(Json::object());
  gateway_->cache.MarkDirty();
  const auto plan = gateway_->Plan(Plain("a"), Plain("a").spec_digest);
  ASSERT_THAT(plan->changes, SizeIs(1));
  EXPECT_EQ(plan->changes[0].action, Action::kCreate);
  EXPECT_TRUE(plan->changes[0].drift);
  ExpectReconciled(Plain("a"));
  EXPECT_THAT(*gateway_->observer.Owned({}), SizeIs(3));
  EXPECT_EQ(host_->Writes(), writes + 1);
}

TEST_P(CaddyContract, ASiteThatIsToGoIsNotBroughtBackAfterAWipe) {
  gateway_->Reconcile({Plain("a"), Plain("b")});
  host_->Overwrite(Json::object());
  gateway_->cache.MarkDirty();
  const Status gone = gateway_->Delete(Plain("b").key);
  EXPECT_TRUE(gone) << gone.error().ToString();
  ExpectReconciled(Plain("a"));
  EXPECT_THAT(*gateway_->observer.Owned({}), ElementsAre(Plain("a").key));
}

TEST_P(CaddyContract, APreviewOfADeleteChangesNothingOfWhatAWipedCaddyGetsBack) {
  gateway_->Reconcile({Plain("a"), Plain("b")});
  host_->Overwrite(Json::object());
  gateway_->cache.MarkDirty();
  const auto preview = gateway_->PlanDelete(Plain("b").key);
  ASSERT_THAT(preview->changes, SizeIs(1));
  EXPECT_EQ(preview->changes[0].action, Action::kDelete);
  ExpectReconciled(Plain("a"));
  EXPECT_THAT(*gateway_->observer.Owned({}), ElementsAre(Plain("a").key, Plain("b").key));
}

Json ForeignConfig(int port) {
  return {
      {"apps",
       {{"http",
         {{"servers",
           {{"srv0",
             {{"listen", {"127.0.0.1:" + std::to_string(port)}},
              {"routes", Json::array({{{"handle", Json::array({{{"handler", "static_response"},
                                                                {"body", "theirs"}}})}}})}}}}}}}}}};
}

TEST_P(CaddyContract, RefusesACaddyThatServesSomethingElse) {
  host_->Overwrite(ForeignConfig(FreePort()));
  const Status done = gateway_->Reconcile(Plain("a"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(done.error().reason(), reason::kNameConflict);
  EXPECT_THAT(done.error().ToString(), HasSubstr("srv0 (127.0.0.1:"));
  EXPECT_THAT(done.error().ToString(), HasSubstr("caddy.foreign: adopt"));
  EXPECT_EQ(host_->Writes(), 0);
  const auto report = caddy::CaddyProbe(gateway_->reader, gateway_->options).Check({});
  EXPECT_TRUE(report.reachable);
  EXPECT_TRUE(report.refused);
  EXPECT_FALSE(report.version.empty());
  EXPECT_THAT(report.foreign, SizeIs(1));
}

TEST_P(CaddyContract, AdoptsACaddyWhenToldSo) {
  host_->Overwrite(ForeignConfig(FreePort()));
  caddy::GatewayOptions options = gateway_->options;
  options.foreign = caddy::Foreign::kAdopt;
  Open(options);
  EXPECT_THAT(gateway_->Plan(Plain("a"))->notes, Contains(HasSubstr("replaces what is not")));
  ExpectReconciled(Plain("a"));
  EXPECT_FALSE(host_->Config()["apps"]["http"]["servers"].contains("srv0"));
}

TEST_P(CaddyContract, DoesNotHandCaddyAPortThatIsTaken) {
  const TinyHttpServer other("", [](const TinyRequest&) { return TinyResponse(200, "other"); });
  caddy::GatewayOptions options = gateway_->options;
  options.http_listen = {"127.0.0.1:" + std::to_string(other.port())};
  Open(options);
  const Status done = gateway_->Reconcile(Plain("a"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason(), reason::kPortConflict);
  EXPECT_THAT(done.error().ToString(), HasSubstr(std::to_string(other.port())));
  EXPECT_EQ(gateway_->applier.loads(), 0u);
}

TEST_P(CaddyContract, APollTellsOfAnEditThatAnotherReadingSawFirst) {
  gateway_->Reconcile({Plain("a"), Plain("b")});
  EXPECT_TRUE(*gateway_->cache.Poll({}));  // the first look
  EXPECT_FALSE(*gateway_->cache.Poll({}));
  Edit(AnswersOfTheFirst("one"));
  ASSERT_TRUE(gateway_->observer.Refresh({}));
  EXPECT_TRUE(*gateway_->cache.Poll({}));
  Edit(AnswersOfTheFirst("two"));
  ASSERT_TRUE(gateway_->cache.Get({}));
  EXPECT_TRUE(*gateway_->cache.Poll({}));
  Edit(AnswersOfTheFirst("three"));
  ExpectReconciled(Plain("b", "changed"));  // a load that carries the edit of the other Site along
  EXPECT_TRUE(*gateway_->cache.Poll({}));
  ExpectReconciled(Plain("b", "again"));
  EXPECT_FALSE(*gateway_->cache.Poll({})) << "our own load is no news";
}

TEST_P(CaddyContract, TheWatcherTellsOfForeignChangesOnly) {
  std::mutex mutex;
  std::condition_variable_any changed;
  int changes = 0;
  const auto wait_for = [&](int wanted) {
    std::unique_lock lock(mutex);
    return gateway_->clock.WaitUntil(lock, changed, gateway_->clock.Steady() + 20s, {},
                                     [&] { return changes >= wanted; });
  };
  caddy::CaddyWatcher watcher(gateway_->cache, gateway_->clock,
                              {.on_change =
                                   [&] {
                                     std::scoped_lock lock(mutex);
                                     ++changes;
                                     changed.notify_all();
                                   }},
                              {.shortest = 5ms, .longest = 10ms});
  std::jthread thread([&](std::stop_token stop) { watcher.Run(stop); });
  ASSERT_TRUE(wait_for(1));  // the first look
  ExpectReconciled(Plain("a"));
  Json config = host_->Config();
  config["apps"]["http"]["servers"]["mooring_http"]["routes"].erase(0);
  host_->Overwrite(config);
  ASSERT_TRUE(wait_for(2));
  ExpectReconciled(Plain("a"));
  thread.request_stop();
  thread.join();
  EXPECT_EQ(changes, 2);
}

}  // namespace
}  // namespace mooring::test
