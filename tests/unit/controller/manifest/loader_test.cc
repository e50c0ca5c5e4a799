// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::manifest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string App(const std::string& name, const std::string& image = "nginx:1.27") {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata:\n  name: {}\nspec:\n"
      "  services:\n    web:\n      image: {}\n",
      name, image);
}

/// Counts the reads of a tree, and fails them on request.
class CountingTree final : public FileTree {
 public:
  const std::vector<Entry>& entries() const override { return files.entries(); }
  Result<std::string> Read(const Entry& entry) const override {
    ++reads;
    if (fail) return Fail(ErrorCode::kUnavailable, "the disk is gone");
    return files.Read(entry);
  }
  MemoryFileTree files;
  mutable int reads = 0;
  bool fail = false;
};

std::vector<std::string> Texts(const LoadResult& result) {
  std::vector<std::string> texts;
  for (const Diagnostic& d : result.diagnostics) texts.push_back(d.ToString());
  return texts;
}

std::vector<std::string> Keys(const LoadResult& result) {
  std::vector<std::string> keys;
  for (const ResourcePtr& r : result.resources) keys.push_back(r->key.ToString());
  return keys;
}

TEST(Loader, BuildsAResource) {
  MemoryFileTree tree;
  tree.Put("apps/a.yaml",
           "# A comment first.\napiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata:\n"
           "  name: a\n  namespace: blue\n  labels: {tier: front}\n"
           "  annotations: {mooring.dev/owner: x}\nspec:\n  suspend: true\n"
           "  services: {web: {image: nginx, deploy: {replicas: 2}}}\n");
  Loader loader;
  const auto result = loader.Load(tree);
  ASSERT_TRUE(result.has_value());
  ASSERT_THAT(Texts(*result), IsEmpty());
  const Resource& a = *result->resources.at(0);
  EXPECT_EQ(a.key, (ResourceKey{"App", "blue", "a"}));
  EXPECT_EQ(a.labels.at("tier"), "front");
  EXPECT_EQ(a.annotations.at("mooring.dev/owner"), "x");
  EXPECT_EQ(a.spec, Json::parse(R"({"suspend": true, "services":
      {"web": {"image": "nginx", "deploy": {"replicas": 2}}}})"));
  EXPECT_EQ(a.spec_digest, SpecDigest(a.spec, Json::object()));
  EXPECT_EQ(a.source.ToString(), "apps/a.yaml:2:1");
  EXPECT_EQ(a.LocationOf("/services/web/deploy/replicas").ToString(), "apps/a.yaml:11:53");
  EXPECT_EQ(a.LocationOf("/services/web/image").ToString(), "apps/a.yaml:11:27");
  EXPECT_EQ(a.LocationOf("/services/web/ports/0").ToString(), "apps/a.yaml:11:19");
  EXPECT_EQ(a.LocationOf("/suspend").ToString(), "apps/a.yaml:10:12");
}

TEST(Loader, ReadsOnlyWhatIsOurs) {
  MemoryFileTree tree;
  tree.Put("a.yaml", App("a"));
  tree.Put("b.yml", "x: 1\n---\n" + App("b") + "---\n" + App("c"));
  tree.Put("compose.yaml", "services:\n  web: {image: x}\n  web: {image: y}\nt: !Ref x\n");
  tree.Put("empty.yaml", "");
  tree.Put("list.yaml", "- 1\n");
  tree.Put("README.md", App("no"));
  tree.Put(".mooring/policy.yaml", "apiVersion: mooring.dev/v1alpha1\nrules: {}\n");
  tree.Put("sub.yaml", "x", FileTree::Type::kSubmodule);
  tree.Put("link", "../outside", FileTree::Type::kSymlink);
  tree.Put("link.yaml", "./a.yaml", FileTree::Type::kSymlink);
  Loader loader;
  const auto result = loader.Load(tree);
  EXPECT_THAT(Texts(*result), IsEmpty());
  EXPECT_THAT(Keys(*result), ElementsAre("App/default/a", "App/default/b", "App/default/c"));
  EXPECT_EQ(result->files, 6U);
}

TEST(Loader, ReadsOnlyChangedFilesAgain) {
  CountingTree tree;
  for (int i = 0; i < 10; ++i)
    tree.files.Put(fmt::format("a{}.yaml", i), App(fmt::format("a{}", i)));
  Loader loader;
  const auto first = loader.Load(tree);
  EXPECT_EQ(tree.reads, 10);
  tree.files.Put("a3.yaml", App("a3", "nginx:1.28"));
  tree.files.Remove("a4.yaml");
  const auto second = loader.Load(tree);
  EXPECT_EQ(tree.reads, 11);
  ASSERT_EQ(second->resources.size(), 9U);
  EXPECT_EQ(second->resources[0], first->resources[0]);
  EXPECT_NE(second->resources[3], first->resources[3]);
  EXPECT_EQ(second->resources[3]->spec["services"]["web"]["image"], "nginx:1.28");
}

TEST(Loader, AForkReadsWhatDiffersAndTakesNothingAway) {
  CountingTree tree;
  tree.files.Put("a.yaml", App("a"));
  tree.files.Put("b.yaml", App("b"));
  Loader loader;
  const auto first = loader.Load(tree);
  CountingTree other;
  other.files.Put("a.yaml", App("a", "nginx:1.28"));
  other.files.Put("c.yaml", App("c"));
  const auto forked = loader.Fork()->Load(other);
  EXPECT_THAT(Keys(*forked), ElementsAre("App/default/a", "App/default/c"));
  other.files.Put("b.yaml", App("b"));
  EXPECT_EQ(loader.Fork()->Load(other)->resources[1], first->resources[1]);
  EXPECT_EQ(other.reads, 4) << "b is known";
  EXPECT_EQ(loader.Load(tree)->resources, first->resources);
  EXPECT_EQ(tree.reads, 2);
}

