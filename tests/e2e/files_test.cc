// SPDX-License-Identifier: Apache-2.0
// Files of the repository in containers: what they see, what a change of one does, what happens to
// what somebody wrote.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

class Files : public EndToEnd {
 protected:
  /// Its web serves the pages of /tmp/pages.
  Json AppWith(const std::string& name, const Json& web, const Json& more) const {
    Json app = world_->App(name);
    app["spec"]["services"]["web"].update(web);
    app["spec"]["services"]["other"] = World::Service();
    app["spec"].update(more);
    return app;
  }
  Json WithConfig(const std::string& name, const std::string& on_change = "restart") const {
    return AppWith(
        name, {{"configs", {{{"source", "page"}, {"target", "/srv/page.html"}, {"mode", "0444"}}}}},
        {{"configs", {{"page", {{"file", "./page.html"}}}}},
         {"files", {{{"path", "./page.html"}, {"onChange", on_change}}}}});
  }
  void Commit(const std::string& name, const Json& app) {
    world_->Write("apps/" + name + ".yaml", app);
    world_->Commit(name);
  }
  void CommitPage(const std::string& text) {
    world_->repo.Write("apps/page.html", text);
    world_->Commit("page");
  }
  bool Converges(const std::string& app) {
    return Eventually(kRollout, [&] { return world_->HasConverged("App", app); });
  }
  std::string SourceAt(const std::string& app, const std::string& target) const {
    const Json container = world_->engine.Inspect(world_->Container(app));
    for (const Json& mount : container["Mounts"]) {
      if (mount["Destination"] == target) return mount["Source"];
    }
    return "";
  }
  /// As the container sees it now.
  std::string Seen(const std::string& app, const std::string& path) const {
    const Json container = world_->engine.Inspect(world_->Container(app));
    const int pid = container["State"]["Pid"];
    return ReadText(fmt::format("/proc/{}/root{}", pid, path));
  }
  std::string IdOf(const std::string& app, const std::string& service = "web") const {
    return world_->engine.Inspect(world_->Container(app, 1, service)).value("Id", "");
  }
};

TEST_F(Files, AChangedFileRollsItsUsersOnly) {
  World& world = *world_;
  world.repo.Write("apps/page.html", "one");
  world.StartDaemon();
  Commit("pages", WithConfig("pages"));
  ASSERT_TRUE(Converges("pages")) << world.Story();
  EXPECT_EQ(Seen("pages", "/srv/page.html"), "one");
  const std::string web = IdOf("pages");
  const std::string other = IdOf("pages", "other");
  const std::string before = SourceAt("pages", "/srv/page.html");
  CommitPage("two");
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world.HasConverged("App", "pages") && Seen("pages", "/srv/page.html") == "two";
  })) << world.Story();
  EXPECT_NE(IdOf("pages"), web);
  EXPECT_EQ(IdOf("pages", "other"), other);
  EXPECT_NE(SourceAt("pages", "/srv/page.html"), before);
  EXPECT_TRUE(Eventually(kSoon, [&] { return !fs::exists(before); })) << before;
}

TEST_F(Files, ASignalChangesTheFileInTheRunningContainer) {
  World& world = *world_;
  world.repo.Write("apps/page.html", "one");
  world.StartDaemon();
  Json app = WithConfig("pages", "SIGHUP");
  // Says how often it was told, where the test can read it.
  app["spec"]["services"]["web"]["entrypoint"] = {
      "/bin/sh", "-c",
      "trap 'cat /srv/page.html >>/tmp/told' HUP; trap 'exit 0' TERM; "
      "while :; do sleep 1000 & wait; done"};
  app["spec"]["services"]["web"].erase("healthcheck");
  Commit("pages", app);
  ASSERT_TRUE(Converges("pages")) << world.Story();
  const std::string web = IdOf("pages");
  CommitPage("changed");
  ASSERT_TRUE(Eventually(kRollout, [&] { return Seen("pages", "/tmp/told") == "changed"; }))
      << world.Story();
  EXPECT_EQ(Seen("pages", "/srv/page.html"), "changed");
  EXPECT_EQ(IdOf("pages"), web);
  ASSERT_TRUE(Converges("pages"));
  // The engine's own kill would have taken the restart policy away.
  ::kill(world.engine.Inspect(world.Container("pages"))["State"]["Pid"], SIGKILL);
  ASSERT_TRUE(Eventually(kSoon, [&] {
    const Json container = world.engine.Inspect(world.Container("pages"));
    return container["RestartCount"] == 1 && container["State"]["Running"] == true;
  })) << world.Story();
  ASSERT_TRUE(Converges("pages")) << world.Story();
  world.KillDaemon();
  CommitPage("again");
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] { return Seen("pages", "/tmp/told") == "changedagain"; }))
      << world.Story();
  EXPECT_EQ(IdOf("pages"), web);
}

TEST_F(Files, AnIgnoredChangeLeavesTheContainer) {
  World& world = *world_;
  world.repo.Write("apps/page.html", "one");
  world.StartDaemon();
  Commit("pages", WithConfig("pages", "ignore"));
  ASSERT_TRUE(Converges("pages")) << world.Story();
  const std::string web = IdOf("pages");
  CommitPage("two");
  ASSERT_TRUE(Converges("pages")) << world.Story();
  EXPECT_EQ(IdOf("pages"), web);
  EXPECT_EQ(Seen("pages", "/srv/page.html"), "one");
}

TEST_F(Files, AFolderIsThereAndAnEditOnTheHostIsPutRight) {
  World& world = *world_;
  world.repo.Write("apps/conf/a.txt", "a");
  world.repo.Write("apps/conf/sub/b.txt", "b");
  world.StartDaemon();
  Json app = AppWith(
      "folder",
      {{"volumes",
        {{{"type", "bind"}, {"source", "./conf"}, {"target", "/conf"}, {"read_only", true}}}}},
      {{"interval", "2s"}});
  Commit("folder", app);
  ASSERT_TRUE(Converges("folder")) << world.Story();
  EXPECT_EQ(Seen("folder", "/conf/a.txt"), "a");
  EXPECT_EQ(Seen("folder", "/conf/sub/b.txt"), "b");
  const std::string web = IdOf("folder");
  std::ofstream(SourceAt("folder", "/conf") + "/a.txt") << "edited by hand";
  ASSERT_TRUE(Eventually(kRollout, [&] { return Seen("folder", "/conf/a.txt") == "a"; }))
      << world.Story();
  EXPECT_TRUE(
      Eventually(kSoon, [&] { return world.Events("App", "folder", "DriftCorrected") > 0; }));
  EXPECT_EQ(IdOf("folder"), web);
}

}  // namespace
}  // namespace mooring::test
