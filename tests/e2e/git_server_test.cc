// SPDX-License-Identifier: Apache-2.0
// Sources on real Git servers, on servers that hang, and several of them.
#include "tests/support/git_server/git_server.h"
#include "tests/e2e/world.h"
#include "tests/support/git_server/fault_server.h"

namespace mooring::test {
namespace {

class GitServer : public EndToEnd {
 protected:
  Json OverSsh(const std::string& known_hosts) {
    return {{"name", "fleet"},
            {"url", ssh_.Url(world_->repo.path())},
            {"pollInterval", "300ms"},
            {"auth",
             {{"privateKeyFile", key_},
              {"knownHostsFile", known_hosts.empty() ? ssh_.KnownHosts("ed25519") : known_hosts}}}};
  }
  bool HostSays(const std::string& reason) {
    return Eventually(kSoon,
                      [&] { return world_->Has("Host", world_->ns, "SourceReady", reason); });
  }
  std::string Message() {
    return world_->Condition("Host", world_->ns, "SourceReady").value("message", "");
  }

  SshServer ssh_;
  const std::string key_ = ssh_.MakeKey("key", true);
};

TEST_F(GitServer, OverSshACommitReachesTheHostAndAForcedPushIsTold) {
  World& world = *world_;
  world.SetSources(Json::array({OverSsh("")}));
  world.CommitAppWithSite("shop");
  const CommandResult doctor = world.Mooring({"doctor"});
  EXPECT_NE(doctor.out.find("answers, takes the credentials and is at main@"), std::string::npos)
      << doctor.out;
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.HasConverged("App", "shop"); }));
  world.repo.Write("README.md", "rewritten");
  const std::string forced = world.repo.Amend("Rewritten");
  EXPECT_TRUE(
      Eventually(kSoon, [&] { return world.Events("Host", world.ns, "HistoryRewritten") == 1; }));
  EXPECT_EQ(world.Get("Host", world.ns)["status"]["lastAppliedRevision"], "main@sha1:" + forced);
}

TEST_F(GitServer, ASourceThatCannotBeReadSaysWhyAndWhenItIsTriedAgain) {
  World& world = *world_;
  world.repo.Commit("Nothing");
  world.SetSources(
      Json::array({OverSsh(ssh_.KnownHosts("ed25519", ssh_.MakeKey("other", false)))}));
  const CommandResult doctor = world.Mooring({"doctor"});
  EXPECT_NE(doctor.out.find("changed: it shows ssh-ed25519 SHA256:"), std::string::npos)
      << doctor.out;
  world.StartDaemon();
  ASSERT_TRUE(HostSays("SourceUnreachable"));
  const CommandResult described = world.Mooring({"describe", "host", world.ns});
  EXPECT_NE(described.out.find("the host key of [127.0.0.1]:"), std::string::npos) << described.out;
  EXPECT_NE(Message().find("; next try at 20"), std::string::npos) << Message();
  EXPECT_GT(world.Metric("mooring_source_fetch_errors_total", {"source=\"fleet\""}), 0);
  EXPECT_EQ(world.Api("/readyz").status, 503);
}

TEST_F(GitServer, AServerThatSaysNothingNeitherHoldsTheDaemonNorItsEnd) {
  World& world = *world_;
  const FaultServer silent(FaultServer::Fault::kSilent);
  const std::string url = fmt::format("http://127.0.0.1:{}/fleet.git", silent.port());
  world.SetSources(Json::array({{{"name", "fleet"}, {"url", url}, {"timeout", "2s"}}}));
  world.StartDaemon();
  ASSERT_TRUE(HostSays("SourceUnreachable"));
  EXPECT_NE(Message().find("timed out after 2.0s of silence"), std::string::npos) << Message();
  ASSERT_TRUE(world.StopDaemon());

  world.SetSources(Json::array({{{"name", "fleet"}, {"url", url}, {"timeout", "10m"}}}));
  const int before = silent.accepted();
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] { return silent.accepted() > before; }));
  EXPECT_TRUE(world.StopDaemon(8s)) << "well within the ten seconds that it has";
}

TEST_F(GitServer, SeveralSourcesAreOneFleetAndARemovedOneIsLeftAlone) {
  World& world = *world_;
  TempGitRepo extra;
  extra.Write("apps/wiki.yaml", world.App("wiki").dump(2));
  extra.Commit("wiki");
  const Json fleet = OverSsh("");
  const Json other = {{"name", "extra"}, {"url", extra.url()}, {"pollInterval", "300ms"}};
  world.SetSources(Json::array({fleet, other}));
  world.CommitAppWithSite("shop");
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world.IsReady("App", "shop") && world.IsReady("Site", "shop") &&
           world.IsReady("App", "wiki");
  }));
  EXPECT_EQ(world.Get("App", "wiki")["status"]["source"]["name"], "extra");

  // The same App in both: the first keeps it, and only the other source is held back.
  extra.Write("apps/shop.yaml", world.App("shop", "2.0.0").dump(2));
  extra.Commit("shop, again");
  ASSERT_TRUE(HostSays("InvalidSpec"));
  EXPECT_NE(Message().find("of source extra is already in apps/shop.yaml:"), std::string::npos)
      << Message();
  EXPECT_EQ(world.Get("App", "shop")["status"]["source"]["name"], "fleet");
  extra.Remove("apps/shop.yaml");
  extra.Commit("without it");
  ASSERT_TRUE(HostSays("Succeeded"));

  ASSERT_TRUE(world.StopDaemon());
  const std::string id = world.engine.IdOf(world.Container("wiki"));
  world.SetSources(Json::array({fleet}));
  world.StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "wiki", "Ready", "Orphaned"); }));
  EXPECT_EQ(world.Events("App", "wiki", "Orphaned"), 1);
  EXPECT_EQ(world.engine.IdOf(world.Container("wiki")), id);
}

}  // namespace
}  // namespace mooring::test
