// SPDX-License-Identifier: Apache-2.0
// New volumes that are filled from the repository: once, before anything uses them, and whatever
// happens in between.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "controller/base/digest.h"
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

class Seeds : public EndToEnd {
 protected:
  /// Its web mounts the volume at /data.
  Json Seeded(const std::string& name, const std::string& from, const std::string& sha256 = "",
              const std::string& user = "") const {
    Json app = world_->App(name);
    Json seed = {{"volume", "data"}, {"from", from}};
    if (!sha256.empty()) seed["sha256"] = sha256;
    app["spec"]["services"]["web"]["volumes"] = {"data:/data"};
    if (!user.empty()) app["spec"]["services"]["web"]["user"] = user;
    app["spec"]["volumes"] = {{"data", Json::object()}};
    app["spec"]["seeds"] = {seed};
    return app;
  }
  void Commit(const std::string& name, const Json& app) {
    world_->Write("apps/" + name + ".yaml", app);
    world_->Commit(name);
  }
  bool Converges(const std::string& app) {
    return Eventually(kRollout, [&] { return world_->HasConverged("App", app); });
  }
  /// As the running container has it.
  std::string PathIn(const std::string& app, const std::string& path) const {
    const Json container = world_->engine.Inspect(world_->Container(app));
    const int pid = container["State"]["Pid"];
    return fmt::format("/proc/{}/root{}", pid, path);
  }
  std::string Seen(const std::string& app, const std::string& path) const {
    return ReadText(PathIn(app, path));
  }
  std::string VolumeOf(const std::string& app) const { return world_->ns + "_" + app + "_data"; }
  std::string MarkOf(const std::string& app) const { return "mooring-seed_" + VolumeOf(app); }
  bool HasVolume(const std::string& name) const {
    return world_->engine.Do("GET", "/volumes/" + name) == 200;
  }
  Json Labels(const std::string& app) const {
    return {{"mooring.dev/instance", world_->ns},
            {"mooring.dev/kind", "App"},
            {"mooring.dev/namespace", world_->ns},
            {"mooring.dev/name", app}};
  }
  /// A tar of a folder with the file data.txt, and its SHA-256.
  std::string Pack(const std::string& file, const std::string& content, const std::string& how) {
    const std::string folder = world_->File("pack-" + file);
    fs::create_directories(folder + "/ümlaut");
    std::ofstream(folder + "/data.txt") << content;
    std::ofstream(folder + "/ümlaut/ß.txt") << content;
    fs::create_symlink("data.txt", folder + "/link");
    const std::string packed = world_->File(file);
    EXPECT_EQ(RunCommand({"tar", "-C", folder, "--owner=1234", "--group=5678",
                          "--mode=u=rwX,go=", how, "-cf", packed, "."})
                  .exit_code,
              0);
    const std::string bytes = ReadText(packed);
    world_->repo.Write("apps/seed/" + file, bytes);
    return Sha256Hex(bytes);
  }
};

