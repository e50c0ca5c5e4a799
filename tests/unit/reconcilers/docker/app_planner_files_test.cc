// SPDX-License-Identifier: Apache-2.0
// Containers that mount files of the repository.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/resource/repository_files.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FilesOfApps : public AppFixture {
 protected:
  FilesOfApps() {
    tree.Put("apps/flags.yaml", "a: 1\n");
    tree.Put("apps/conf/one.txt", "one\n");
    tree.Put("apps/conf/sub/two.txt", "two\n");
    Begin();
  }

  /// Also what a SIGKILL and a new process do.
  void Begin() {
    DockerLoop::Options options;
    options.planner.file_folder = folder;
    std::map<ResourceKey, std::string> applied;
    if (loop) applied = loop->applied;
    loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock, options);
    loop->applied = std::move(applied);
  }

  /// As the loader gives it, with what the repository has now.
  Resource With(Json service, Json more = Json::object()) const {
    Resource app = App({{"other", Service()}, {"web", Service("web:1", std::move(service))}}, {},
                       std::move(more));
    auto files = std::make_shared<RepositoryFiles>();
    files->entries = tree.entries();
    files->digest = DigestOfEntries(files->entries, "");
    files->contents = tree.contents();
    app.spec_digest = SpecDigest(app.spec, app.derived, files->digest);
    app.files = std::move(files);
    return app;
  }
  Resource WithConfig(const std::string& on_change = "restart") const {
    return With({{"configs", {{{"source", "flags"}, {"target", "/etc/flags.yaml"}}}}},
                {{"configs", {{"flags", {{"file", "./apps/flags.yaml"}}}}},
                 {"files", {{{"path", "./apps/flags.yaml"}, {"onChange", on_change}}}}});
  }
  Resource WithBind(bool read_only, const std::string& on_change = "restart") const {
    return With({{"volumes",
                  {{{"type", "bind"},
                    {"source", "./apps/conf"},
                    {"target", "/conf"},
                    {"read_only", read_only}}}}},
                {{"files", {{{"path", "./apps/conf"}, {"onChange", on_change}}}}});
  }
  std::string PlanText(const Resource& app) { return Lines(Plan(app)); }
  void Settle(const Resource& app) {
    PassEventsOn();
    const auto done = loop->Run(app.key, &app, 30, [&] {
      clock.Advance(std::chrono::seconds(10));
      host.Settle();
      PassEventsOn();
    });
    ASSERT_TRUE(done) << done.error().ToString();
    EXPECT_EQ(Lines(*done), "");
  }
  std::string SourceOf(const std::string& container, const std::string& target) const {
    const auto found = host.Find(container);
    if (!found) return "no container";
    for (const Json& mount : found->host_config.value("Mounts", Json::array())) {
      if (mount.value("Target", "") == target) return mount.value("Source", "");
    }
    return "no mount";
  }
  std::string IdOf(const std::string& container) const { return host.Find(container)->id; }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return file ? text.str() : "(not there)";
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
  }
  static ino_t InodeOf(const std::string& path) {
    struct stat info{};
    ::stat(path.c_str(), &info);
    return info.st_ino;
  }
  std::vector<std::string> Signals() const {
    std::vector<std::string> signals;
    for (const std::string& call : host.calls()) {
      if (call.starts_with("signal ")) signals.push_back(call.substr(call.rfind(' ') + 1));
    }
    return signals;
  }

  const std::string folder = dir.File("files");
  MemoryFileTree tree;
};

TEST_F(FilesOfApps, AConfigLiesOnTheHostBeforeItsContainer) {
  const Resource app = WithConfig();
  EXPECT_THAT(PlanText(app), HasSubstr("create file/apps/flags.yaml: new\n"));
  Settle(app);
  const std::string path = SourceOf("default_shop_web_1", "/etc/flags.yaml");
  EXPECT_THAT(path, HasSubstr(folder + "/default_shop/flags.yaml-"));
  EXPECT_EQ(Read(path), "a: 1\n");
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0444U);
  EXPECT_EQ(SourceOf("default_shop_other_1", "/etc/flags.yaml"), "no mount");
}

