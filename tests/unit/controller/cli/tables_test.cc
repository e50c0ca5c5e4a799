// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/base/text.h"

namespace mooring::cli {
namespace {

const Time kNow = *ParseTime("2026-06-09T14:00:00Z");

Json Item(const std::string& kind, const std::string& name, const std::string& status,
          const std::string& reason, const std::string& message, const std::string& since) {
  return {{"kind", kind},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"status",
           {{"lastAppliedRevision", "main@sha1:4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96"},
            {"conditions", Json::array({{{"type", "Ready"},
                                         {"status", status},
                                         {"reason", reason},
                                         {"message", message},
                                         {"lastTransitionTime", since}}})}}}};
}

TEST(Tables, ResourcesAsInTheHandbook) {
  const Json items = Json::array({
      Item("App", "hello", "True", "Succeeded", "1 of 1 services healthy", "2026-04-29T14:00:00Z"),
      Item("App", "shop", "True", "Succeeded", "3 of 3 services healthy", "2026-02-28T14:00:00Z"),
      Item("App", "wiki", "False", "RolledBack", "wiki 5.3.0 not healthy in 2m",
           "2026-06-09T13:57:00Z"),
  });
  EXPECT_EQ(ResourceTable({}).Rows(items, kNow, true),
            "NAME   READY  STATUS                                    REVISION      AGE\n"
            "hello  True   1 of 1 services healthy                   main@4b1c9e2  41d\n"
            "shop   True   3 of 3 services healthy                   main@4b1c9e2  101d\n"
            "wiki   False  RolledBack: wiki 5.3.0 not healthy in 2m  main@4b1c9e2  3m\n");
}

TEST(Tables, KindsAndNamespacesShowWhenTheyDiffer) {
  Json site = Item("Site", "hello", "True", "Succeeded", "ok", "2026-06-09T13:59:57Z");
  Json other = Item("App", "hello", "True", "Succeeded", "ok", "2026-06-09T13:59:57Z");
  other["metadata"]["namespace"] = "team";
  const Json both = Json::array({site, other});
  EXPECT_TRUE(NeedsNamespace(both));
  EXPECT_EQ(ResourceTable({.kind = true, .ns = true}).Rows(both, kNow, true),
            "NAMESPACE  NAME        READY  STATUS  REVISION      AGE\n"
            "default    site/hello  True   ok      main@4b1c9e2  3s\n"
            "team       app/hello   True   ok      main@4b1c9e2  3s\n");
}

TEST(Tables, WhatWasNotLookedAtYetSaysSo) {
  const Json item = {{"kind", "App"}, {"metadata", {{"name", "new"}}}, {"status", Json::object()}};
  EXPECT_EQ(ResourceTable({}).Rows(Json::array({item}), kNow, true),
            "NAME  READY    STATUS             REVISION  AGE\n"
            "new   Unknown  not looked at yet\n");
}

TEST(Tables, WideHasWhatElseOneLooksFor) {
  Json shop = Item("App", "shop", "True", "Succeeded", "ok", "2026-06-09T13:00:00Z");
  Json& status = shop["status"];
  status["source"] = {{"file", "apps/shop.yaml"}, {"line", 4}};
  status["nextRun"] = "2026-06-09T14:10:00Z";
  status["services"] = {{"web", {{"replicas", 2}, {"healthy", 1}}},
                        {"worker", {{"replicas", 1}, {"healthy", 1}}}};
  status["drift"] =
      Json::array({{{"corrected", nullptr}}, {{"corrected", "2026-06-09T13:58:00Z"}}});
  EXPECT_EQ(ResourceTable({.wide = true}).Rows(Json::array({shop}), kNow, true),
            "NAME  READY  STATUS  REVISION      AGE  REPLICAS  DRIFT  NEXT    SOURCE\n"
            "shop  True   ok      main@4b1c9e2  60m  2/3       1      in 10m  apps/shop.yaml:4\n");
}

TEST(Tables, AWatchedRowKeepsTheColumns) {
  ResourceTable table({});
  const Json hello =
      Item("App", "hello", "True", "Succeeded", "1 of 1 services healthy", "2026-06-09T13:00:00Z");
  const Json later =
      Item("App", "hello", "False", "RollingOut", "web: 0 of 1", "2026-06-09T14:00:00Z");
  EXPECT_EQ(
      table.Rows(Json::array({hello}), kNow, true) + table.Rows(Json::array({later}), kNow, false),
      "NAME   READY  STATUS                   REVISION      AGE\n"
      "hello  True   1 of 1 services healthy  main@4b1c9e2  60m\n"
      "hello  False  RollingOut: web: 0 of 1  main@4b1c9e2  0s\n");
}

TEST(Tables, ADescriptionHasAllThatTheStatusHas) {
  Json shop = Item("App", "shop", "False", "RollingOut", "web: 1 of 2", "2026-06-09T13:59:00Z");
  Json& status = shop["status"];
  status["source"] = {{"file", "apps/shop.yaml"}, {"line", 4}};
  status["inUseBy"] = {"Site/default/shop"};
  status["nextRun"] = "2026-06-09T14:10:00Z";
  status["services"]["web"] = {{"replicas", 2}, {"healthy", 1}, {"image", "shop:2"}};
  status["inventory"] = Json::array({{{"id", "container/6f0e"},
                                      {"name", "default_shop_web_1"},
                                      {"since", "2026-06-09T13:00:00Z"}}});
  status["drift"] = Json::array({{{"path", "/services/web/image"},
                                  {"desired", "shop:2"},
                                  {"actual", "shop:1"},
                                  {"since", "2026-06-09T13:58:00Z"},
                                  {"corrected", nullptr}}});
  status["history"] = Json::array({{{"revision", "main@sha1:4b1c9e2a7d55"},
                                    {"trigger", "revision"},
                                    {"started", "2026-06-09T13:59:00Z"},
                                    {"duration", "4.1s"},
                                    {"changes", 1},
                                    {"outcome", "Waiting"}}});
  const Json events = Json::array({{{"time", "2026-06-09T13:59:30Z"},
                                    {"severity", "info"},
                                    {"resource", "App/default/shop"},
                                    {"reason", "Created"},
                                    {"message", "container/x"},
                                    {"count", 2}}});
  EXPECT_EQ(Description(shop, events, kNow), R"(App/default/shop
  Source     apps/shop.yaml:4
  Revision   main@4b1c9e2
  Status     RollingOut: web: 1 of 2
  Used by    Site/default/shop
  Next look  2026-06-09T14:10:00Z

Conditions
  Ready  False  RollingOut  60s  web: 1 of 2

Services
  web  1 of 2 healthy  shop:2

Inventory
  container/6f0e  default_shop_web_1  60m

Drift of the last 24 hours
  /services/web/image  shop:1 -> shop:2  stands since 2m

History
  60s ago  revision  Waiting  1 change  in 4.1s  main@4b1c9e2

Events
  AGE  SEVERITY  RESOURCE          REASON   MESSAGE
  30s  info      App/default/shop  Created  container/x (2 times)
)");
}

TEST(Tables, WhoHoldsItAndWhatIsIgnoredIsShown) {
  Json shop = Item("App", "shop", "True", "Succeeded", "ok", "2026-06-09T13:00:00Z");
  shop["status"]["heldBy"] = {{"act", "rollback"},
                              {"actor", "ops"},
                              {"reason", "1.9 loses orders"},
                              {"revision", "main@sha1:4b1c9e2a7d55"},
                              {"until", nullptr}};
  shop["status"]["driftIgnored"] =
      Json::array({{{"path", "/services/web/image"}, {"desired", "shop:2"}, {"actual", "shop:1"}}});
  EXPECT_EQ(ResourceTable({}).Rows(Json::array({shop}), kNow, true),
            "NAME  READY  STATUS  REVISION            AGE\n"
            "shop  True   ok      main@4b1c9e2, held  60m\n");
  const std::string described = Description(shop, Json::array(), kNow);
  EXPECT_THAT(described,
              ::testing::HasSubstr("Held by   ops, rollback to main@4b1c9e2: 1.9 loses orders\n"));
  EXPECT_THAT(described, ::testing::HasSubstr("\nLeft as it is by drift.ignore\n"
                                              "  /services/web/image  shop:1, not shop:2\n"));
  shop["status"]["heldBy"] = {{"act", "suspend"},
                              {"actor", "ops"},
                              {"reason", ""},
                              {"revision", ""},
                              {"until", "2026-06-10T14:00:00Z"}};
  EXPECT_THAT(Description(shop, Json::array(), kNow),
              ::testing::HasSubstr("Held by   ops, suspend until 2026-06-10T14:00:00Z\n"));
}

TEST(Tables, WhatWaitsForAConfirmationSaysHowToGiveIt) {
  Json blog = Item("App", "blog", "False", "MassDelete", "6 of 10", "2026-06-09T13:00:00Z");
  blog["status"]["confirm"] = nullptr;
  EXPECT_THAT(Description(blog, Json::array(), kNow),
              ::testing::Not(::testing::HasSubstr("Confirm")));
  blog["status"]["confirm"] = "prune-5d0e77aa";
  const std::string how =
      "Confirm   prune-5d0e77aa; commit it to .mooring/policy.yaml as prune: {confirm: "
      "prune-5d0e77aa}\n";
  EXPECT_THAT(Description(blog, Json::array(), kNow), ::testing::HasSubstr(how));

  Json host = {{"kind", "Host"}, {"metadata", {{"name", "harbour-1"}}}};
  host["status"]["confirm"] = "prune-5d0e77aa";
  host["status"]["prune"]["held"] =
      Json::array({{{"confirm", "prune-5d0e77aa"},
                    {"reason", "MassDelete"},
                    {"resources", {"App/default/blog", "App/default/wiki"}}},
                   {{"confirm", "prune-0c11d2e3"},
                    {"reason", "ConfirmationRequired"},
                    {"resources", {"App/default/old"}}}});
  EXPECT_THAT(Description(host, Json::array(), kNow),
              ::testing::HasSubstr("\nDeletes that wait for a confirmation\n"
                                   "  prune-5d0e77aa  MassDelete            App/default/blog, "
                                   "App/default/wiki\n"
                                   "  prune-0c11d2e3  ConfirmationRequired  App/default/old\n"));
}

TEST(Tables, FindingsOfTheHostReadAsTheirFileDoes) {
  Json host = {{"kind", "Host"}, {"metadata", {{"name", "harbour-1"}}}};
  host["status"]["diagnostics"] = Json::array({{{"file", "apps/hello.yaml"},
                                                {"line", 9},
                                                {"column", 7},
                                                {"what", "unknown field \"imagee\""},
                                                {"hint", "did you mean \"image\"?"}}});
  EXPECT_THAT(Description(host, Json::array(), kNow),
              ::testing::HasSubstr("\nFindings\n  apps/hello.yaml:9:7: unknown field \"imagee\"; "
                                   "did you mean \"image\"?\n"));
}

}  // namespace
}  // namespace mooring::cli
