// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/summary_list.h"

#include <gtest/gtest.h>

#include "controller/resource/resource.h"

namespace mooring::docker {
namespace {

Json Item(const std::string& id, const std::string& status) {
  return {{"Id", id},
          {"Names", {"/" + id}},
          {"State", "running"},
          {"Status", status},
          {"Labels", {{"odd", "a \"quoted\" } and \\ "}, {"empty", "{}"}}},
          {"Mounts", Json::array({{{"Type", "volume"}}})}};
}

TEST(SummaryList, ReadsEachItemAsTheParserDoes) {
  SummaryList list;
  const auto read =
      list.Parse(Json{Item("one", "Up 2 hours"), Item("two", "Created")}.dump() + "\n");
  ASSERT_TRUE(read) << read.error().ToString();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0]->id, "one");
  EXPECT_EQ((*read)[0]->labels.at("odd"), "a \"quoted\" } and \\ ");
  EXPECT_EQ((*read)[1]->name, "two");
  EXPECT_TRUE(list.Parse("[]")->empty());
}

TEST(SummaryList, SeesHealthThroughAnyUptime) {
  SummaryList list;
  const auto health = [&](const std::string& status) {
    return list.Parse(Json{Item("one", status)}.dump())->front()->health;
  };
  EXPECT_EQ(health("Up 2 seconds (health: starting)"), Health::kStarting);
  EXPECT_EQ(health("Up 3 seconds (healthy)"), Health::kHealthy);
  EXPECT_EQ(health("Up 4 minutes (healthy)"), Health::kHealthy);
  EXPECT_EQ(health("Up 5 minutes (unhealthy)"), Health::kUnhealthy);
  EXPECT_EQ(health("Up 5 minutes"), Health::kNone);
}

TEST(SummaryList, SeesEveryOtherChange) {
  SummaryList list;
  Json item = Item("one", "Up 2 hours");
  EXPECT_EQ(list.Parse(Json{item}.dump())->front()->state, "running");
  item["State"] = "paused";
  item["Status"] = "Up 2 hours (Paused)";
  EXPECT_EQ(list.Parse(Json{item}.dump())->front()->state, "paused");
  EXPECT_EQ(list.Parse(Json{item, item}.dump())->size(), 2u);
}

TEST(SummaryList, GivesWhatIsAsBeforeAsTheSamePointer) {
  SummaryList list;
  const auto read = [&](const std::string& other) {
    return *list.Parse(Json{Item("one", "Up 2 hours"), Item(other, "Created")}.dump());
  };
  const auto before = read("two");
  const auto after = read("three");
  EXPECT_EQ(after[0], before[0]);
  EXPECT_NE(after[1], before[1]);
}

TEST(SummaryList, RefusesWhatIsNoList) {
  SummaryList list;
  for (const char* text :
       {"", "{}", "[{]", "[}{]", "[{\"Id\": }]", "[{\"Id\": \"a]", "[{\"Names\": [3]}]"})
    EXPECT_FALSE(list.Parse(text)) << text;
}

}  // namespace
}  // namespace mooring::docker