TEST_F(FilesOfApps, OwnerAndModeAreThoseAskedFor) {
  const Resource app =
      With({{"configs", {{{"source", "c"}, {"uid", "7"}, {"gid", "8"}, {"mode", "0640"}}}}},
           {{"configs", {{"c", {{"content", "text"}}}}}});
  Settle(app);
  struct stat info{};
  const std::string path = SourceOf("default_shop_web_1", "/c");
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(Read(path), "text");
  EXPECT_EQ(info.st_mode & 07777, 0640U);
  EXPECT_EQ(info.st_uid, 7U);
  EXPECT_EQ(info.st_gid, 8U);
}

TEST_F(FilesOfApps, AChangedFileRollsItsUsersAndNobodyElse) {
  Settle(WithConfig());
  const std::string web = IdOf("default_shop_web_1");
  const std::string other = IdOf("default_shop_other_1");
  const std::string before = SourceOf("default_shop_web_1", "/etc/flags.yaml");
  tree.Put("apps/flags.yaml", "a: 2\n");
  EXPECT_THAT(PlanText(WithConfig()), HasSubstr("services.web.configs.flags: "));
  Settle(WithConfig());
  EXPECT_NE(IdOf("default_shop_web_1"), web);
  EXPECT_EQ(IdOf("default_shop_other_1"), other);
  EXPECT_EQ(Read(SourceOf("default_shop_web_1", "/etc/flags.yaml")), "a: 2\n");
  EXPECT_EQ(Read(before), "(not there)");  // no container uses it any more
}

TEST_F(FilesOfApps, AnIgnoredChangeIsForTheNextContainer) {
  Settle(WithConfig("ignore"));
  const std::string web = IdOf("default_shop_web_1");
  tree.Put("apps/flags.yaml", "a: 2\n");
  EXPECT_EQ(PlanText(WithConfig("ignore")), "");
  Settle(WithConfig("ignore"));
  EXPECT_EQ(IdOf("default_shop_web_1"), web);
  EXPECT_EQ(Read(SourceOf("default_shop_web_1", "/etc/flags.yaml")), "a: 1\n");
  host.Kill("default_shop_web_1");
  (void)host.RemoveContainer(web, {});
  Settle(WithConfig("ignore"));
  EXPECT_EQ(Read(SourceOf("default_shop_web_1", "/etc/flags.yaml")), "a: 2\n");
}

TEST_F(FilesOfApps, ASignalComesOnceBehindTheNewContent) {
  Settle(WithConfig("SIGHUP"));
  const std::string web = IdOf("default_shop_web_1");
  const std::string path = SourceOf("default_shop_web_1", "/etc/flags.yaml");
  const ino_t inode = InodeOf(path);
  host.ResetCalls();
  tree.Put("apps/flags.yaml", "a: 22\n");
  clock.Advance(std::chrono::seconds(1));
  EXPECT_THAT(PlanText(WithConfig("SIGHUP")),
              HasSubstr("apps/flags.yaml changed: SIGHUP to default_shop_web_1"));
  Settle(WithConfig("SIGHUP"));
  EXPECT_EQ(IdOf("default_shop_web_1"), web);
  EXPECT_EQ(Read(path), "a: 22\n");
  EXPECT_EQ(InodeOf(path), inode);  // what the container has mounted is this very file
  EXPECT_THAT(Signals(), ElementsAre("SIGHUP"));
  Begin();
  Settle(WithConfig("SIGHUP"));
  EXPECT_THAT(Signals(), ElementsAre("SIGHUP"));
}

