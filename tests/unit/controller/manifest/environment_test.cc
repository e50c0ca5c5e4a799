// SPDX-License-Identifier: Apache-2.0
// Overlays and variables, as the loader applies them.
#include "controller/manifest/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/manifest/loader.h"

namespace mooring::manifest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kHost[] =
    "apiVersion: mooring.dev/v1alpha1\nkind: Host\nmetadata: {name: one}\nspec:\n"
    "  environment: staging\n  varsFile: ./one.vars.yaml\n";

std::string App(const std::string& spec) {
  return "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: shop}\nspec:\n" + spec;
}

/// Counts what is read.
class CountingTree final : public FileTree {
 public:
  const std::vector<Entry>& entries() const override { return files.entries(); }
  Result<std::string> Read(const Entry& entry) const override {
    read.push_back(entry.path);
    return files.Read(entry);
  }
  MemoryFileTree files;
  mutable std::vector<std::string> read;
};

class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentTest() {
    tree_.files.Put("hosts/one.yaml", kHost);
    tree_.files.Put("hosts/one.vars.yaml", "DOMAIN: example.com\nEMPTY: \"\"\n");
  }
  /// The value of X in the environment of the App's only service, or the findings.
  std::string Value(const std::string& text) {
    tree_.files.Put("apps/shop.yaml",
                    App("  services: {web: {image: nginx, environment: {X: '" + text + "'}}}\n"));
    const LoadResult result = Load();
    if (!findings_.empty()) return findings_.front();
    return Find(result, "App/default/shop")->spec["services"]["web"]["environment"]["X"];
  }
  LoadResult Load() {
    LoadResult result = *loader_.Load(tree_, "main@sha1:1");
    findings_.clear();
    for (const Diagnostic& d : result.diagnostics) findings_.push_back(d.ToString());
    for (const Unresolved& unresolved : result.unresolved) {
      for (const Diagnostic& d : unresolved.diagnostics) findings_.push_back(d.ToString());
    }
    return result;
  }
  static ResourcePtr Find(const LoadResult& result, const std::string& key) {
    for (const ResourcePtr& r : result.resources) {
      if (r->key.ToString() == key) return r;
    }
    return nullptr;
  }

  CountingTree tree_;
  Loader loader_{"one"};
  std::vector<std::string> findings_;
};

TEST_F(EnvironmentTest, VariablesFollowComposesRules) {
  EXPECT_EQ(Value("a ${DOMAIN} b"), "a example.com b");
  EXPECT_EQ(Value("$DOMAIN/"), "example.com/");
  EXPECT_EQ(Value("${NONE:-d}${EMPTY:-e}${EMPTY-f}"), "de");
  EXPECT_EQ(Value("${NONE-${DOMAIN}}"), "example.com");
  EXPECT_EQ(Value("${DOMAIN:+x}${EMPTY:+y}${EMPTY+z}"), "xz");
  EXPECT_EQ(Value("$$DOMAIN $${DOMAIN}"), "$DOMAIN ${DOMAIN}");
  EXPECT_EQ(Value("${MOORING_HOST} ${MOORING_NAMESPACE} ${MOORING_REVISION}"),
            "one default main@sha1:1");
  EXPECT_THAT(
      Value("${DOMAN}"),
      HasSubstr("apps/shop.yaml:5:51: variable DOMAN is not defined; did you mean DOMAIN?"));
  EXPECT_THAT(Value("${ELSEWHERE}"),
              HasSubstr("add it to hosts/one.vars.yaml, or write ${ELSEWHERE:-default}; there are: "
                        "DOMAIN, EMPTY, MOORING_HOST, MOORING_REVISION, MOORING_NAMESPACE"));
  EXPECT_THAT(Value("${EMPTY:?say it}"), HasSubstr("variable EMPTY must have a value: say it"));
  EXPECT_THAT(Value("${NONE?say it}"), HasSubstr("variable NONE must have a value: say it"));
  EXPECT_THAT(Value("${DOMAIN"), HasSubstr("\"${DOMAIN\" is no variable"));
  EXPECT_THAT(Value("${1}"), HasSubstr("is no variable"));
  EXPECT_THAT(Value("costs $5"), HasSubstr("a $ that begins no variable; for a dollar sign write"));
}

