// SPDX-License-Identifier: Apache-2.0
// Values of encrypted files in containers: as variables and as files, changed, in clear, for
// another key, after a reboot.
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/e2e/world.h"
#include "tests/support/docker/tiny_registry.h"
#include "tests/support/secrets/sops_keys.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

/// A window that is always closed, for all of the world's namespace; to be committed.
void CloseWindows(World& world) {
  world.Write(
      "namespace.yaml",
      {{"apiVersion", kApiVersion},
       {"kind", "Namespace"},
       {"metadata", {{"name", world.ns}}},
       {"spec",
        {{"syncWindows",
          {{{"kind", "deny"}, {"schedule", {{"cron", "* * * * *"}}}, {"duration", "1h"}}}}}}});
}

class Secrets : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    world_->Configure("/secrets/sops",
                      {{"binary", SopsProgram()}, {"ageKeyFile", keys_.age_key_file()}});
  }
  Json Secret(const std::string& name, const Json& data) const {
    return {{"apiVersion", kApiVersion},
            {"kind", "Secret"},
            {"metadata", {{"name", name}, {"namespace", world_->ns}}},
            {"spec", {{"retryInterval", "1s"}, {"data", data}}}};
  }
  /// Encrypts and writes it; not committed.
  void WriteSecret(const std::string& name, const Json& data) {
    encrypted_ = keys_.Encrypt(Secret(name, data).dump(2));
    world_->repo.Write(FileOf(name), encrypted_);
  }
  static std::string FileOf(const std::string& name) { return "secrets/" + name + ".sops.yaml"; }
  /// An App whose service web has `environment` and `files`.
  Json AppWith(const std::string& name, const Json& environment, const Json& secrets) const {
    Json app = world_->App(name);
    app["spec"]["services"]["web"]["environment"].update(environment);
    Json files = Json::array();
    for (const auto& [key, ref] : secrets.items()) files.push_back(key);
    app["spec"]["services"]["web"]["secrets"] = files;
    app["spec"]["secrets"] = secrets;
    return app;
  }
  static Json Ref(const std::string& name, const std::string& key) {
    return {{"secretRef", {{"name", name}, {"key", key}}}};
  }
  /// NAME=value as the engine has it; "" when it has none.
  std::string Variable(const std::string& app, const std::string& name) const {
    const Json container = world_->engine.Inspect(world_->Container(app));
    if (!container.is_object() || !container.contains("Config")) return "";
    for (const Json& entry : container["Config"]["Env"]) {
      const std::string text = entry.get<std::string>();
      if (text.starts_with(name + "=")) return text.substr(name.size() + 1);
    }
    return "";
  }
  /// The file of the host that is mounted there.
  std::string FileAt(const std::string& app, const std::string& target) const {
    const Json container = world_->engine.Inspect(world_->Container(app));
    for (const Json& mount : container["Mounts"]) {
      if (mount["Destination"] == target) return mount["Source"];
    }
    return "";
  }
  bool Converges(const std::string& app) {
    return Eventually(kRollout, [&] { return world_->HasConverged("App", app); });
  }
  std::string Why(const std::string& kind, const std::string& name) const {
    return world_->Condition(kind, name, "Ready").value("message", "");
  }

  const SopsKeys keys_;
  std::string encrypted_;  ///< the last one
};

TEST_F(Secrets, AreVariablesAndFilesAndRollExactlyTheirUsers) {
  World& world = *world_;
  WriteSecret("shop", {{"session-key", "first value"}, {"payment-key", "line 1\nline \"2\"\n"}});
  world.Write("apps/shop.yaml", AppWith("shop", {{"SESSION_KEY", Ref("shop", "session-key")}},
                                        {{"pay", Ref("shop", "payment-key")}}));
  world.Write("apps/wiki.yaml",
              AppWith("wiki", {{"PAYMENT_KEY", Ref("shop", "payment-key")}}, Json::object()));
  world.Commit("Add shop and wiki");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  ASSERT_TRUE(Converges("wiki"));
  EXPECT_EQ(Variable("shop", "SESSION_KEY"), "first value");
  EXPECT_EQ(Variable("wiki", "PAYMENT_KEY"), "line 1\nline \"2\"\n");
  const std::string file = FileAt("shop", "/run/secrets/pay");
  EXPECT_EQ(ReadText(file), "line 1\nline \"2\"\n");
  struct stat info{};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0400U);

  const std::string wiki = world.engine.IdOf(world.Container("wiki"));
  world.repo.Write(FileOf("shop"), keys_.Set(encrypted_, R"(["spec"]["data"]["session-key"])",
                                             R"("second value")"));
  const std::string plan = world.Mooring({"plan", "--source", world.repo.path()}).out;
  EXPECT_NE(plan.find("(secret, changed)"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("second value"), std::string::npos) << plan;
  world.Commit("Another session key");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return Variable("shop", "SESSION_KEY") == "second value";
  })) << Why("App", "shop");
  ASSERT_TRUE(Converges("shop"));
  ASSERT_TRUE(Converges("wiki"));
  EXPECT_EQ(world.engine.IdOf(world.Container("wiki")), wiki) << "it uses another key";
}