TEST_F(FilesOfApps, ASignalThatACrashKeptBackIsSentByTheNextRun) {
  Settle(WithConfig("HUP"));
  host.ResetCalls();
  tree.Put("apps/flags.yaml", "a: 2\n");
  clock.Advance(std::chrono::seconds(1));
  const Resource app = WithConfig("HUP");
  const ResourcePlan plan = Plan(app);
  ASSERT_FALSE(plan.changes.empty());
  ASSERT_TRUE(loop->applier.Apply(plan.key, plan.changes.front(), {}));  // written, not told
  EXPECT_THAT(Signals(), IsEmpty());
  Begin();
  EXPECT_EQ(PlanText(app),
            "update container/default_shop_web_1: apps/flags.yaml changed: SIGHUP to "
            "default_shop_web_1\n");
  Settle(app);
  EXPECT_THAT(Signals(), ElementsAre("SIGHUP"));
}

TEST_F(FilesOfApps, AContainerThatStartedSinceIsNotTold) {
  Settle(WithConfig("SIGHUP"));
  host.ResetCalls();
  tree.Put("apps/flags.yaml", "a: 2\n");
  clock.Advance(std::chrono::seconds(1));
  const Resource app = WithConfig("SIGHUP");
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(loop->applier.Apply(plan.key, plan.changes.front(), {}));
  clock.Advance(std::chrono::seconds(1));
  host.Kill("default_shop_web_1");  // its restart policy brings it back
  Settle(app);
  EXPECT_THAT(Signals(), IsEmpty());
}

TEST_F(FilesOfApps, WhatWasEditedOnTheHostIsDriftAndPutRight) {
  Settle(WithConfig());
  const std::string path = SourceOf("default_shop_web_1", "/etc/flags.yaml");
  const ino_t inode = InodeOf(path);
  const uint64_t version = loop->observer.Version({"App", "default", "shop"});
  Write(path, "a: mine\n");
  EXPECT_NE(loop->observer.Version({"App", "default", "shop"}), version);
  const std::string plan = PlanText(WithConfig());
  EXPECT_THAT(plan, HasSubstr("update file/apps/flags.yaml: changed by hand on the host (drift)\n"
                              "  services.web.configs.flags: sha1:"));
  EXPECT_THAT(plan, Not(HasSubstr("mine")));
  Settle(WithConfig());
  EXPECT_EQ(Read(path), "a: 1\n");
  EXPECT_EQ(InodeOf(path), inode);
  fs::remove(path);
  EXPECT_THAT(PlanText(WithConfig()), HasSubstr("changed by hand on the host (drift)"));
  Settle(WithConfig());
  EXPECT_EQ(Read(path), "a: 1\n");
}

TEST_F(FilesOfApps, AFolderIsLaidWithAllThatIsInIt) {
  Settle(WithBind(true));
  const std::string path = SourceOf("default_shop_web_1", "/conf");
  EXPECT_EQ(Read(path + "/one.txt"), "one\n");
  EXPECT_EQ(Read(path + "/sub/two.txt"), "two\n");
  Write(path + "/stray", "x");
  fs::remove(path + "/sub/two.txt");
  EXPECT_THAT(PlanText(WithBind(true)), HasSubstr("sub/two.txt: missing -> sha1:"));
  Settle(WithBind(true));
  EXPECT_EQ(Read(path + "/sub/two.txt"), "two\n");
  EXPECT_FALSE(fs::exists(path + "/stray"));
}

TEST_F(FilesOfApps, ALiveFolderChangesUnderItsPath) {
  Settle(WithBind(true, "SIGUSR1"));
  const std::string path = SourceOf("default_shop_web_1", "/conf");
  const ino_t inode = InodeOf(path);
  host.ResetCalls();
  tree.Put("apps/conf/one.txt", "ONE\n");
  tree.Put("apps/conf/new/three.txt", "three\n");
  tree.Remove("apps/conf/sub/two.txt");
  clock.Advance(std::chrono::seconds(1));
  Settle(WithBind(true, "SIGUSR1"));
  EXPECT_EQ(InodeOf(path), inode);
  EXPECT_EQ(Read(path + "/one.txt"), "ONE\n");
  EXPECT_EQ(Read(path + "/new/three.txt"), "three\n");
  EXPECT_FALSE(fs::exists(path + "/sub"));
  EXPECT_THAT(Signals(), ElementsAre("SIGUSR1"));
}