TEST(Loader, KeepsFindingsOfUnchangedFiles) {
  CountingTree tree;
  tree.files.Put("a.yaml", App("A"));
  tree.files.Put("b.yaml", App("b"));
  Loader loader;
  const auto first = loader.Load(tree);
  tree.files.Put("b.yaml", App("b", "nginx:1.28"));
  const auto second = loader.Load(tree);
  EXPECT_EQ(Texts(*first), Texts(*second));
  EXPECT_EQ(Texts(*first).size(), 1U);
  EXPECT_EQ(tree.reads, 3);
}

TEST(Loader, ReportsATreeThatCannotBeReadAndRecovers) {
  CountingTree tree;
  tree.files.Put("a.yaml", App("a"));
  tree.files.Put("b.yaml", App("b"));
  Loader loader;
  tree.fail = true;
  const auto failed = loader.Load(tree);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(failed.error().ToString(), "read a.yaml: the disk is gone");
  tree.fail = false;
  EXPECT_THAT(Keys(*loader.Load(tree)), ElementsAre("App/default/a", "App/default/b"));
}

TEST(Loader, SaysWhichResourcesAreInvalidAndWhetherItSawAll) {
  MemoryFileTree tree;
  tree.Put("a.yaml", App("a", "A B"));
  Loader loader;
  const auto invalid = loader.Load(tree);
  EXPECT_THAT(invalid->invalid, ElementsAre(ResourceKey{"App", "default", "a"}));
  EXPECT_TRUE(invalid->complete);
  tree.Put("b.yaml", "{");
  EXPECT_FALSE(loader.Load(tree)->complete);
  tree.Put("b.yaml", "apiVersion: mooring.dev/v1alpha1\nkind: App\n");
  EXPECT_FALSE(loader.Load(tree)->complete) << "nobody knows whose document this is";
}

TEST(Loader, RefusesWhatGoesBeyondALimit) {
  MemoryFileTree tree;
  tree.Put("big.yaml", "# " + std::string(1 << 20, 'x') + "\n" + App("a"));
  Loader loader;
  const auto result = loader.Load(tree);
  EXPECT_THAT(Texts(*result), ElementsAre(HasSubstr("big.yaml: the file has 1.0 MiB, more than")));
  EXPECT_FALSE(result->complete);

  Limits two;
  two.files = 2;
  for (const char* name : {"a.yaml", "b.yaml", "c.yaml"}) tree.Put(name, "");
  EXPECT_FALSE(Loader("", two).Load(tree).has_value());

  std::string many = App("a") + "      ports:\n";
  for (int i = 0; i < 5'000; ++i) many += "        - x\n";
  MemoryFileTree wrong;
  wrong.Put("many.yaml", many);
  EXPECT_EQ(loader.Load(wrong)->diagnostics.size(), 100U);
}

TEST(Loader, AFullListOfFindingsMakesNoResource) {
  // More wrong in the YAML alone than is told, so nothing else is looked at: there is no spec.
  std::string text = "apiVersion: mooring.dev/v1alpha1\nkind: Site\nmetadata: {name: a}\n";
  for (int i = 0; i < 200; ++i) text += "x: 1\n";
  MemoryFileTree tree;
  tree.Put("a.yaml", text);
  const auto result = manifest::Loader().Load(tree);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->resources.empty());
  EXPECT_FALSE(result->diagnostics.empty());
}

TEST(Loader, FinishesOnHostileInputsInTime) {
  // Each is near the size limit; a quadratic step would run for minutes.
  MemoryFileTree tree;
  const std::string head =
      "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: x}\nspec:\n";
  std::string keys;
  std::string names;
  std::string list = "  services:\n    web:\n      image: x\n      environment:\n";
  for (int i = 0; i < 30'000; ++i) {
    keys += fmt::format("  unknown{}: 1\n", i);
    names += fmt::format("    s{}: {{image: x}}\n", i);
    list += fmt::format("        - A{}=1\n", i);
  }
  tree.Put("keys.yaml", head + keys);
  tree.Put("names.yaml", head + "  services:\n" + names);
  tree.Put("list.yaml", head + list);
  tree.Put("long.yaml", head + "  " + std::string(900'000, 'k') + ": 1\n");
  tree.Put("deep.yaml", std::string(900'000, '['));
  Loader loader;
  EXPECT_TRUE(loader.Load(tree).has_value());
}

TEST(Loader, HostsAndNamespacesAreInNoNamespace) {
  MemoryFileTree tree;
  tree.Put("fleet.yaml",
           "apiVersion: mooring.dev/v1alpha1\nkind: Host\nmetadata:\n  name: harbour-1\n"
           "  labels: {site: fra}\nspec:\n  environment: production\n"
           "  addresses: [203.0.113.10, \"2001:db8::10\"]\n---\n"
           "apiVersion: mooring.dev/v1alpha1\nkind: Namespace\nmetadata:\n  name: blue\nspec:\n"
           "  suspend: false\n  placement: {matchLabels: {site: fra}}\n  syncWindows:\n"
           "    - {kind: deny, schedule: {cron: \"0 18 * * 5\", timezone: Europe/Berlin},"
           " duration: 60h, manual: false}\n");
  Loader loader;
  const auto result = loader.Load(tree);
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(Texts(*result), IsEmpty());
  EXPECT_THAT(Keys(*result), ElementsAre("Host/harbour-1", "Namespace/blue"));
}

}  // namespace
}  // namespace mooring::manifest