TEST_F(Secrets, EncryptedAnewTheyChangeNothing) {
  World& world = *world_;
  WriteSecret("shop", {{"key", "a value"}});
  world.Write("apps/shop.yaml", AppWith("shop", {{"KEY", Ref("shop", "key")}}, Json::object()));
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  const std::string id = world.engine.IdOf(world.Container("shop"));
  WriteSecret("shop", {{"key", "a value"}});
  world.Commit("Encrypt anew");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("Secret", "shop"); }));
  ASSERT_TRUE(Converges("shop"));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
}

TEST_F(Secrets, BrokenOnesStopTheirUsersAloneAndShowNoValue) {
  World& world = *world_;
  WriteSecret("good", {{"key", "good value"}});
  WriteSecret("shop", {{"key", "canary-before"}});
  world.Write("apps/good.yaml", AppWith("good", {{"KEY", Ref("good", "key")}}, Json::object()));
  world.Write("apps/shop.yaml", AppWith("shop", {{"KEY", Ref("shop", "key")}}, Json::object()));
  world.Commit("Add two");
  world.StartDaemon();
  ASSERT_TRUE(Converges("good"));
  ASSERT_TRUE(Converges("shop"));
  const std::string id = world.engine.IdOf(world.Container("shop"));

  // Changed outside of SOPS: the MAC covers the key's name as well.
  std::string tampered = encrypted_;
  const size_t name = tampered.find("name: shop");
  ASSERT_NE(name, std::string::npos) << tampered;
  tampered.replace(tampered.find("retryInterval: 1s"), 17, "retryInterval: 2s");
  world.repo.Write(FileOf("shop"), tampered);
  world.Commit("Tamper");
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Secret", "shop", "Ready", "DecryptFailed");
  })) << Why("Secret", "shop");
  EXPECT_NE(Why("Secret", "shop").find("was changed outside of SOPS"), std::string::npos);
  EXPECT_TRUE(world.IsReady("App", "good"));
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);

  // For a key that this host has not.
  const SopsKeys others;
  world.repo.Write(FileOf("shop"),
                   others.Encrypt(Secret("shop", {{"key", "canary-foreign"}}).dump(2)));
  world.Commit("Encrypt for somebody else");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.Has("Secret", "shop", "Ready", "KeyMissing"); }))
      << Why("Secret", "shop");
  EXPECT_NE(Why("Secret", "shop").find(others.recipient()), std::string::npos);
  EXPECT_TRUE(
      Eventually(kSoon, [&] { return world.Has("App", "shop", "Ready", "DependencyNotReady"); }));

  // A value in clear is a finding, by its place alone, and nothing of the revision is applied.
  std::string clear = encrypted_;
  const size_t at = clear.find("key: ENC[");
  clear.replace(at, clear.find('\n', at) - at, "key: canary-in-clear");
  world.repo.Write(FileOf("shop"), clear);
  world.Commit("Put a value in clear");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Condition("Host", world.ns, "SourceReady")
               .value("message", "")
               .find("spec.data.key is in clear") != std::string::npos;
  })) << world.Story();

  for (const std::string& text :
       {world.Log(), world.Mooring({"get", "all", "-A", "-o", "json"}).out,
        world.Mooring({"events", "-o", "json"}).out,
        world.Mooring({"validate", world.repo.path()}).out}) {
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  }
}

