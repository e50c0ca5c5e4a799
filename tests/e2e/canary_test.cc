// SPDX-License-Identifier: Apache-2.0
// Thirty secrets of odd shapes, taken through what goes well and what goes wrong; then everything
// that Mooring wrote or says is searched for them.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "controller/base/base64.h"
#include "tests/e2e/world.h"
#include "tests/support/secrets/sops_keys.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

/// In each value, so that any part of it that leaks is found.
constexpr char kMark[] = "cAnArY";

std::vector<std::string> OddValues() {
  const std::string mark = kMark;
  std::vector<std::string> values = {
      mark + " plain",
      mark + "\nsecond line " + mark + "\n",
      "\n\n" + mark,
      mark + "\"double\" 'single' `back`",
      mark + "\\back\\slash\\n",
      mark + " ünïcödé 鍵 🔑",
      mark + "\ttab\t",
      "  " + mark + "  ",
      "{\"json\": \"" + mark + "\", \"n\": [1, 2]}",
      "yaml: " + mark + "\nlist:\n  - one\n",
      "- " + mark,
      "# " + mark,
      "&anchor " + mark,
      "*" + mark,
      "!tag " + mark,
      "%" + mark + "%20",
      "${" + mark + "}",
      "$" + mark + " $$ $(" + mark + ")",
      "{{ " + mark + " }}",
      mark + ": " + mark,
      "\"" + mark + "\"",
      "'" + mark,
      "<b>" + mark + "</b>&amp;",
      "| " + mark + " |",
      "https://user:" + mark + "@example.com/?a=b&c=d",
      "-----BEGIN KEY-----\n" + mark + "\n-----END KEY-----\n",
      "ENC[AES256_GCM,data:" + mark + "]",
      "null " + mark,
      mark + "\r\n",
  };
  std::string large = mark;
  while (large.size() < 65'536) large += "0123456789abcdef";
  values.push_back(std::move(large));
  return values;
}

class Canaries : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    world_->Configure("/secrets/sops",
                      {{"binary", SopsProgram()}, {"ageKeyFile", keys_.age_key_file()}});
    world_->Configure("/log/level", "debug");
    for (size_t i = 0; i < values_.size(); ++i) names_.push_back(fmt::format("K{:02}", i));
    ASSERT_EQ(values_.size(), 30U);
  }
  Json Ref(const std::string& key) const {
    return {{"secretRef", {{"name", "odd"}, {"key", key}}}};
  }
  std::string Encrypted(const std::string& suffix = "") const {
    Json data = Json::object();
    for (size_t i = 0; i < values_.size(); ++i) data[names_[i]] = values_[i] + suffix;
    const Json secret = {{"apiVersion", kApiVersion},
                         {"kind", "Secret"},
                         {"metadata", {{"name", "odd"}, {"namespace", world_->ns}}},
                         {"spec", {{"retryInterval", "1s"}, {"data", data}}}};
    return keys_.Encrypt(secret.dump(2));
  }
  /// Each value as a variable and as a file, but for the large one, which is a file alone: Linux
  /// takes no larger variables than 128 KiB with all others together in a page.
  Json App(const std::string& version) const {
    Json app = world_->App("odd", version);
    Json& service = app["spec"]["services"]["web"];
    for (size_t i = 0; i < names_.size(); ++i) {
      if (values_[i].size() < 60'000) service["environment"][names_[i]] = Ref(names_[i]);
      service["secrets"].push_back(names_[i]);
      app["spec"]["secrets"][names_[i]] = Ref(names_[i]);
    }
    return app;
  }
  void Publish(const std::string& text, const std::string& message) {
    world_->repo.Write("secrets/odd.sops.yaml", text);
    world_->Commit(message);
  }
  bool SecretSays(const std::string& reason) {
    return Eventually(kSoon, [&] { return world_->Has("Secret", "odd", "Ready", reason); });
  }

  /// `text` has nothing of a value, not even encoded.
  static void ExpectClean(const std::string& what, const std::string& text) {
    for (const std::string& form : {std::string(kMark), EncodeBase64(kMark).substr(0, 8)}) {
      const size_t at = text.find(form);
      EXPECT_EQ(at, std::string::npos) << what << ": " << text.substr(at < 60 ? 0 : at - 60, 120);
    }
  }
  void ExpectCleanFiles(const std::string& folder) const {
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
      const std::string path = entry.path();
      const bool in_memory = path.starts_with(world_->SecretFolder());
      if (in_memory || !entry.is_regular_file(ignored)) continue;
      ExpectClean(path, ReadText(path));
    }
  }
  void ExpectNothingAnywhere() const;

  const SopsKeys keys_;
  const std::vector<std::string> values_ = OddValues();
  std::vector<std::string> names_;
};

