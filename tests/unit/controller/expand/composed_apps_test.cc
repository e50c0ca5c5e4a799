// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/composed_apps.h"

#include <gmock/gmock.h>

namespace mooring::expand {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kApp[] = "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: wiki}\n";

class ComposedAppsTest : public ::testing::Test {
 protected:
  ComposedAppsTest() { PutApp("  compose: {file: ./compose.yaml}\n"); }

  void PutApp(const std::string& spec) { tree_.Put("apps/app.yaml", kApp + ("spec:\n" + spec)); }
  void PutCompose(const std::string& text) { tree_.Put("apps/compose.yaml", text); }
  ResourcePtr Load() {
    findings_.clear();
    auto loaded = loader_.Load(tree_);
    EXPECT_TRUE(loaded);
    EXPECT_TRUE(composed_.Compose(tree_, *loaded));
    for (const Diagnostic& finding : loaded->diagnostics) findings_.push_back(finding.ToString());
    const bool known = loaded->invalid.contains({"App", "default", "wiki"});
    EXPECT_EQ(known, loaded->resources.empty());
    return loaded->resources.empty() ? nullptr : loaded->resources.front();
  }
  Json Spec() {
    const ResourcePtr app = Load();
    EXPECT_THAT(findings_, IsEmpty());
    return app == nullptr ? Json() : app->spec;
  }

