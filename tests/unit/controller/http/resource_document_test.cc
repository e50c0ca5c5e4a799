// SPDX-License-Identifier: Apache-2.0
#include "controller/http/resource_document.h"

#include "controller/base/text.h"

namespace mooring::http {
namespace {

constexpr char kRevision[] = "main@sha1:4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96";

Resource Shop() {
  Resource shop;
  shop.key = {"App", "default", "shop"};
  shop.labels = {{"backup", "nightly"}, {"tier", "front"}};
  shop.spec = {{"services", {{"web", {{"image", "ghcr.io/example/shop-web:1.8.2"}}}}}};
  shop.source = {"apps/shop/app.yaml", 4, 1};
  return shop;
}

ResourceStatus ShopStatus() {
  ResourceStatus status;
  status.key = {"App", "default", "shop"};
  status.source_file = "apps/shop/app.yaml";
  status.source_line = 4;
  status.source_revision = kRevision;
  status.observed_spec_digest = "sha256:0d9f";
  status.last_attempted_revision = kRevision;
  status.last_applied_revision = kRevision;
  status.last_applied_digest = "sha256:0d9f";
  status.conditions = {{"Ready", ConditionStatus::kTrue, "Succeeded", "3 of 3 services healthy",
                        kRevision, *ParseTime("2026-03-01T14:03:41Z")}};
  status.inventory = {
      {"container/6f0e2c41d9aa", "default_shop_web_1", *ParseTime("2026-03-01T14:03:19Z")}};
  status.depends_on = {"Database/default/shop"};
  status.details = {{"services", {{"web", {{"replicas", 2}, {"healthy", 2}}}}}};
  status.next_run = ParseTime("2026-03-01T14:29:50Z");
  return status;
}

/// The names of an object, in order.
std::vector<std::string> Names(const nlohmann::ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(ResourceDocument, HasTheShapeThatPeopleKnow) {
  const Resource shop = Shop();
  const ResourceStatus status = ShopStatus();
  const auto document = ResourceDocument(&shop, &status, {"Site/default/shop"}, "", false, Time());
  EXPECT_THAT(Names(document),
              ::testing::ElementsAre("apiVersion", "kind", "metadata", "spec", "status"));
  EXPECT_EQ(document["apiVersion"], "mooring.dev/v1alpha1");
  EXPECT_EQ(document["kind"], "App");
  EXPECT_EQ(
      document["metadata"].dump(),
      R"({"name":"shop","namespace":"default","labels":{"backup":"nightly","tier":"front"}})");
  EXPECT_EQ(document["spec"]["services"]["web"]["image"], "ghcr.io/example/shop-web:1.8.2");
  EXPECT_THAT(
      Names(document["status"]),
      ::testing::ElementsAre("source", "observedSpecDigest", "lastAttemptedRevision",
                             "lastAppliedRevision", "conditions", "services", "inventory", "drift",
                             "history", "inUseBy", "nextRun", "heldBy", "confirm"));
  EXPECT_EQ(document["status"]["source"]["line"], 4);
  EXPECT_EQ(document["status"]["inUseBy"][0], "Site/default/shop");
  EXPECT_EQ(document["status"]["nextRun"], "2026-03-01T14:29:50Z");
  EXPECT_TRUE(document["status"]["heldBy"].is_null());
}

TEST(ResourceDocument, ShowsWhatHasNoStatusYet) {
  const Resource shop = Shop();
  const auto document = ResourceDocument(&shop, nullptr, {}, "", false, Time());
  EXPECT_EQ(document["status"]["source"]["file"], "apps/shop/app.yaml");
  EXPECT_EQ(document["status"]["conditions"], nlohmann::json::array());
  EXPECT_TRUE(document["status"]["nextRun"].is_null());
}

TEST(ResourceDocument, ShowsWhatIsNoLongerDesired) {
  const ResourceStatus status = ShopStatus();
  const auto document = ResourceDocument(nullptr, &status, {}, "", false, Time());
  EXPECT_TRUE(document["spec"].is_null());
  EXPECT_EQ(document["metadata"]["name"], "shop");
  EXPECT_EQ(document["status"]["inventory"].size(), 1u);
}

TEST(ResourceDocument, AHostHasNoNamespace) {
  Resource host;
  host.key = {"Host", "", "harbour-1"};
  EXPECT_EQ(ResourceDocument(&host, nullptr, {}, "", false, Time())["metadata"].dump(),
            R"({"name":"harbour-1"})");
}

}  // namespace
}  // namespace mooring::http