void Canaries::ExpectNothingAnywhere() const {
  const World& world = *world_;
  ExpectClean("log", world.Log());
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"get", "all", "-A", "-o", "json"},
           {"get", "all", "-A", "-o", "yaml"},
           {"get", "all", "-A", "-o", "wide"},
           {"describe", "app/odd", "-n", world.ns},
           {"describe", "secret/odd", "-n", world.ns},
           {"events", "-o", "json"},
           {"tree", "app/odd", "-n", world.ns},
           {"trace", "app/odd", "-n", world.ns},
           {"diff", "app/odd", "-n", world.ns},
           {"plan", "--source", world.repo.path()},
           {"plan", "--source", world.repo.path(), "-o", "json"},
           {"plan", "--source", world.repo.path(), "-o", "markdown"},
           {"validate", world.repo.path()},
           {"build", world.repo.path()},
           {"export", "app/odd", "-n", world.ns},
           {"doctor"}}) {
    const CommandResult result = world.Mooring(command);
    ExpectClean(command.front(), result.out + result.err);
    EXPECT_NE(result.exit_code, 64) << command.front() << " was asked wrongly: " << result.err;
  }
  for (const char* path :
       {"/metrics", "/api/v1/resources", "/api/v1/events", "/healthz", "/readyz"})
    ExpectClean(path, world.Api(path).body);
  ExpectCleanFiles(world.File(""));
  for (const std::string& name : world_->Containers()) {
    const Json container = world_->engine.Inspect(name);
    ExpectClean("labels", container["Config"]["Labels"].dump());
  }
  const std::string process = fmt::format("/proc/{}/", world.DaemonPid());
  ExpectClean("arguments", ReadText(process + "cmdline"));
  ExpectClean("environment", ReadText(process + "environ"));
  EXPECT_NE(ReadText(process + "limits").find("Max core file size        0                    0"),
            std::string::npos);
}

TEST_F(Canaries, AreWholeInContainersAndNowhereElse) {
  World& world = *world_;
  world.Write("apps/odd.yaml", App("1.0.0"));
  Publish(Encrypted(), "Add thirty odd secrets");
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.HasConverged("App", "odd"); }))
      << world.Condition("App", "odd", "Ready").dump() << world.Story();
  const Json container = world.engine.Inspect(world.Container("odd"));
  std::map<std::string, std::string> variables;
  for (const Json& entry : container["Config"]["Env"]) {
    const std::string text = entry.get<std::string>();
    variables[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  std::map<std::string, std::string> files;
  for (const Json& mount : container["Mounts"]) files[mount["Destination"]] = mount["Source"];
  for (size_t i = 0; i < values_.size(); ++i) {
    EXPECT_EQ(ReadText(files["/run/secrets/" + names_[i]]), values_[i]) << names_[i];
    if (values_[i].size() < 60'000) {
      EXPECT_EQ(variables[names_[i]], values_[i]) << names_[i];
    }
  }
  ExpectNothingAnywhere();
}

TEST_F(Canaries, ComeOutOfNoFailure) {
  World& world = *world_;
  const std::string good = Encrypted();
  world.Write("apps/odd.yaml", App("1.0.0"));
  Publish(good, "Add thirty odd secrets");
  world.StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] { return world.HasConverged("App", "odd"); }));

  // SOPS quotes a value that it takes for a broken one.
  std::string clear = good;
  const size_t at = clear.find("K00: ENC[");
  clear.replace(at, clear.find('\n', at) - at, fmt::format("K00: {} in clear", kMark));
  world.repo.Write("secrets/odd.sops.yaml", clear);
  ExpectClean("validate", world.Mooring({"validate", world.repo.path()}).out);
  Publish(good, "Not that");

  std::string tampered = good;
  tampered.replace(tampered.find("retryInterval: 1s"), 17, "retryInterval: 3s");
  Publish(tampered, "Tamper");
  EXPECT_TRUE(SecretSays("DecryptFailed"));
  Publish(SopsKeys().Encrypt("{\"apiVersion\": \"mooring.dev/v1alpha1\", \"kind\": \"Secret\", "
                             "\"metadata\": {\"name\": \"odd\", \"namespace\": \"" +
                             world.ns + "\"}, \"spec\": {\"data\": {\"K00\": \"" + kMark + "\"}}}"),
          "Encrypt for somebody else");

  // A rotation while a rollout cannot end, then a container that the engine refuses.
  world.Write("apps/odd.yaml", App("unhealthy"));
  Publish(Encrypted(" rotated"), "Rotate into a rollout");
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.Has("App", "odd", "Ready", "RollingOut"); }))
      << world.Story();
  ExpectClean("plan", world.Mooring({"plan", "--source", world.repo.path()}).out);
  Json refused = App("1.0.0");
  refused["spec"]["services"]["web"]["user"] = "nobody-of-that-name";
  world.Write("apps/odd.yaml", refused);
  Publish(Encrypted(" again"), "Ask for what the engine refuses");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world.Log().find("nobody-of-that-name") != std::string::npos;
  })) << world.Story();

  // By hand: the value stands in the container, and the spec says another one.
  Json literal = world.App("odd");
  literal["spec"]["services"]["web"]["environment"][names_[0]] = "a literal";
  world.Write("apps/odd.yaml", literal);
  ExpectClean("plan of a literal", world.Mooring({"plan", "--source", world.repo.path()}).out);
  ExpectClean("diff", world.Mooring({"diff", "app/odd", "-n", world.ns}).out);
  world.KillDaemon();
  world.StartDaemon();
  ExpectNothingAnywhere();
}

}  // namespace
}  // namespace mooring::test