  MemoryFileTree tree_;
  manifest::Loader loader_;
  ComposedApps composed_;
  std::vector<std::string> findings_;
};

TEST_F(ComposedAppsTest, IsWhatTheAppWouldSayItself) {
  PutCompose(
      "services:\n  web:\n    image: web:${TAG:-1}\n    command: serve --fast\n"
      "    environment: [GREETING=moin]\n    volumes: [data:/data, /srv/x:/x:ro]\n"
      "    ports: [\"8080:80\", 127.0.0.1:53:53/udp]\n    gpus: all\n"
      "    ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 5}\n"
      "    healthcheck: {test: wget x, interval: 5s, start_period: 1m}\n"
      "    deploy: {resources: {limits: {memory: 512M, cpus: 0.5}}}\n"
      "    extra_hosts: [a:10.0.0.7]\n    tmpfs: /tmp\n    labels: [a=b]\n    shm_size: 64m\n"
      "volumes: {data: }\nx-note: for people\n");
  const ResourcePtr composed = Load();
  ASSERT_NE(composed, nullptr) << ::testing::PrintToString(findings_);
  PutApp(
      "  services:\n    web:\n      image: web:1\n      command: serve --fast\n"
      "      environment: [GREETING=moin]\n      volumes: [data:/data, /srv/x:/x:ro]\n"
      "      ports: [\"8080:80\", 127.0.0.1:53:53/udp]\n      gpus: all\n"
      "      ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 5}\n"
      "      healthcheck: {test: wget x, interval: 5s, start_period: 1m}\n"
      "      deploy: {resources: {limits: {memory: 512M, cpus: 0.5}}}\n"
      "      extra_hosts: [a:10.0.0.7]\n      tmpfs: /tmp\n      labels: [a=b]\n      shm_size: "
      "64m\n"
      "  volumes: {data: }\n");
  const ResourcePtr written = Load();
  EXPECT_EQ(composed->spec, written->spec);
  EXPECT_EQ(composed->spec_digest, written->spec_digest);
}

TEST_F(ComposedAppsTest, VariablesComeFromTheAppThenFromTheFile) {
  tree_.Put("apps/.env", "A=file\nB=file\n");
  tree_.Put("apps/other.env", "A=other\n");
  PutCompose("services: {web: {image: \"web:${A}-${B:-none}\"}}\n");
  EXPECT_EQ(Spec()["services"]["web"]["image"], "web:file-file");
  PutApp("  compose: {file: ./compose.yaml, environment: {B: app}}\n");
  EXPECT_EQ(Spec()["services"]["web"]["image"], "web:file-app");
  PutApp("  compose: {file: compose.yaml, envFile: ./other.env}\n");
  EXPECT_EQ(Spec()["services"]["web"]["image"], "web:other-none");
}

TEST_F(ComposedAppsTest, TakesProfilesIncludesAndExtensions) {
  PutApp("  compose: {file: ./compose.yaml, profiles: [search]}\n");
  PutCompose(
      "include: [more/compose.yaml]\nservices:\n"
      "  web: {extends: {file: base.yaml, service: base}, environment: {A: 1}}\n"
      "  search: {image: \"search:1\", profiles: [search]}\n"
      "  debug: {image: \"debug:1\", profiles: [debug]}\n");
  tree_.Put("apps/base.yaml", "services: {base: {image: \"base:1\", env_file: base.env}}\n");
  tree_.Put("apps/base.env", "B=2\n");
  tree_.Put(
      "apps/more/compose.yaml",
      "services: {more: {image: \"more:1\", configs: [conf]}}\nconfigs: {conf: {file: ./c}}\n");
  const Json spec = Spec();
  std::vector<std::string> names;
  for (const auto& [name, service] : spec["services"].items()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("more", "search", "web"));
  EXPECT_EQ(spec["services"]["web"]["environment"], Json::parse(R"({"A": "1", "B": "2"})"));
  EXPECT_EQ(spec["configs"]["conf"]["file"], "./apps/more/c");
}

TEST_F(ComposedAppsTest, TheDefaultNetworkIsTheAppsOwnUnlessTheFileSaysMore) {
  PutCompose(
      "services:\n  web: {image: \"web:1\"}\n  db: {image: \"db:1\", networks: [back, default]}\n"
      "networks: {back: }\n");
  Json spec = Spec();
  EXPECT_FALSE(spec["services"]["web"].contains("networks"));
  EXPECT_TRUE(spec["services"]["db"]["networks"].contains("default"));
  EXPECT_FALSE(spec["networks"].contains("default"));
  PutCompose(
      "services: {web: {image: \"web:1\"}}\n"
      "networks: {default: {name: proxy, external: true}}\n");
  spec = Spec();
  EXPECT_TRUE(spec["services"]["web"]["networks"].contains("default"));
  EXPECT_EQ(spec["networks"]["default"]["name"], "proxy");
}

TEST_F(ComposedAppsTest, ASecretStandsWhereItsVariableIsTheWholeValue) {
  PutApp(
      "  compose:\n    file: ./compose.yaml\n    environment:\n"
      "      PASS: {secretRef: {name: wiki, key: password}}\n");
  PutCompose(
      "services:\n  web:\n    image: web:1\n    environment: {DB: \"${PASS:?set it}\", OTHER: x}\n"
      "    secrets: [pass]\nsecrets: {pass: {environment: PASS}}\n");
  const Json ref = Json::parse(R"({"secretRef": {"name": "wiki", "key": "password"}})");
  const ResourcePtr app = Load();
  ASSERT_NE(app, nullptr) << ::testing::PrintToString(findings_);
  EXPECT_EQ(app->spec["services"]["web"]["environment"]["DB"], ref);
  EXPECT_EQ(app->spec["secrets"]["pass"], ref);
  EXPECT_EQ(app->secrets.size(), 2U);

  PutCompose(
      "services:\n  web:\n    image: web:1\n    environment:\n      DB: sql://u:${PASS}@db\n");
  EXPECT_EQ(Load(), nullptr);
  EXPECT_THAT(findings_,
              ElementsAre("apps/compose.yaml:5:11: the value of PASS is in a Secret and cannot "
                          "stand here; it can be the whole value of a variable in environment, or "
                          "the environment of one of secrets; put a longer text into the Secret as "
                          "a key of its own"));
}

TEST_F(ComposedAppsTest, SaysWhatIsWrongWhereItStands) {
  PutCompose("services:\n  web:\n    imagee: web:1\n");
  EXPECT_EQ(Load(), nullptr);
  EXPECT_THAT(findings_, ElementsAre("apps/compose.yaml:3:5: unknown field \"imagee\" in "
                                     "services.web; did you mean \"image\"?"));
  PutCompose("services:\n  web:\n    image: web:1\n    volumes: [../../../etc:/etc]\n");
  EXPECT_EQ(Load(), nullptr);
  EXPECT_THAT(findings_, ElementsAre(::testing::HasSubstr("apps/compose.yaml:4:15: ../../etc leads "
                                                          "out of the repository")));
  PutCompose("services:\n  web:\n    build: .\n");
  EXPECT_EQ(Load(), nullptr);
  EXPECT_THAT(
      findings_,
      ElementsAre(::testing::HasSubstr("apps/compose.yaml:3:5: build is refused without image")));
}

TEST_F(ComposedAppsTest, SaysWhichFileIsMissing) {
  PutApp("  compose:\n    file: ./compsoe.yaml\n    envFile: ./none.env\n");
  PutCompose("services: {web: {image: \"web:1\"}}\n");
  EXPECT_EQ(Load(), nullptr);
  EXPECT_THAT(findings_,
              ElementsAre("apps/app.yaml:6:11: there is no file ./apps/compsoe.yaml in the "
                          "repository; did you mean ./apps/compose.yaml?",
                          "apps/app.yaml:7:14: there is no file ./apps/none.env in the repository; "
                          "add it; the path begins at the file that says it"));
}

/// A tree of which a part cannot be read just now.
class BrokenTree final : public FileTree {
 public:
  BrokenTree(const FileTree& tree, std::string path) : tree_(tree), path_(std::move(path)) {}
  const std::vector<Entry>& entries() const override { return tree_.entries(); }
  Result<std::string> Read(const Entry& entry) const override {
    if (entry.path == path_) return Fail(ErrorCode::kUnavailable, "the disk is gone");
    return tree_.Read(entry);
  }