TEST_F(Secrets, OpenWithPgpAndInManyDocuments) {
  World& world = *world_;
  const SopsKeys pgp(SopsKeys::Kind::kPgp);
  world.Configure("/secrets/sops", {{"binary", SopsProgram()}, {"pgpHome", pgp.pgp_home()}});
  world.repo.Write("secrets/all.sops.yaml",
                   pgp.Encrypt(Secret("one", {{"key", "value one"}}).dump() + "\n---\n" +
                               Secret("two", {{"key", "value two"}}).dump() + "\n"));
  world.Write(
      "apps/shop.yaml",
      AppWith("shop", {{"ONE", Ref("one", "key")}, {"TWO", Ref("two", "key")}}, Json::object()));
  world.Commit("Add two Secrets in one file");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  EXPECT_EQ(Variable("shop", "ONE"), "value one");
  EXPECT_EQ(Variable("shop", "TWO"), "value two");
}

TEST_F(Secrets, FilesAreBackAfterARebootBeforeTheDaemonRuns) {
  World& world = *world_;
  WriteSecret("shop", {{"key", "survives"}});
  world.Write("apps/shop.yaml", AppWith("shop", Json::object(), {{"file", Ref("shop", "key")}}));
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  const std::string file = FileAt("shop", "/run/secrets/file");
  const std::string container = world.Container("shop");
  ASSERT_TRUE(world.StopDaemon());
  ASSERT_EQ(world.engine.Do("POST", "/containers/" + container + "/stop?t=0"), 204);
  ::umount2(world.SecretFolder().c_str(), MNT_DETACH);
  ASSERT_FALSE(fs::exists(file)) << "memory is gone with the power";
  const CommandResult restored = world.Mooring({"restore-secret-files"});
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(restored.out, "1 file is back in " + world.SecretFolder() + ".\n");
  EXPECT_EQ(ReadText(file), "survives");
  EXPECT_EQ(world.engine.Do("POST", "/containers/" + container + "/start"), 204);
  const std::string id = world.engine.IdOf(container);
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  EXPECT_EQ(world.engine.IdOf(container), id);
}

TEST_F(Secrets, FilesThatWereRemovedComeBackAndUnusedOnesGo) {
  World& world = *world_;
  WriteSecret("shop", {{"key", "stays"}});
  world.Write("apps/shop.yaml", AppWith("shop", Json::object(), {{"file", Ref("shop", "key")}}));
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  const std::string file = FileAt("shop", "/run/secrets/file");
  fs::remove(file);
  EXPECT_EQ(world.Mooring({"reconcile", "app/shop", "-n", world.ns}).exit_code, 0);
  EXPECT_TRUE(Eventually(kSoon, [&] { return fs::exists(file); }));
  world.Write("apps/shop.yaml", world.App("shop"));
  world.Commit("It reads no secret any more");
  EXPECT_TRUE(Eventually(kRollout, [&] { return !fs::exists(file); })) << world.Log();
  EXPECT_TRUE(fs::is_empty(world.File("store/secret-files")));
}

TEST_F(Secrets, OfProvidersAreNamedByTheHostAlone) {
  World& world = *world_;
  fs::create_directories(world.File("provider/team"));
  const auto put = [&](const std::string& value) { world.WriteFile("provider/team/token", value); };
  put("from a folder\n");
  world.Configure("/secrets/providers",
                  {{{"name", "files"}, {"directory", world.File("provider")}, {"cacheFor", "1s"}},
                   {{"name", "program"}, {"command", {"printf", "asked for %s", "{key}"}}}});
  Json files = Secret("files", nullptr);
  files["spec"] = {{"interval", "1s"}, {"provider", "files"}, {"keys", {{"token", "team/token"}}}};
  Json program = Secret("program", nullptr);
  program["spec"] = {{"provider", "program"}, {"keys", {{"token", "a key; $(id)"}}}};
  world.Write("secrets/files.yaml", files);
  world.Write("secrets/program.yaml", program);
  world.Write("apps/shop.yaml",
              AppWith("shop", {{"A", Ref("files", "token")}, {"B", Ref("program", "token")}},
                      Json::object()));
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  EXPECT_EQ(Variable("shop", "A"), "from a folder");
  EXPECT_EQ(Variable("shop", "B"), "asked for a key; $(id)");

  put("another value\n");
  EXPECT_TRUE(Eventually(kRollout, [&] { return Variable("shop", "A") == "another value"; }))
      << world.Story();

  program["spec"]["provider"] = "nobody";
  world.Write("secrets/program.yaml", program);
  world.Commit("Ask somebody whom the host does not know");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Secret", "program", "Ready", "ProviderFailed");
  })) << Why("Secret", "program");
  EXPECT_NE(Why("Secret", "program").find("mooring.yaml names: files, program"), std::string::npos);
}

