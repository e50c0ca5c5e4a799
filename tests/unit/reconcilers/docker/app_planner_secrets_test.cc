// SPDX-License-Identifier: Apache-2.0
// Containers that get values of Secrets.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "reconcilers/docker/io/registry_logins.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

Json Ref(const std::string& key) { return {{"secretRef", {{"name", "shop"}, {"key", key}}}}; }

class SecretsOfApps : public AppFixture {
 protected:
  SecretsOfApps() { SetUpLoop(); }
  ~SecretsOfApps() override { ::umount2(memory_.c_str(), MNT_DETACH); }

  void SetUpLoop(const std::string& key = std::string(32, 'k')) {
    DockerLoop::Options options{.key = key};
    options.planner.secret_folder = memory_;
    options.files = {.folder = memory_, .sealed = dir.File("sealed")};
    std::map<ResourceKey, std::string> applied;
    if (loop) applied = loop->applied;
    loop = std::make_unique<DockerLoop>(host, host, dir.File("hosts"), clock, options);
    loop->applied = std::move(applied);
    Give("session-key", "hunter2");
    Give("payment-key", "hunter3");
  }
  void Give(const std::string& key, const std::string& value) {
    loop->secrets.Add({"default", "shop", key}, SecretString(value));
  }
  static Resource WithVariable() {
    return App(
        {{"web", Service("web:1", {{"environment", {{"A", "x"}, {"KEY", Ref("session-key")}}}})},
         {"other", Service()}});
  }
  static Resource WithFile(const Json& file = {{"source", "pay"}}) {
    return App({{"web", Service("web:1", {{"secrets", {file}}})}}, {},
               {{"secrets", {{"pay", Ref("payment-key")}}}});
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(memory_, none)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
  std::string PlanText(const Resource& app) { return Lines(Plan(app)); }

  const std::string memory_ = dir.File("memory");
};

TEST_F(SecretsOfApps, VariablesHaveTheirValueAndOnlyThere) {
  const Resource app = WithVariable();
  const ResourcePlan plan = Plan(app);
  for (const Change& change : plan.changes) {
    const auto& step = static_cast<const docker::DockerOperation&>(*change.operation).step;
    if (const auto* create = std::get_if<docker::CreateContainer>(&step)) {
      EXPECT_THAT(create->body.dump(), Not(HasSubstr("hunter2")));
    }
  }
  Converge(app);
  const auto container = host.Find("default_shop_web_1");
  EXPECT_THAT(container->config["Env"].dump(), HasSubstr("KEY=hunter2"));
  EXPECT_EQ(container->labels.at("mooring.dev/secrets"), "KEY");
}

TEST_F(SecretsOfApps, AChangedValueReplacesItsUserAlone) {
  const Resource app = WithVariable();
  Converge(app);
  Give("session-key", "hunter4");
  EXPECT_THAT(PlanText(app), HasSubstr("replace container/default_shop_web_1: spec changed\n"
                                       "  services.web.environment.KEY: (secret) -> (secret)\n"));
  EXPECT_THAT(PlanText(app), Not(HasSubstr("other")));
  Converge(app);
  EXPECT_THAT(host.Find("default_shop_web_1")->config["Env"].dump(), HasSubstr("KEY=hunter4"));
}

TEST_F(SecretsOfApps, AValueIsHiddenEvenOnceTheSpecHasALiteral) {
  Converge(WithVariable());
  const Resource literal =
      App({{"web", Service("web:1", {{"environment", {{"A", "x"}, {"KEY", "in clear"}}}})},
           {"other", Service()}});
  EXPECT_THAT(PlanText(literal), HasSubstr("services.web.environment.KEY: (secret) -> (secret)"));
  EXPECT_THAT(PlanText(literal), Not(HasSubstr("hunter2")));
  const Resource gone =
      App({{"web", Service("web:1", {{"environment", {{"A", "x"}}}})}, {"other", Service()}});
  EXPECT_THAT(PlanText(gone), Not(HasSubstr("hunter2")));
}

TEST_F(SecretsOfApps, WithoutTheirValueNothingIsDone) {
  const Resource app = WithVariable();
  Converge(app);
  loop->secrets = SecretValues();
  const ResourcePlan plan = Plan(app);
  EXPECT_FALSE(plan.HasChanges());
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kDependencyNotReady);
}

