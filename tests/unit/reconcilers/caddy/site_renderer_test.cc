// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_renderer.h"

#include "controller/resource/reasons.h"
#include "reconcilers/caddy/route_renderer.h"
#include "tests/unit/reconcilers/caddy/sites.h"

namespace mooring::caddy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Paths(const Json& routes) {
  Json spec = {{"routes", routes}, {"encode", Json::array()}, {"defaultHeaders", false}};
  std::vector<std::string> paths;
  const auto rendered = RenderRoutes(spec, "default", {}, {});
  for (const Json& route : *rendered) {
    paths.push_back(route.contains("match") ? route["match"][0]["path"][0].get<std::string>() : "");
  }
  return paths;
}

Json At(const std::string& path, int priority = 0) {
  return {{"path", path}, {"priority", priority}, {"respond", {{"body", path}}}};
}

TEST(RenderRoutes, LongestPathFirstThenFileOrder) {
  EXPECT_THAT(Paths(Json::array({At("/*"), At("/a/*"), At("/b/*"), At("/a/b/*"), At("/a/")})),
              ElementsAre("/a/b/*", "/a/", "/a/*", "/b/*", "/*"));
}

TEST(RenderRoutes, PriorityOverrides) {
  EXPECT_THAT(Paths(Json::array({At("/a/b/*"), At("/*", 1), At("/z", -1)})),
              ElementsAre("/*", "/a/b/*", "/z"));
}

TEST(RenderRoutes, WhatNoRouteMatchesIs404) {
  EXPECT_THAT(Paths(Json::array({At("/a/*")})), ElementsAre("/a/*", ""));
}

TEST(RenderSite, NamesTheRouteThatCannotBeRendered) {
  Resource site = ProxySite("a", "a.test");
  for (const char* backend : {"shop/web", "ftp://x", "https://", "http://host/path", "a//b"}) {
    site.spec["routes"][0]["backend"] = backend;
    const auto config = RenderSite(site, {}, {});
    ASSERT_FALSE(config) << backend;
    EXPECT_EQ(config.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(config.error().reason(), reason::kInvalidSpec);
    EXPECT_THAT(config.error().ToString(), HasSubstr("routes.0: backend"));
  }
}

TEST(RenderSite, AWrongTypeIsAnErrorNotACrash) {
  EXPECT_FALSE(RenderSite(MakeSite("a", {{"hosts", 5}, {"routes", "x"}}), {}, {}));
  EXPECT_FALSE(RenderSite(MakeSite("a", Json::object()), {}, {}));
}

TEST(RenderSite, PortsOtherThanTheUsualOnesAreInTheLocations) {
  const GatewayOptions options{.http_listen = {":8080"}, .https_listen = {":8443"}};
  const Resource site = ProxySite("a", "a.test");
  const auto config = RenderSite(site, options, {});
  EXPECT_EQ(config->Find(site.key, kHttpPart)->value["/handle/0/headers/Location/0"_json_pointer],
            "https://{http.request.host}:8443{http.request.uri}");
}

TEST(RenderSite, TheDigestFollowsTheContent) {
  const auto digest = [](const Resource& site) { return RenderSite(site, {}, {})->Digest(); };
  EXPECT_EQ(digest(ProxySite("a", "a.test")), digest(ProxySite("a", "a.test")));
  EXPECT_NE(digest(ProxySite("a", "a.test")), digest(ProxySite("a", "b.test")));
}

TEST(ExpandPlaceholders, KnowsCaddyfileWords) {
  EXPECT_EQ(ExpandPlaceholders("https://{host}{uri}?a={query.a}"),
            "https://{http.request.host}{http.request.uri}?a={http.request.uri.query.a}");
  EXPECT_EQ(ExpandPlaceholders("{http.request.host} {unknown} {"),
            "{http.request.host} {unknown} {");
}

TEST(PartIds, AreReadBack) {
  const ResourceKey key{"Site", "default", "shop"};
  for (const char* suffix : {kMainPart, kRedirectPart, kHttpPart, kTlsPart, kFilesPart}) {
    EXPECT_EQ(KeyOfPartId(PartId(key, suffix)), key);
  }
  for (const char* id : {"", "shop", "mooring:site:", "mooring:site:a:b:c:d", "mooring:site::a"}) {
    EXPECT_EQ(KeyOfPartId(id), std::nullopt) << id;
  }
}

TEST(FirstDifference, IsStructural) {
  const auto differs = [](const char* a, const char* b) {
    return FirstDifference(Json::parse(a), Json::parse(b)).value_or("equal");
  };
  EXPECT_EQ(differs(R"({"a":1,"b":[1,2]})", R"({"b":[1.0,2],"a":1})"), "equal");
  EXPECT_EQ(differs(R"({"b":[1,2]})", R"({"b":[2,1]})"), "/b/0");
  EXPECT_EQ(differs(R"({"b":[1]})", R"({"b":[1,2]})"), "/b/1");
  EXPECT_EQ(differs(R"({"a/b":1,"x":1})", R"({"a/b":1})"), "/x");
  EXPECT_EQ(differs(R"({})", R"({"a/b":null})"), "/a~1b");
}

}  // namespace
}  // namespace mooring::caddy
