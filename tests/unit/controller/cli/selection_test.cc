// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::cli {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

/// "kind|namespace|name", or the error.
std::string Parsed(const Words& words, const Scope& scope = {}) {
  const auto selection = ParseSelection(words, scope);
  if (!selection) return selection.error().ToString();
  return selection->kind + "|" + selection->ns + "|" + selection->name;
}

TEST(Selection, TakesEveryWayToSayIt) {
  for (const Words& words : {Words{"app", "shop"}, Words{"apps", "shop"}, Words{"app/shop"},
                             Words{"App/default/shop"}, Words{"app", "default/shop"}}) {
    EXPECT_EQ(Parsed(words), "App|default|shop");
  }
  EXPECT_EQ(Parsed({}), "||");
  EXPECT_EQ(Parsed({"apps"}), "App||");
  EXPECT_EQ(Parsed({"shop"}), "||shop");
  EXPECT_EQ(Parsed({"hosts", "harbour-1"}), "Host||harbour-1");
}

TEST(Selection, ANamespaceNarrowsAndAllWiden) {
  EXPECT_EQ(Parsed({"shop"}, {.ns = "blue"}), "|blue|shop");
  EXPECT_EQ(Parsed({"apps"}, {.ns = "blue"}), "App|blue|");
  EXPECT_EQ(Parsed({"app/shop"}, {.ns = "blue"}), "App|blue|shop");
  EXPECT_EQ(Parsed({"app/shop"}, {.all_namespaces = true}), "App||shop");
  EXPECT_THAT(Parsed({"App/red/shop"}, {.ns = "blue"}), HasSubstr("by -n, in blue"));
}

TEST(Selection, WhatCannotBeMeantNamesTheNearest) {
  EXPECT_EQ(Parsed({"aps", "shop"}), "unknown kind \"aps\"; did you mean \"app\"?");
  EXPECT_EQ(Parsed({"planes", "a"}),
            "unknown kind \"planes\"; this version knows apps, sites, secrets, notifiers, hosts "
            "and namespaces");
  EXPECT_THAT(Parsed({"app", "a/b/c"}), HasSubstr("names no resource"));
  EXPECT_THAT(Parsed({"app/"}), HasSubstr("names no resource"));
}

TEST(Selection, WhereTheKindIsKnownANameIsEnough) {
  for (const Words& words : {Words{"shop"}, Words{"app/shop"}, Words{"app", "shop"},
                             Words{"App/default/shop"}, Words{"default/shop"}}) {
    const auto selection = ParseNameOf("App", words, {});
    ASSERT_TRUE(selection) << selection.error().ToString();
    EXPECT_EQ(selection->Key().ToString(), "App/default/shop");
  }
  EXPECT_EQ(ParseNameOf("App", {"app"}, {})->name, "app");
  EXPECT_FALSE(ParseNameOf("App", {"site/red/blue/x"}, {}));
}

TEST(Selection, AMissingResourceNamesTheNearest) {
  const std::vector<ResourceKey> known = {{"App", "default", "shop"}, {"App", "blue", "wiki"}};
  EXPECT_EQ(NotThere({"App", "default", "shpo"}, known).ToString(),
            "App/default/shpo is neither in Git nor on this host; did you mean App/default/shop?");
  EXPECT_EQ(NotThere({"App", "default", "wiki"}, known).ToString(),
            "App/default/wiki is neither in Git nor on this host; App/blue/wiki is: add -n blue");
  EXPECT_THAT(NotThere({"", "", "zebra"}, known).ToString(),
              HasSubstr("\"zebra\" is neither in Git nor on this host; see what there is"));
}

TEST(LabelSelector, MatchesAsKubectlDoes) {
  const Json labels = {{"tier", "front"}, {"team", "shop"}};
  for (const auto& [text, matches] : {std::pair<const char*, bool>{"", true},
                                      {"tier=front", true},
                                      {"tier==front,team", true},
                                      {"tier=back", false},
                                      {"tier!=back", true},
                                      {"owner!=x", true},
                                      {"!team", false},
                                      {"owner", false}}) {
    const auto selector = LabelSelector::Parse(text);
    ASSERT_TRUE(selector);
    EXPECT_EQ(selector->Matches(labels), matches) << text;
  }
  EXPECT_FALSE(LabelSelector::Parse("tier=front")->Matches(Json()));
  EXPECT_TRUE(LabelSelector::Parse("tier!=front")->Matches(Json()));
  EXPECT_FALSE(LabelSelector::Parse("a=b,,c"));
}

}  // namespace
}  // namespace mooring::cli
