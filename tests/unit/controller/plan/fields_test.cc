// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/plan/markdown.h"
#include "tests/support/marks/marks.h"

namespace mooring {
namespace {

using ::testing::ElementsAre;

TEST(MergedFields, OnePerPathInTheOrderOfAppearance) {
  ResourcePlan plan;
  plan.changes = {Change{.diffs = {{"b", "1", "2"}, {"a", "x", "y"}}},
                  Change{.diffs = {{"a", "x", "y"}, {"b", "0", "2"}, {"c", "", "1"}}}};
  EXPECT_THAT(MergedFields(plan), ElementsAre(FieldDiff{"b", "1, 0", "2"}, FieldDiff{"a", "x", "y"},
                                              FieldDiff{"c", "", "1"}));
}

TEST(MergedFields, ASecretLosesItsValuesWhateverThePlannerLeft) {
  ResourcePlan plan;
  plan.changes = {Change{.diffs = {{"a", "old", "new", true}}}, Change{.diffs = {{"a", "x", "y"}}}};
  EXPECT_THAT(MergedFields(plan), ElementsAre(FieldDiff{"a", "", "", true}));
}

TEST(OneLine, EscapesWhatMovesACursor) {
  EXPECT_EQ(OneLine("a\nb\tc\r\x1b[2J\x7f"), "a\\nb\\tc\\r\\x1b[2J\\x7f");
  EXPECT_EQ(OneLine("\xC2\x9b"
                    "2J"),
            "\\x9b2J");
  EXPECT_EQ(OneLine("\xE2\x80\xAE"
                    "abc"),
            "\\u202eabc");
  EXPECT_EQ(OneLine("größer → …"), "größer → …");
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("abc", 3), "abc");
  EXPECT_EQ(Shortened("abcdefgh", 6), "abc…");
  EXPECT_EQ(Shortened("ääää", 6), "ä…");
}

TEST(Show, TellsOnlyTheTagOfAnImageThatKeepsItsRepository) {
  const FieldDiff tag{"services.web.image", "localhost:5000/web:1.8", "localhost:5000/web:1.9"};
  EXPECT_EQ(Show(tag, true, 60).actual, "localhost:5000/web:1.8");
  EXPECT_EQ(Show(tag, true, 60).desired, "1.9");
  EXPECT_EQ(Show(tag, false, 60).actual, "1.8");
  const FieldDiff other{"services.web.image", "nginx:1.8", "caddy:1.9"};
  EXPECT_EQ(Show(other, true, 60).desired, "caddy:1.9");
  const FieldDiff untagged{"services.web.image", "localhost:5000/web", "localhost:5000/web:1"};
  EXPECT_EQ(Show(untagged, true, 60).desired, "localhost:5000/web:1");
  const FieldDiff url{"routes.0.backend", "http://a:1", "http://a:2"};
  EXPECT_EQ(Show(url, true, 60).desired, "http://a:2");
}

TEST(LocationOfChange, IsTheFieldOrItsNearestKnownParent) {
  Resource resource;
  resource.source = {"apps/shop/app.yaml", 4, 1};
  resource.spec = {{"services", {{"web", {{"image", "x"}}}}}};
  resource.marks =
      MarksFor(resource.spec, {{"/services/web", {33, 5}}, {"/services/web/image", {34, 14}}});
  ResourcePlan plan;
  EXPECT_EQ(LocationOfChange(plan, resource).line, 4);
  plan.changes = {Change{}, Change{.diffs = {{"services.web.labels.com.example", "", "x"}}}};
  EXPECT_EQ(LocationOfChange(plan, resource).line, 33);
  plan.changes[1].diffs[0].path = "services.web.image";
  EXPECT_EQ(LocationOfChange(plan, resource).line, 34);
}

TEST(Markdown, ForeignTextStaysText) {
  EXPECT_EQ(MarkdownValue("1.8.2"), "1.8.2");
  EXPECT_EQ(MarkdownValue("@all"), "`@all`");
  EXPECT_EQ(MarkdownValue("http://x.example"), "`http://x.example`");
  EXPECT_EQ(CodeSpan("a`b|c"), "``a`b\\|c``");
  EXPECT_EQ(CodeSpan("`"), "`` ` ``");
  EXPECT_EQ(MarkdownProse("volume a_b_c, run `x <y>`; <b>"), "volume `a_b_c`, run `x <y>`; `<b>`");
}

}  // namespace
}  // namespace mooring
