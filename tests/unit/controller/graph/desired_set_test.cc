// SPDX-License-Identifier: Apache-2.0
#include "controller/graph/desired_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ResourceKey App(std::string name) { return {"App", "default", std::move(name)}; }

ResourcePtr Make(ResourceKey key, std::string digest = "sha256:1", int line = 4) {
  auto resource = std::make_shared<Resource>();
  resource->source = {"apps/" + key.name + ".yaml", line, 1};
  resource->key = std::move(key);
  resource->spec_digest = std::move(digest);
  return resource;
}

struct Built {
  Result<std::shared_ptr<const DesiredSet>> set;
  Diagnostics diagnostics;
};

Built Build(std::vector<ResourcePtr> resources, DesiredSet::Edges edges = {}) {
  Diagnostics diagnostics;
  auto set =
      DesiredSet::Build("main@sha1:4b1c9e2", std::move(resources), std::move(edges), &diagnostics);
  return {std::move(set), std::move(diagnostics)};
}

TEST(DesiredSet, FindsResourcesAndEdges) {
  const Built built = Build({Make(App("web")), Make({"Site", "default", "web"})},
                            {{{"Site", "default", "web"}, {App("web"), App("web")}}});
  ASSERT_TRUE(built.set.has_value());
  const DesiredSet& set = **built.set;
  EXPECT_EQ(set.revision(), "main@sha1:4b1c9e2");
  EXPECT_EQ(set.Find(App("web"))->source.file, "apps/web.yaml");
  EXPECT_EQ(set.Find(App("nope")), nullptr);
  EXPECT_THAT(set.DependenciesOf({"Site", "default", "web"}), ElementsAre(App("web")));
  EXPECT_THAT(set.DependentsOf(App("web")), ElementsAre(ResourceKey{"Site", "default", "web"}));
  EXPECT_THAT(set.DependenciesOf(App("web")), IsEmpty());
}

TEST(DesiredSet, OrdersDependenciesFirstAndTheRestByKey) {
  const Built built = Build({Make(App("a")), Make(App("b")), Make(App("c")), Make(App("d"))},
                            {{App("a"), {App("d")}}, {App("b"), {App("a")}}});
  ASSERT_TRUE(built.set.has_value());
  EXPECT_THAT((*built.set)->Order(), ElementsAre(App("c"), App("d"), App("a"), App("b")));
}

TEST(DesiredSet, OrderDoesNotDependOnTheOrderOfTheInput) {
  const DesiredSet::Edges edges = {{App("a"), {App("d"), App("c")}}, {App("b"), {App("a")}}};
  const Built one = Build({Make(App("a")), Make(App("b")), Make(App("c")), Make(App("d"))}, edges);
  const Built two = Build({Make(App("d")), Make(App("c")), Make(App("b")), Make(App("a"))}, edges);
  EXPECT_EQ((*one.set)->Order(), (*two.set)->Order());
}

TEST(DesiredSet, TheOneBeforeMakesNoDifference) {
  using Input = std::pair<std::vector<ResourcePtr>, DesiredSet::Edges>;
  const auto a = Make(App("a")), b = Make(App("b")), c = Make(App("c"));
  const auto other_b = Make(App("b"), "sha256:2");
  const std::vector<Input> inputs = {{{a, b, c}, {{App("a"), {App("b")}}}},
                                     {{a, other_b, c}, {{App("a"), {App("b")}}}},
                                     {{c, other_b, a}, {{App("a"), {App("b")}}}},
                                     {{a, b, c}, {{App("a"), {App("c"), App("b")}}}},
                                     {{a, b, c}, {{App("a"), {App("nope")}}}},
                                     {{a, b, c}, {{App("nope"), {App("a")}}}},
                                     {{a, b, c}, {}},
                                     {{a, b}, {}},
                                     {{a, b, b}, {}},
                                     {{a, b, c}, {{App("a"), {App("b")}}, {App("b"), {App("a")}}}}};
  for (const Input& first : inputs) {
    const Built before = Build(first.first, first.second);
    if (!before.set) continue;
    for (const auto& [resources, edges] : inputs) {
      const Built fresh = Build(resources, edges);
      Diagnostics diagnostics;
      const auto set = DesiredSet::Build("main@sha1:4b1c9e2", resources, edges, &diagnostics, {},
                                         before.set->get());
      EXPECT_EQ(diagnostics, fresh.diagnostics);
      ASSERT_EQ(set.has_value(), fresh.set.has_value());
      if (!set) continue;
      EXPECT_EQ((*set)->resources(), (*fresh.set)->resources());
      EXPECT_EQ((*set)->Order(), (*fresh.set)->Order());
      for (const ResourceKey& key : {App("a"), App("b"), App("c"), App("nope")}) {
        EXPECT_EQ((*set)->DependenciesOf(key), (*fresh.set)->DependenciesOf(key));
        EXPECT_EQ((*set)->DependentsOf(key), (*fresh.set)->DependentsOf(key));
      }
    }
  }
}

