// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/desired_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Tells what was read of another tree.
class CountingTree final : public FileTree {
 public:
  const std::vector<Entry>& entries() const override { return files.entries(); }
  Result<std::string> Read(const Entry& entry) const override {
    read.push_back(entry.path);
    if (broken) return Fail(ErrorCode::kUnavailable, "the object store is gone");
    return files.Read(entry);
  }
  MemoryFileTree files;
  mutable std::vector<std::string> read;
  bool broken = false;
};

std::string App(const std::string& name, const std::string& image = "nginx:1.27",
                const std::string& more = "") {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {{name: {}}}\nspec:\n  services:\n"
      "    web: {{image: \"{}\"}}\n{}",
      name, image, more);
}

TEST(DesiredLoader, OneChangedFileIsTheOnlyOneRead) {
  CountingTree tree;
  for (int i = 0; i < 20; ++i)
    tree.files.Put(fmt::format("apps/{}.yaml", i), App(fmt::format("a{}", i)));
  DesiredLoader loader;
  const auto first = loader.Load(tree, "main@sha1:1");
  ASSERT_TRUE(first.has_value() && first->set);
  EXPECT_EQ(first->files, 20U);
  EXPECT_EQ(tree.read.size(), 20U);
  tree.read.clear();
  tree.files.Put("apps/7.yaml", App("a7", "nginx:1.28"));
  const auto second = loader.Load(tree, "main@sha1:2");
  EXPECT_THAT(tree.read, ElementsAre("apps/7.yaml"));
  const DesiredSetDiff diff = Diff(first->set.get(), *second->set);
  EXPECT_THAT(diff.changed, ElementsAre(ResourceKey{"App", "default", "a7"}));
  const ResourceKey other{"App", "default", "a3"};
  EXPECT_EQ(first->set->Find(other), second->set->Find(other));
}

TEST(DesiredLoader, FindingsOfAllStepsAreSortedAndLeaveNoSet) {
  MemoryFileTree tree;
  tree.Put("b.yaml", App("b", "nginx", "  dependsOn: [{kind: App, name: none}]\n"));
  tree.Put("a.yaml", App("a", "nginx", "  intervall: 5m\n"));
  DesiredLoader loader;
  const auto loaded = loader.Load(tree, "main@sha1:1");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->set, nullptr);
  ASSERT_GE(loaded->diagnostics.size(), 2U);
  EXPECT_EQ(loaded->diagnostics.front().where.file, "a.yaml");
  EXPECT_EQ(loaded->diagnostics.back().where.file, "b.yaml");
}

TEST(DesiredLoader, ACycleIsAFinding) {
  MemoryFileTree tree;
  tree.Put("a.yaml", App("a", "nginx", "  dependsOn: [{kind: App, name: b}]\n"));
  tree.Put("b.yaml", App("b", "nginx", "  dependsOn: [{kind: App, name: a}]\n"));
  DesiredLoader loader;
  const auto loaded = loader.Load(tree, "main@sha1:1");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->set, nullptr);
  EXPECT_THAT(loaded->diagnostics, ::testing::Not(IsEmpty()));
}

TEST(DesiredLoader, FilesThatCannotBeReadAreAnErrorAndNoFindings) {
  CountingTree tree;
  tree.files.Put("a.yaml", App("a"));
  tree.broken = true;
  DesiredLoader loader;
  const auto loaded = loader.Load(tree, "main@sha1:1");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mooring