TEST_F(EnvironmentTest, OutsideOfComposeALoneDollarStays) {
  tree_.files.Put("s.yaml",
                  "apiVersion: mooring.dev/v1alpha1\nkind: Site\nmetadata:\n  name: shop\n"
                  "  annotations: {mooring.dev/runbook: \"https://wiki.${DOMAIN}\"}\nspec:\n"
                  "  hosts: [\"shop.${DOMAIN}\"]\n"
                  "  routes: [{respond: {status: \"${CODE:-201}\", body: \"$5 $DOMAIN $$\"}}]\n");
  const ResourcePtr site = Find(Load(), "Site/default/shop");
  ASSERT_THAT(findings_, IsEmpty());
  EXPECT_EQ(site->spec["hosts"][0], "shop.example.com");
  EXPECT_EQ(site->spec["routes"][0]["respond"]["body"], "$5 $DOMAIN $");
  EXPECT_EQ(site->spec["routes"][0]["respond"]["status"], 201);
  EXPECT_EQ(site->annotations.at("mooring.dev/runbook"), "https://wiki.example.com");
}

TEST_F(EnvironmentTest, WithoutAHostTheFindingSaysWhoWouldDefineIt) {
  tree_.files.Remove("hosts/one.yaml");
  EXPECT_THAT(Value("${DOMAIN}"), HasSubstr("define it in the varsFile of a document Host/one"));
  EXPECT_EQ(Value("${DOMAIN:-x}"), "x");
}

TEST_F(EnvironmentTest, AVarsFileWithFindingsIsTheOnlyFinding) {
  tree_.files.Put("hosts/one.vars.yaml", "DOMAIN: 5\nMOORING_X: a\na-b: c\nNESTED: {A: b}\n");
  Value("${DOMAIN} ${OTHER}");
  EXPECT_THAT(
      findings_,
      ElementsAre("hosts/one.vars.yaml:1:9: variable DOMAIN must be a string, got a number; "
                  "write \"5\"",
                  "hosts/one.vars.yaml:2:1: MOORING_X begins with MOORING_, as Mooring's own "
                  "do; choose another name",
                  "hosts/one.vars.yaml:3:1: \"a-b\" is not a name of a variable; use letters, "
                  "digits and _, no digit first",
                  "hosts/one.vars.yaml:4:9: variable NESTED must be a string, got a map; "
                  "variables are flat: one NAME, one text"));
  tree_.files.Remove("hosts/one.vars.yaml");
  Load();
  EXPECT_THAT(findings_, ElementsAre(HasSubstr("hosts/one.yaml:6:13: there is no file "
                                               "hosts/one.vars.yaml; add it, or remove varsFile")));
}

TEST_F(EnvironmentTest, AnOverlayMergesReplacesAndRemoves) {
  tree_.files.Put("apps/shop.yaml",
                  App("  interval: 5m\n  services:\n    web:\n      image: nginx\n"
                      "      environment: {A: \"1\", B: \"2\"}\n      tmpfs: [/a, /b]\n"
                      "    worker: {image: nginx}\n"));
  tree_.files.Put("overlays/staging/shop.yaml",
                  App("  interval: null\n  services:\n    worker: null\n    web:\n"
                      "      environment: {B: \"${DOMAIN}\", C: \"3\"}\n      tmpfs: [/c]\n"));
  tree_.files.Put("overlays/production/shop.yaml", App("  interval: 1m\n"));
  const ResourcePtr app = Find(Load(), "App/default/shop");
  ASSERT_THAT(findings_, IsEmpty());
  EXPECT_EQ(app->spec, Json::parse(R"({"services": {"web": {"image": "nginx", "tmpfs": ["/c"],
              "environment": {"A": "1", "B": "example.com", "C": "3"}}}})"));
  EXPECT_EQ(app->overlay, "overlays/staging/shop.yaml");
  EXPECT_EQ(app->LocationOf("/services/web/environment/B").ToString(),
            "overlays/staging/shop.yaml:9:24");
  EXPECT_EQ(app->LocationOf("/services/web/image").ToString(), "apps/shop.yaml:8:14");
}