TEST_F(FilesOfApps, WhatAContainerWroteIsNeverTouched) {
  Settle(WithBind(false));
  const std::string path = SourceOf("default_shop_web_1", "/conf");
  const std::string web = IdOf("default_shop_web_1");
  Write(path + "/one.txt", "the app's own\n");
  Write(path + "/sub/log", "data\n");
  const ResourcePlan plan = Plan(WithBind(false));
  EXPECT_EQ(Lines(plan), "");
  EXPECT_THAT(
      plan.notes,
      ::testing::Contains("apps/conf/one.txt was changed by a container, and is left as it is"));
  tree.Put("apps/conf/one.txt", "newer\n");
  tree.Put("apps/conf/sub/two.txt", "newer two\n");
  Settle(WithBind(false));
  EXPECT_NE(IdOf("default_shop_web_1"), web);  // it rolls all the same
  EXPECT_EQ(SourceOf("default_shop_web_1", "/conf"), path);
  EXPECT_EQ(Read(path + "/one.txt"), "the app's own\n");
  EXPECT_EQ(Read(path + "/sub/two.txt"), "newer two\n");
  EXPECT_EQ(Read(path + "/sub/log"), "data\n");
}

TEST_F(FilesOfApps, ALinkThatAContainerMadeLeadsNowhere) {
  Settle(WithBind(false));
  const std::string path = SourceOf("default_shop_web_1", "/conf");
  const std::string outside = dir.File("outside");
  fs::create_directory(outside);
  fs::remove_all(path + "/sub");
  fs::create_directory_symlink(outside, path + "/sub");
  tree.Put("apps/conf/sub/new.txt", "new\n");
  const Resource app = WithBind(false);
  Settle(app);
  EXPECT_TRUE(fs::is_empty(outside));
  EXPECT_THAT(Plan(app).notes,
              ::testing::Contains(HasSubstr("apps/conf/sub/new.txt was changed by a container")));
}

TEST_F(FilesOfApps, AnAppThatGoesTakesItsFilesAlongButNotWhatWasWritten) {
  Settle(WithBind(false));
  const std::string path = SourceOf("default_shop_web_1", "/conf");
  Write(path + "/data", "data\n");
  const ResourceKey key = WithBind(false).key;
  const auto done = loop->Run(key, nullptr, 10, [&] { PassEventsOn(); });
  ASSERT_TRUE(done);
  EXPECT_EQ(Lines(*done), "");
  EXPECT_EQ(Read(path + "/data"), "data\n");
  fs::remove(path + "/data");
  ASSERT_TRUE(loop->Run(key, nullptr, 10, [&] { PassEventsOn(); }));
  EXPECT_FALSE(fs::exists(folder + "/default_shop"));
}

TEST_F(FilesOfApps, AnUnfinishedWriteLeavesNothingThatIsMounted) {
  const Resource app = WithBind(true);
  const ResourcePlan plan = Plan(app);
  const auto write = std::ranges::find_if(
      plan.changes, [](const Change& c) { return c.object == "file/apps/conf"; });
  ASSERT_NE(write, plan.changes.end());
  const auto& step = std::get<docker::WriteFiles>(
      static_cast<const docker::DockerOperation&>(*write->operation).step);
  fs::create_directories(step.object->path + ".new/one.txt/left-over");
  Settle(app);
  EXPECT_EQ(Read(step.object->path + "/one.txt"), "one\n");
  EXPECT_FALSE(fs::exists(step.object->path + ".new"));
}

}  // namespace
}  // namespace mooring::testing
