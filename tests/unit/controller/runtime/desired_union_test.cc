// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/desired_union.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string App(const std::string& name, const std::string& image = "nginx:1") {
  return "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: " + name +
         "}\nspec:\n  services:\n    web: {image: \"" + image + "\"}\n---\n";
}

std::string Site(const std::string& app) {
  return "apiVersion: mooring.dev/v1alpha1\nkind: Site\nmetadata: {name: " + app +
         "}\nspec:\n  hosts: [" + app + ".example.com]\n  routes:\n    - {backend: " + app +
         "/web/8080}\n---\n";
}

ResourceKey AppKey(const std::string& name) { return {"App", "default", name}; }

class DesiredUnionTest : public testing::Test {
 protected:
  Diagnostics Offer(const std::string& source, const std::string& commit,
                    const std::string& specs) {
    return union_.Offer(source, "main@sha1:" + commit, Load(specs));
  }
  static manifest::LoadResult Load(const std::string& specs) {
    MemoryFileTree tree;
    tree.Put("all.yaml", specs);
    manifest::Loader loader;
    return loader.Load(tree).value();
  }
  bool Has(const std::string& app) const { return set_->Find(AppKey(app)) != nullptr; }
  std::string RevisionOf(const std::string& app) const { return set_->RevisionOf(AppKey(app), ""); }

  std::map<ResourceKey, std::string> owners_;
  std::shared_ptr<const DesiredSet> set_;
  int sets_ = 0;
  std::vector<std::string> accepted_;
  DesiredUnion union_{{"fleet", "extra"},
                      [this](const ResourceKey& key) { return owners_[key]; },
                      {.on_desired =
                           [this](std::shared_ptr<const DesiredSet> set) {
                             set_ = std::move(set);
                             ++sets_;
                           },
                       .on_accepted =
                           [this](const std::string& source, const std::string& revision) {
                             accepted_.push_back(source + " " + revision);
                           }}};
};

TEST_F(DesiredUnionTest, HasWhatAllSourcesHaveEachAtItsRevision) {
  EXPECT_THAT(Offer("fleet", "f1", App("web")), IsEmpty());
  EXPECT_EQ(set_->WhatIfAbsent("fleet"), DesiredSet::Absent::kPrune);
  EXPECT_EQ(set_->WhatIfAbsent("extra"), DesiredSet::Absent::kNotRead);
  EXPECT_EQ(set_->WhatIfAbsent(""), DesiredSet::Absent::kNotRead);
  EXPECT_EQ(set_->WhatIfAbsent("gone"), DesiredSet::Absent::kSourceRemoved);
  EXPECT_THAT(Offer("extra", "e1", App("wiki")), IsEmpty());
  EXPECT_TRUE(Has("web") && Has("wiki"));
  EXPECT_EQ(set_->SourceOf(AppKey("wiki")), "extra");
  EXPECT_EQ(RevisionOf("web"), "main@sha1:f1");
  EXPECT_EQ(RevisionOf("wiki"), "main@sha1:e1");
  EXPECT_EQ(set_->RevisionOf(AppKey("deleted"), "fleet"), "main@sha1:f1");
  EXPECT_EQ(set_->WhatIfAbsent(""), DesiredSet::Absent::kPrune);
}

TEST_F(DesiredUnionTest, ABadCommitHoldsBackItsOwnSourceOnly) {
  Offer("fleet", "f1", App("web"));
  Offer("extra", "e1", App("wiki"));
  EXPECT_THAT(Offer("extra", "e2", "apiVersion: mooring.dev/v1alpha1\nkind: App\n"),
              testing::Not(IsEmpty()));
  EXPECT_THAT(Offer("fleet", "f2", App("web", "nginx:2")), IsEmpty());
  EXPECT_EQ(RevisionOf("web"), "main@sha1:f2");
  EXPECT_EQ(RevisionOf("wiki"), "main@sha1:e1");
}

TEST_F(DesiredUnionTest, TheSourceThatHadAResourceFirstKeepsIt) {
  Offer("fleet", "f1", App("web"));
  const Diagnostics findings = Offer("extra", "e1", App("web") + App("wiki"));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].ToString(),
              HasSubstr("all.yaml:1:1: App/default/web of source extra is already in "
                        "all.yaml:1:1 of source fleet"));
  EXPECT_EQ(set_->SourceOf(AppKey("web")), "fleet");
  EXPECT_FALSE(Has("wiki"));
  // It moves without a set in which nobody has it.
  const int before = sets_;
  EXPECT_THAT(Offer("fleet", "f2", App("other")), IsEmpty());
  EXPECT_EQ(sets_, before + 1);
  EXPECT_EQ(set_->SourceOf(AppKey("web")), "extra");
  EXPECT_THAT(accepted_, ElementsAre("extra main@sha1:e1"));
}

TEST_F(DesiredUnionTest, WhatAnotherSourceIsRememberedToHaveWaitsForThat) {
  owners_[AppKey("web")] = "fleet";
  EXPECT_THAT(Offer("extra", "e1", App("web")), SizeIs(1));
  EXPECT_EQ(set_, nullptr);
  EXPECT_THAT(Offer("fleet", "f1", App("web")), IsEmpty());
  EXPECT_EQ(set_->SourceOf(AppKey("web")), "fleet");
  EXPECT_THAT(accepted_, IsEmpty());
}

TEST_F(DesiredUnionTest, AReferenceIntoASourceThatIsNotReadYetWaits) {
  EXPECT_THAT(Offer("extra", "e1", Site("web")), testing::Not(IsEmpty()));
  EXPECT_THAT(Offer("fleet", "f1", App("web")), IsEmpty());
  EXPECT_EQ(set_->resources().size(), 2U);
  EXPECT_THAT(Offer("fleet", "f2", App("other")), testing::Not(IsEmpty()))
      << "what another source needs is not taken away";
  EXPECT_TRUE(Has("web"));
}

TEST_F(DesiredUnionTest, TwoThatNeedEachOtherComeTogether) {
  EXPECT_THAT(Offer("extra", "e1", Site("web") + App("wiki")), testing::Not(IsEmpty()));
  EXPECT_THAT(Offer("fleet", "f1", Site("wiki") + App("web")), IsEmpty());
  EXPECT_EQ(set_->resources().size(), 4U);
  EXPECT_THAT(accepted_, ElementsAre("extra main@sha1:e1"));
}

TEST_F(DesiredUnionTest, TheLastGoodOneIsOnlyForTheBeginning) {
  EXPECT_THAT(union_.OfferLastGood("fleet", "main@sha1:f1", Load(App("web"))), IsEmpty());
  EXPECT_EQ(RevisionOf("web"), "main@sha1:f1");
  Offer("fleet", "f2", App("web"));
  EXPECT_THAT(union_.OfferLastGood("fleet", "main@sha1:f1", Load(App("web"))), IsEmpty());
  EXPECT_EQ(RevisionOf("web"), "main@sha1:f2");
}

TEST_F(DesiredUnionTest, APreviewChangesNothing) {
  Offer("fleet", "f1", App("web"));
  Diagnostics findings;
  const auto preview = union_.Preview("extra", "patch", Load(App("wiki")), "", &findings);
  ASSERT_NE(preview, nullptr);
  EXPECT_EQ(preview->resources().size(), 2U);
  EXPECT_EQ(set_->resources().size(), 1U);
}

}  // namespace
}  // namespace mooring