TEST_F(Secrets, OfAnotherNamespaceWaitForTheWindowsOfTheirUser) {
  World& world = *world_;
  const std::string other = world.ns + "-shared";
  const auto write_shared = [&](const std::string& value) {
    Json secret = Secret("shared", {{"key", value}});
    secret["metadata"]["namespace"] = other;
    secret["spec"]["allowFrom"] = {world.ns};
    world.repo.Write(FileOf("shared"), keys_.Encrypt(secret.dump(2)));
  };
  write_shared("before");
  Json app = AppWith("shop", {{"KEY", Ref("shared", "key")}}, Json::object());
  app["spec"]["services"]["web"]["environment"]["KEY"]["secretRef"]["namespace"] = other;
  world.Write("apps/shop.yaml", app);
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  CloseWindows(world);
  write_shared("after");
  world.Commit("Rotate what a closed namespace uses");
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Has("App", "shop", "Ready", "OutsideSyncWindow");
  })) << world.Story();
  EXPECT_EQ(Variable("shop", "KEY"), "before");
  const std::string id = world.engine.IdOf(world.Container("shop"));
  EXPECT_EQ(world.Mooring({"reconcile", "app", "shop", "-n", world.ns}).exit_code, 0);
  EXPECT_EQ(world.engine.IdOf(world.Container("shop")), id);
  // Drift is repaired meanwhile: what does not run comes back, with the value that there is now.
  world.engine.Do("POST", "/containers/" + world.Container("shop") + "/stop?t=0");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    const Json seen = world.engine.Inspect(world.Container("shop"));
    return seen.is_object() && seen.contains("State") && seen["State"]["Running"] == true;
  })) << world.Story();
  EXPECT_EQ(Variable("shop", "KEY"), "after");
}

TEST_F(Secrets, OfAProviderWaitForWindowsAlsoWhileDriftIsRepaired) {
  World& world = *world_;
  world.WriteFile("provider/token", "before");
  world.Configure("/secrets/providers",
                  {{{"name", "files"}, {"directory", world.File("provider")}, {"cacheFor", "1s"}}});
  // In a namespace without windows, so that its value moves and its user is what is held.
  Json secret = Secret("shared", nullptr);
  secret["metadata"]["namespace"] = world.ns + "-shared";
  secret["spec"] = {{"interval", "1s"},
                    {"provider", "files"},
                    {"keys", {{"key", "token"}}},
                    {"allowFrom", {world.ns}}};
  world.Write("secrets/shared.yaml", secret);
  Json app = AppWith("shop", {{"KEY", Ref("shared", "key")}}, Json::object());
  app["spec"]["services"]["web"]["environment"]["KEY"]["secretRef"]["namespace"] =
      world.ns + "-shared";
  app["spec"]["services"]["other"] = World::Service();
  world.Write("apps/shop.yaml", app);
  world.Write("namespace.yaml", {{"apiVersion", kApiVersion},
                                 {"kind", "Namespace"},
                                 {"metadata", {{"name", world.ns}}},
                                 {"spec", {{"suspend", false}}}});
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges("shop"));
  CloseWindows(world);
  world.Commit("Close the windows");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.HasConverged("App", "shop"); }));
  world.WriteFile("provider/token", "after");
  ASSERT_TRUE(Eventually(kSoon, [&] {
    return world.Has("App", "shop", "Ready", "OutsideSyncWindow");
  })) << world.Story();
  const std::string other = world.Container("shop", 1, "other");
  for (int i = 0; i < 2; ++i) {
    const std::string id = world.engine.IdOf(other);
    world.engine.Do("DELETE", "/containers/" + other + "?force=1");
    EXPECT_TRUE(Eventually(kSoon, [&] {
      const std::string now = world.engine.IdOf(other);
      return !now.empty() && now != id;
    })) << world.Story();
    EXPECT_EQ(
        world.Mooring({"reconcile", "app", "shop", "-n", world.ns, "--wait", "--timeout", "5s"})
            .out.find("Replaced"),
        std::string::npos);
    EXPECT_EQ(Variable("shop", "KEY"), "before");
  }
  EXPECT_EQ(world.Events("App", "shop", "Replaced"), 0);
}