 private:
  const FileTree& tree_;
  const std::string path_;
};

TEST_F(ComposedAppsTest, WhatCannotBeReadIsNotAbsent) {
  PutCompose("services: {web: {image: \"web:${TAG:-1}\"}}\n");
  tree_.Put("apps/real.env", "TAG=2\n");
  tree_.Put("apps/.env", "real.env", FileTree::Type::kSymlink);
  EXPECT_EQ(Spec()["services"]["web"]["image"], "web:2");
  for (const char* path : {"apps/compose.yaml", "apps/.env", "apps/real.env"}) {
    auto loaded = loader_.Load(tree_);
    const Status composed = ComposedApps().Compose(BrokenTree(tree_, path), *loaded);
    ASSERT_FALSE(composed) << path;
    EXPECT_EQ(composed.error().code(), ErrorCode::kUnavailable);
  }
}

TEST_F(ComposedAppsTest, WhatIsTooLargeIsNotAbsent) {
  PutCompose("services: {web: {image: \"web:${TAG:-1}\", env_file: [./web.env]}}\n");
  tree_.Put("apps/web.env", "A=1\n");
  const std::string large = "TAG=2\n#" + std::string(2 << 20, 'x') + "\n";
  const std::string says =
      ": the file has 2.0 MiB, more than the 1.0 MiB that are read; split it, or keep what does "
      "not "
      "belong into it elsewhere";
  for (const char* file : {"apps/.env", "apps/web.env"}) {
    tree_.Put(file, large);
    EXPECT_EQ(Load(), nullptr);
    EXPECT_THAT(findings_, ElementsAre(file + says));
    tree_.Put(file, "TAG=2\n");
    EXPECT_EQ(Spec()["services"]["web"]["image"], "web:2");
  }
}

TEST_F(ComposedAppsTest, PlacesAreThoseOfTheirFiles) {
  PutCompose("services:\n  web:\n    image: web:1\n");
  const ResourcePtr app = Load();
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->LocationOf("/services/web/image").ToString(), "apps/compose.yaml:3:12");
  EXPECT_EQ(app->LocationOf("").ToString(), "apps/app.yaml:5:3");
}

TEST_F(ComposedAppsTest, WhatDidNotChangeStaysTheSame) {
  PutCompose("services: {web: {image: \"web:${TAG:-1}\"}}\n");
  const ResourcePtr first = Load();
  tree_.Put("apps/unrelated.txt", "x");
  EXPECT_EQ(Load(), first);
  tree_.Put("apps/.env", "TAG=2\n");
  const ResourcePtr second = Load();
  EXPECT_EQ(second->spec["services"]["web"]["image"], "web:2");
  tree_.Remove("apps/.env");
  EXPECT_EQ(Load()->spec, first->spec);
}

}  // namespace
}  // namespace mooring::expand