TEST(DesiredSet, KeepsAnEdgeToWhatIsNotThere) {
  const Built built = Build({Make(App("web"))}, {{App("web"), {{"Database", "default", "db"}}}});
  ASSERT_TRUE(built.set.has_value());
  EXPECT_THAT((*built.set)->Order(), ElementsAre(App("web")));
  EXPECT_THAT((*built.set)->DependenciesOf(App("web")),
              ElementsAre(ResourceKey{"Database", "default", "db"}));
  EXPECT_THAT((*built.set)->DependentsOf({"Database", "default", "db"}), ElementsAre(App("web")));
}

TEST(DesiredSet, PrintsACycleAsItsPathAtOneMember) {
  const Built built =
      Build({Make(App("a")), Make(App("b")), Make(App("z"))},
            {{App("a"), {App("b")}}, {App("b"), {App("a")}}, {App("z"), {App("a")}}});
  ASSERT_FALSE(built.set.has_value());
  EXPECT_EQ(built.set.error().code(), ErrorCode::kInvalidArgument);
  ASSERT_EQ(built.diagnostics.size(), 1u);
  EXPECT_EQ(built.diagnostics[0].ToString(),
            "apps/a.yaml:4:1: dependency cycle App/default/a -> App/default/b -> App/default/a; "
            "remove one of these dependencies");
}

TEST(DesiredSet, ReportsEachKnotOfCyclesEvenWhenOneLeadsToTheOther) {
  const Built built = Build({Make(App("a")), Make(App("b")), Make(App("c")), Make(App("d"))},
                            {{App("a"), {App("b"), App("c")}},
                             {App("b"), {App("a")}},
                             {App("c"), {App("d")}},
                             {App("d"), {App("c")}}});
  EXPECT_EQ(built.diagnostics.size(), 2u);
}

TEST(DesiredSet, AResourceThatDependsOnItselfIsACycle) {
  const Built built = Build({Make(App("a"))}, {{App("a"), {App("a")}}});
  ASSERT_EQ(built.diagnostics.size(), 1u);
  EXPECT_EQ(built.diagnostics[0].what, "dependency cycle App/default/a -> App/default/a");
}

TEST(DesiredSet, TwoResourcesWithOneKeyNameBothPlaces) {
  const Built built = Build({Make(App("a"), "sha256:1", 4), Make(App("a"), "sha256:2", 30)});
  ASSERT_FALSE(built.set.has_value());
  ASSERT_EQ(built.diagnostics.size(), 1u);
  EXPECT_EQ(
      built.diagnostics[0].ToString(),
      "apps/a.yaml:30:1: App/default/a is already in apps/a.yaml:4:1; rename or remove one of "
      "them");
}

TEST(DesiredSet, ALongChainNeedsNoDeepStack) {
  constexpr int kResources = 10'000;
  std::vector<ResourcePtr> resources;
  DesiredSet::Edges edges;
  for (int i = 0; i < kResources; ++i) {
    resources.push_back(Make(App(std::to_string(i))));
    edges[App(std::to_string(i))] = {App(std::to_string((i + 1) % kResources))};
  }
  const Built cycle = Build(resources, edges);
  EXPECT_EQ(cycle.diagnostics.size(), 1u);
  edges.erase(App(std::to_string(kResources - 1)));
  const Built chain = Build(resources, edges);
  ASSERT_TRUE(chain.set.has_value());
  EXPECT_EQ((*chain.set)->Order().front(), App(std::to_string(kResources - 1)));
}

TEST(Diff, NamesWhatWasAddedChangedAndRemoved) {
  const Built before = Build({Make(App("a")), Make(App("b")), Make(App("d")), Make(App("z"))});
  const Built after = Build({Make(App("b"), "sha256:2"), Make(App("c")), Make(App("d"))});
  const DesiredSetDiff diff = Diff(before.set->get(), **after.set);
  EXPECT_THAT(diff.added, ElementsAre(App("c")));
  EXPECT_THAT(diff.changed, ElementsAre(App("b")));
  EXPECT_THAT(diff.removed, ElementsAre(App("a"), App("z")));
}

TEST(Diff, AgainstNothingEverythingIsAdded) {
  const Built after = Build({Make(App("a"))});
  EXPECT_THAT(Diff(nullptr, **after.set).added, ElementsAre(App("a")));
  EXPECT_TRUE(Diff(after.set->get(), **after.set).empty());
}

}  // namespace
}  // namespace mooring