TEST_F(Secrets, OfAnotherNamespaceAreOpenOnlyWhereTheySaySo) {
  World& world = *world_;
  WriteSecret("shop", {{"key", "value"}});
  Json app = AppWith("shop", {{"KEY", Ref("shop", "key")}}, Json::object());
  app["metadata"]["namespace"] = world.ns + "-blue";
  app["spec"]["services"]["web"]["environment"]["KEY"]["secretRef"]["namespace"] = world.ns;
  world.Write("apps/shop.yaml", app);
  const CommandResult found = world.Mooring({"validate", world.repo.path()});
  EXPECT_EQ(found.exit_code, 2);
  EXPECT_NE(found.out.find("is not open to namespace " + world.ns + "-blue"), std::string::npos)
      << found.out;
  app["spec"]["services"]["web"]["environment"]["KEY"]["secretRef"].erase("namespace");
  app["metadata"]["namespace"] = world.ns;
  app["spec"]["services"]["web"]["environment"]["KEY"]["secretRef"]["key"] = "kee";
  world.Write("apps/shop.yaml", app);
  const std::string missing = world.Mooring({"validate", world.repo.path()}).out;
  EXPECT_NE(missing.find("has no key \"kee\"; it has: key"), std::string::npos) << missing;
}

TEST_F(Secrets, AreExaminedByTheDoctor) {
  World& world = *world_;
  WriteSecret("good", {{"key", "value"}});
  const SopsKeys others;
  world.repo.Write(FileOf("foreign"),
                   others.Encrypt(Secret("foreign", {{"key", "canary"}}).dump(2)));
  world.Commit("Add two");
  const std::string out = world.Mooring({"doctor"}).out;
  EXPECT_NE(out.find("age.txt has an age key and is private"), std::string::npos) << out;
  EXPECT_NE(out.find("ok    secret   sops 3."), std::string::npos) << out;
  EXPECT_NE(out.find("1 Secret can be opened"), std::string::npos) << out;
  EXPECT_NE(out.find("FAIL  secret   Secret/" + world.ns + "/foreign: no key of this host opens " +
                     FileOf("foreign") + "; it opens for " + others.recipient()),
            std::string::npos)
      << out;
}

TEST_F(Secrets, AreLoginsOfANamespaceForRegistries) {
  World& world = *world_;
  testing::TinyRegistry registry;
  registry.Publish(world.ns, "1", "behind a login");
  registry.RequireLogin("bot", "canary-login");
  const std::string image = registry.Name(world.ns) + ":1";
  WriteSecret("registry", {{"token", "canary-wrong"}});
  world.Write("blue.yaml", {{"apiVersion", kApiVersion},
                            {"kind", "Namespace"},
                            {"metadata", {{"name", world.ns}}},
                            {"spec",
                             {{"registryCredentials",
                               {{{"server", image.substr(0, image.find('/'))},
                                 {"username", "bot"},
                                 {"password", Ref("registry", "token")}}}}}}});
  Json app = world.App("shop");
  app["spec"]["services"] = {{"web", {{"image", image}, {"restart", "no"}}}};
  world.Write("apps/shop.yaml", app);
  world.Commit("Pull with the wrong login");
  world.StartDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Has("App", "shop", "Ready", "ImagePullFailed");
  })) << world.Story();
  world.repo.Write(FileOf("registry"),
                   keys_.Set(encrypted_, R"(["spec"]["data"]["token"])", R"("canary-login")"));
  world.Commit("Give the right login");
  EXPECT_TRUE(Eventually(kRollout, [&] { return !world.Containers().empty(); })) << world.Story();
  EXPECT_EQ(world.Log().find("canary"), std::string::npos);
  world.engine.Do("DELETE", "/images/" + image + "?force=1");
}

}  // namespace
}  // namespace mooring::test