TEST_F(SecretsOfApps, AnotherHostKeyRecreatesNothing) {
  Converge(WithVariable());
  SetUpLoop(std::string(32, 'x'));
  EXPECT_EQ(PlanText(WithVariable()), "");
}

TEST_F(SecretsOfApps, WhatIsNoTextIsNoVariable) {
  Give("session-key", "p\xe4ssword");
  const ResourcePlan plan = Plan(WithVariable());
  EXPECT_FALSE(plan.HasChanges());
  ASSERT_TRUE(plan.blocked);
  EXPECT_THAT(plan.blocked->ToString(),
              HasSubstr("the value of session-key of Secret/default/shop is no text"));
}

TEST_F(SecretsOfApps, AnotherValueUnderTheSameSpecIsARotation) {
  const Resource app = WithVariable();
  Converge(app);
  Give("session-key", "hunter4");
  const ResourcePlan plan = Plan(app);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_TRUE(plan.changes.front().rotation);
  EXPECT_FALSE(plan.changes.front().drift);
}

TEST_F(SecretsOfApps, AFileOfALostHostKeyStandsWhileItIsThere) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and a tmpfs take root, as which CI runs";
  Converge(WithFile());
  const std::string before = Files().front();
  SetUpLoop(std::string(32, 'x'));
  EXPECT_THAT(PlanText(WithFile()), Not(HasSubstr("container")));
  Converge(WithFile());
  fs::remove(before);
  EXPECT_THAT(PlanText(WithFile()), HasSubstr("replace container/default_shop_web_1"));
  Converge(WithFile());
  EXPECT_EQ(Files().size(), 1U);
}

TEST_F(SecretsOfApps, AFolderOfOthersIsLeftToThem) {
  fs::create_directories(memory_);
  fs::permissions(memory_, fs::perms(0755));
  const Status written =
      loop->files.Write({.path = memory_ + "/default_shop/x", .value = SecretString("y")});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().ToString(), HasSubstr("is open to others"));
  EXPECT_EQ(fs::status(memory_).permissions(), fs::perms(0755));
}

TEST_F(SecretsOfApps, FilesLieInMemoryWithOwnerAndMode) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and a tmpfs take root, as which CI runs";
  Converge(WithFile({{"source", "pay"}, {"uid", "1000"}, {"gid", "7"}, {"mode", "0440"}}));
  ASSERT_EQ(Files().size(), 1U);
  const std::string file = Files().front();
  struct stat info{};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 1000U);
  EXPECT_EQ(info.st_gid, 7U);
  EXPECT_EQ(info.st_mode & 07777, 0440U);
  const Json mounts = host.Find("default_shop_web_1")->host_config["Mounts"];
  EXPECT_EQ(mounts, Json::parse(fmt::format(R"([{{"Type": "bind", "Source": "{}",
      "Target": "/run/secrets/pay", "ReadOnly": true}}])",
                                            file)));
}

TEST_F(SecretsOfApps, AnotherValueIsAnotherFileAndTheOldOneGoesWithItsContainer) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and a tmpfs take root, as which CI runs";
  Converge(WithFile());
  const std::string before = Files().front();
  Give("payment-key", "hunter5");
  EXPECT_THAT(PlanText(WithFile()), HasSubstr("services.web.secrets.pay: (secret) -> (secret)"));
  Converge(WithFile());
  ASSERT_EQ(Files().size(), 1U);
  EXPECT_NE(Files().front(), before);
  const Resource gone = WithFile();
  Finish(nullptr, gone.key);
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(fs::exists(dir.File("sealed/default_shop")));
}