TEST_F(Seeds, AFolderIsInTheVolumeWhenTheServiceStarts) {
  World& world = *world_;
  world.repo.Write("apps/seed/index.html", "welcome");
  world.repo.Write("apps/seed/sub/more.txt", "more");
  world.repo.WriteExecutable("apps/seed/run.sh", "#!/bin/sh\n");
  Json app = Seeded("site", "./seed", "", "1234:5678");
  // Would go on without it only if it could.
  app["spec"]["services"]["web"]["entrypoint"] = {
      "/bin/sh", "-c", "test -f /data/index.html || exit 1; touch /data/mine; exec /bin/serve"};
  Commit("site", app);
  const CommandResult plan = world.Mooring({"plan", "--source", world.repo.path()});
  EXPECT_NE(plan.out.find("new, filled from ./apps/seed"), std::string::npos) << plan.out;
  EXPECT_FALSE(HasVolume(VolumeOf("site")));
  world.StartDaemon();
  ASSERT_TRUE(Converges("site")) << world.Story();
  EXPECT_EQ(Seen("site", "/data/index.html"), "welcome");
  EXPECT_EQ(Seen("site", "/data/sub/more.txt"), "more");
  struct stat status{};
  ASSERT_EQ(::stat(PathIn("site", "/data/run.sh").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0755U);
  EXPECT_EQ(status.st_uid, 1234U);
  EXPECT_EQ(status.st_gid, 5678U);
  EXPECT_TRUE(fs::exists(PathIn("site", "/data/mine"))) << "its user may write there";
  EXPECT_EQ(world.Containers(), std::vector{world.Container("site")});
  EXPECT_FALSE(HasVolume(MarkOf("site")));

  // What has been filled is the App's: nothing of the repository gets there any more.
  const double writes = world.EngineWrites();
  world.repo.Write("apps/seed/index.html", "changed");
  world.Commit("seed");
  ASSERT_TRUE(Converges("site")) << world.Story();
  EXPECT_EQ(Seen("site", "/data/index.html"), "welcome");
  EXPECT_EQ(world.EngineWrites(), writes);
}

TEST_F(Seeds, ArchivesAreUnpackedAsTheySay) {
  World& world = *world_;
  const std::pair<std::string, std::string> kinds[] = {{"plain.tar", "--format=gnu"},
                                                       {"gnu.tar.gz", "-z"},
                                                       {"new.tar.zst", "--zstd"},
                                                       {"small.tar.xz", "-J"}};
  int number = 0;
  for (const auto& [file, how] : kinds) {
    const std::string name = fmt::format("packed{}", ++number);
    const std::string sha256 = Pack(file, file, how);
    world.Write("apps/" + name + ".yaml", Seeded(name, "./seed/" + file, sha256));
  }
  world.Commit("all");
  world.StartDaemon();
  number = 0;
  for (const auto& [file, how] : kinds) {
    SCOPED_TRACE(file);
    const std::string name = fmt::format("packed{}", ++number);
    ASSERT_TRUE(Converges(name)) << world.Story();
    EXPECT_EQ(Seen(name, "/data/data.txt"), file);
    EXPECT_EQ(Seen(name, "/data/ümlaut/ß.txt"), file);
    EXPECT_EQ(fs::read_symlink(PathIn(name, "/data/link")), "data.txt");
    for (const char* path : {"/data", "/data/data.txt"}) {
      struct stat status{};
      ASSERT_EQ(::stat(PathIn(name, path).c_str(), &status), 0) << path;
      EXPECT_EQ(status.st_uid, 1234U) << path;
      EXPECT_EQ(status.st_gid, 5678U) << path;
      EXPECT_EQ(status.st_mode & 077U, 0U) << path;
    }
  }
}

TEST_F(Seeds, AVolumeThatIsThereIsNotTouched) {
  World& world = *world_;
  world.engine.Post("/volumes/create", {{"Name", VolumeOf("old")}, {"Labels", Labels("old")}});
  world.repo.Write("apps/seed/index.html", "seed");
  world.StartDaemon();
  Commit("old", Seeded("old", "./seed"));
  ASSERT_TRUE(Converges("old")) << world.Story();
  EXPECT_TRUE(fs::is_empty(PathIn("old", "/data")));
}

TEST_F(Seeds, TheWrongArchiveIsAFinding) {
  World& world = *world_;
  const std::string right = Pack("data.tar.gz", "data", "-z");
  Commit("wrong", Seeded("wrong", "./seed/data.tar.gz", std::string(64, 'a')));
  const CommandResult found = world.Mooring({"validate", world.repo.path()});
  EXPECT_NE(found.exit_code, 0);
  EXPECT_NE((found.out + found.err).find("has the SHA-256 " + right), std::string::npos)
      << found.out << found.err;
}

/// As a process leaves it that is killed after it made the container, before it unpacked.
TEST_F(Seeds, WhatWasBegunIsFinished) {
  World& world = *world_;
  world.repo.Write("apps/seed/index.html", "seed");
  Json mark = Labels("cut");
  mark["mooring.dev/seed-of"] = VolumeOf("cut");
  Json volume = Labels("cut");
  volume["mooring.dev/volume"] = "data";
  volume["mooring.dev/seed"] = "sha256:earlier";
  world.engine.Post("/volumes/create", {{"Name", MarkOf("cut")}, {"Labels", mark}});
  world.engine.Post("/volumes/create", {{"Name", VolumeOf("cut")}, {"Labels", volume}});
  const auto mount = [](const std::string& source, const std::string& target) {
    return Json{{"Type", "volume"}, {"Source", source}, {"Target", target}};
  };
  world.engine.Post("/containers/create?name=" + world.ns + "_cut_seed-data",
                    {{"Image", "mooring-test/web:1.0.0"},
                     {"Labels", mark},
                     {"HostConfig",
                      {{"Mounts",
                        {mount(VolumeOf("cut"), "/mooring-seed"),
                         mount(MarkOf("cut"), "/mooring-seed-mark")}}}}});
  Commit("cut", Seeded("cut", "./seed"));
  const CommandResult plan = world.Mooring({"plan", "--source", world.repo.path()});
  EXPECT_NE(plan.out.find("filling it was cut short"), std::string::npos) << plan.out;
  world.StartDaemon();
  ASSERT_TRUE(Converges("cut")) << world.Story();
  EXPECT_EQ(Seen("cut", "/data/index.html"), "seed");
  EXPECT_EQ(world.Containers(), std::vector{world.Container("cut")});
  EXPECT_FALSE(HasVolume(MarkOf("cut")));
}

TEST_F(Seeds, KilledAgainAndAgainItIsFilledWhole) {
  World& world = *world_;
  constexpr int kFiles = 40;
  for (int i = 0; i < kFiles; ++i)
    world.repo.Write(fmt::format("apps/seed/{}", i), std::string(1 << 20, static_cast<char>(i)));
  Commit("big", Seeded("big", "./seed"));
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  // Once while it is being filled for sure, then at any moment.
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] { return HasVolume(MarkOf("big")); })) << world.Story();
  world.KillDaemon();
  for (int kill = 0; kill < 8; ++kill) {
    world.StartDaemon();
    std::this_thread::sleep_for(std::uniform_int_distribution(100, 700)(random) * 1ms);
    world.KillDaemon();
  }
  world.StartDaemon();
  ASSERT_TRUE(Converges("big")) << world.Story();
  for (int i = 0; i < kFiles; ++i) {
    EXPECT_EQ(Seen("big", fmt::format("/data/{}", i)), std::string(1 << 20, static_cast<char>(i)))
        << i;
  }
  EXPECT_EQ(world.Containers(), std::vector{world.Container("big")});
  EXPECT_FALSE(HasVolume(MarkOf("big")));
}

}  // namespace
}  // namespace mooring::test