TEST_F(EnvironmentTest, FindingsPointAtTheFileThatSaysIt) {
  tree_.files.Put("apps/shop.yaml", App("  services: {web: {image: nginx}}\n"));
  tree_.files.Put("overlays/staging/shop.yaml",
                  App("  services: {web: {imagee: nginx, environment: {X: \"${NONE}\"}}}\n"));
  Load();
  EXPECT_THAT(findings_, ElementsAre(HasSubstr("overlays/staging/shop.yaml:5:52: variable NONE")));
  tree_.files.Put("overlays/staging/shop.yaml", App("  services: {web: {imagee: nginx}}\n"));
  Load();
  EXPECT_THAT(findings_, ElementsAre(HasSubstr("overlays/staging/shop.yaml:5:20: unknown field")));
}

TEST_F(EnvironmentTest, OnlyWhatTookSomethingOfAChangeIsReadAgain) {
  tree_.files.Put("apps/a.yaml", App("  services: {web: {image: \"nginx:${DOMAIN}\"}}\n"));
  tree_.files.Put("b.yaml",
                  "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: b}\n"
                  "spec: {services: {web: {image: \"nginx:${EMPTY:-1}\"}}}\n");
  tree_.files.Put("c.yaml",
                  "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: c}\n"
                  "spec: {services: {web: {image: nginx}}}\n");
  const LoadResult before = Load();
  tree_.read.clear();
  Load();
  EXPECT_THAT(tree_.read, ElementsAre("hosts/one.vars.yaml"));
  tree_.read.clear();
  tree_.files.Put("hosts/one.vars.yaml", "DOMAIN: other\nEMPTY: \"\"\n");
  const LoadResult after = Load();
  EXPECT_THAT(tree_.read, ElementsAre("hosts/one.vars.yaml", "hosts/one.vars.yaml", "apps/a.yaml"));
  EXPECT_EQ(Find(after, "App/default/shop")->spec["services"]["web"]["image"], "nginx:other");
  EXPECT_EQ(Find(after, "App/default/b"), Find(before, "App/default/b"));
  EXPECT_EQ(Find(after, "App/default/c"), Find(before, "App/default/c"));
  tree_.files.Put("overlays/staging/c.yaml",
                  "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: c}\n"
                  "spec: {services: {web: {image: caddy}}}\n");
  EXPECT_EQ(Find(Load(), "App/default/c")->spec["services"]["web"]["image"], "caddy");
  tree_.files.Remove("overlays/staging/c.yaml");
  EXPECT_EQ(Find(Load(), "App/default/c")->spec["services"]["web"]["image"], "nginx");
}

TEST_F(EnvironmentTest, AShortFileBecomesNoHugeOne) {
  std::string vars = "A: " + std::string(100'000, 'a') + "\nB: \"";
  for (int i = 0; i < 100; ++i) vars += "x";
  tree_.files.Put("hosts/one.vars.yaml", vars + "\"\n");
  std::string text;
  for (int i = 0; i < 100; ++i) text += "${A}";
  EXPECT_THAT(Value(text), HasSubstr("with its variables this document has more than"));
  std::string nested = "x";
  for (int i = 0; i < 20; ++i) nested = "${NONE:-" + nested + "}";
  EXPECT_THAT(Value(nested), HasSubstr("variables stand too deep within each other"));
}

}  // namespace
}  // namespace mooring::manifest