TEST_F(SecretsOfApps, FilesThatAreGoneAreWrittenAgainWithoutARestart) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and a tmpfs take root, as which CI runs";
  Converge(WithFile());
  const std::string file = Files().front();
  fs::remove(file);
  EXPECT_EQ(Step(WithFile()), "create secret-files/default_shop: 1 file not in memory yet\n");
  EXPECT_TRUE(fs::exists(file));
  fs::remove_all(dir.File("sealed"));
  EXPECT_EQ(Step(WithFile()), "create secret-files/default_shop: 1 file not in memory yet\n");
  EXPECT_TRUE(fs::exists(dir.File("sealed/default_shop")));
}

TEST_F(SecretsOfApps, ABootBringsFilesBackFromTheirSealedCopies) {
  if (::geteuid() != 0) GTEST_SKIP() << "owners and a tmpfs take root, as which CI runs";
  Converge(WithFile({{"source", "pay"}, {"uid", "1000"}, {"mode", "0400"}}));
  const std::string file = Files().front();
  ASSERT_EQ(::umount2(memory_.c_str(), MNT_DETACH), 0);
  ASSERT_TRUE(Files().empty());
  const auto restored = loop->files.Restore();
  EXPECT_EQ(restored.files, 1U);
  EXPECT_TRUE(restored.failed.empty());
  EXPECT_EQ(Files(), std::vector{file});
  EXPECT_EQ(PlanText(WithFile({{"source", "pay"}, {"uid", "1000"}, {"mode", "0400"}})), "");
  // With another key they stay sealed.
  ASSERT_EQ(::umount2(memory_.c_str(), MNT_DETACH), 0);
  docker::SecretFiles other({.folder = memory_, .sealed = dir.File("sealed")},
                            HostKey::FromBytes(std::string(32, 'x')));
  EXPECT_EQ(other.Restore().failed.size(), 1U);
  EXPECT_TRUE(Files().empty());
}

TEST(RegistryLogins, AreFoundByTheRegistryOfAnImage) {
  EXPECT_EQ(docker::RegistryOf("ghcr.io/example/web:1"), "ghcr.io");
  EXPECT_EQ(docker::RegistryOf("localhost/web"), "localhost");
  EXPECT_EQ(docker::RegistryOf("127.0.0.1:5000/web@sha256:1"), "127.0.0.1:5000");
  EXPECT_EQ(docker::RegistryOf("example/web:1"), "docker.io");
  EXPECT_EQ(docker::RegistryOf("web"), "docker.io");
}

TEST(RegistryLogins, AreReadAsDockerLoginWritesThem) {
  const TempDir dir;
  dir.Write("docker.json", R"({"auths": {"ghcr.io": {"auth": "Ym90OmEgOiBiPT0="},
      "https://index.docker.io/v1/": {"auth": "b3BzOmh1bnRlcjI="}, "stored.example.com": {}},
      "credsStore": "secretservice"})");
  const docker::RegistryLogins logins(dir.File("docker.json"));
  const auto ghcr = logins.Find("ghcr.io");
  ASSERT_TRUE(ghcr && *ghcr) << ghcr.error().ToString();
  EXPECT_EQ((*ghcr)->username, "bot");
  EXPECT_EQ((*ghcr)->password.Reveal(), "a : b==");
  EXPECT_EQ((*logins.Find("docker.io"))->username, "ops");
  EXPECT_FALSE(*logins.Find("quay.io"));
  EXPECT_THAT(logins.Find("stored.example.com").error().ToString(),
              HasSubstr("the login for stored.example.com is kept by a program"));
  EXPECT_FALSE(docker::RegistryLogins(dir.File("nothing")).Find("ghcr.io"));
  EXPECT_FALSE(*docker::RegistryLogins({}).Find("ghcr.io"));
}

}  // namespace
}  // namespace mooring::testing
