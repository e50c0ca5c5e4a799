// SPDX-License-Identifier: Apache-2.0
// Requests through the real Caddy, configured by specs.
#include <filesystem>

#include "controller/base/base64.h"
#include "tests/support/caddy/gateway.h"
#include "tests/support/caddy/real_caddy.h"
#include "tests/support/caddy/tiny_http_server.h"
#include "tests/support/caddy/web_client.h"

namespace mooring::test {
namespace {

class CaddyTraffic : public testing::Test {
 protected:
  void SetUp() override {
    if (RealCaddy::Binary().empty()) GTEST_SKIP() << "no Caddy on this machine; set MOORING_CADDY";
    std::string name = (std::filesystem::temp_directory_path() / "mooring-caddy-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::filesystem::permissions(folder_, std::filesystem::perms(0750));
    caddy_ = std::make_unique<RealCaddy>(folder_);
    gateway_ = std::make_unique<Gateway>(Gateway::Options(caddy_->admin()),
                                         Gateway::Admin(caddy_->admin()), Gateway::Eager());
  }
  void TearDown() override {
    gateway_.reset();
    caddy_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void Serve(Json spec) {
    const Status done = gateway_->Reconcile(MakeSite("site", std::move(spec)));
    ASSERT_TRUE(done) << done.error().ToString();
  }
  std::string Url(const std::string& scheme, const std::string& host,
                  const std::string& path) const {
    const auto& listen =
        scheme == "http" ? gateway_->options.http_listen[0] : gateway_->options.https_listen[0];
    return scheme + "://" + host + listen.substr(listen.find(':')) + path;
  }
  WebAnswer Http(const std::string& host, const std::string& path) const {
    return WebGet(Url("http", host, path));
  }
  /// The certificate of Caddy's own CA takes a moment.
  WebAnswer Https(const std::string& host, const std::string& path) {
    WebAnswer answer;
    for (int i = 0; i < 50 && answer.status == 0; ++i) {
      answer = WebGet(Url("https", host, path));
      if (answer.status == 0) SleepFor(gateway_->clock, std::chrono::milliseconds(100), {});
    }
    return answer;
  }

  std::filesystem::path folder_;
  std::unique_ptr<RealCaddy> caddy_;
  std::unique_ptr<Gateway> gateway_;
};

constexpr char kHashOfHunter2[] = "$2b$04$7mBVryXfINOkHko5lsHW.uW72UKKnVcgwfeWhLoLocvx/Y/DV0pFy";

Json PlainSite(Json routes) {
  return {{"hosts", {"site.test"}}, {"tls", {{"issuer", "off"}}}, {"routes", std::move(routes)}};
}

TEST_F(CaddyTraffic, LongestPathWinsAndPriorityOverrides) {
  Serve(PlainSite(
      Json::array({{{"respond", {{"body", "rest"}}}},
                   {{"path", "/a/*"}, {"respond", {{"body", "a"}}}},
                   {{"path", "/a/b/*"}, {"respond", {{"body", "ab"}}}},
                   {{"path", "/a/first*"}, {"respond", {{"body", "longer"}}}},
                   {{"path", "/a/f*"}, {"priority", 1}, {"respond", {{"body", "high"}}}}})));
  EXPECT_EQ(Http("site.test", "/a/b/c").body, "ab");
  EXPECT_EQ(Http("site.test", "/a/x").body, "a");
  EXPECT_EQ(Http("site.test", "/a/first").body, "high");
  EXPECT_EQ(Http("site.test", "/").body, "rest");
}

TEST_F(CaddyTraffic, UnknownHostsAndPathsAre404) {
  Serve(PlainSite(
      Json::array({{{"path", "/ping"}, {"respond", {{"status", 203}, {"body", "pong"}}}}})));
  EXPECT_EQ(Http("site.test", "/ping").status, 203);
  EXPECT_EQ(Http("site.test", "/other").status, 404);
  EXPECT_EQ(Http("unknown.test", "/ping").status, 404);
}

TEST_F(CaddyTraffic, Redirects) {
  Json spec = PlainSite(
      Json::array({{{"path", "/old/*"},
                    {"redirect", {{"to", "https://{host}/archive{path}"}, {"status", 301}}}},
                   {{"respond", {{"body", "here"}}}}}));
  spec["redirectFrom"] = {"www.site.test"};
  Serve(spec);
  const WebAnswer old = Http("site.test", "/old/x");
  EXPECT_EQ(old.status, 301);
  EXPECT_EQ(old.headers.at("location"), "https://site.test/archive/old/x");
  const WebAnswer moved = Http("www.site.test", "/p?q=1");
  EXPECT_EQ(moved.status, 308);
  EXPECT_EQ(moved.headers.at("location"), Url("http", "site.test", "/p?q=1"));
}

TEST_F(CaddyTraffic, BasicAuthGuardsItsRouteAlone) {
  gateway_->secrets.Add({"default", "shop", "hash"}, SecretString(kHashOfHunter2));
  Json spec = PlainSite(Json::array({{{"path", "/admin/*"}, {"respond", {{"body", "inside"}}}},
                                     {{"respond", {{"body", "outside"}}}}}));
  spec["routes"][0]["basicAuth"] = Json::array(
      {{{"username", "ops"}, {"password", {{"secretRef", {{"name", "shop"}, {"key", "hash"}}}}}}});
  Serve(spec);
  const auto ask = [&](const std::string& login) {
    return WebGet(Url("http", "site.test", "/admin/x"),
                  {"Authorization: Basic " + EncodeBase64(login)});
  };
  EXPECT_EQ(Http("site.test", "/").body, "outside");
  const WebAnswer refused = Http("site.test", "/admin/x");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.headers.contains("www-authenticate"));
  EXPECT_EQ(ask("ops:hunter3").status, 401);
  EXPECT_EQ(ask("dev:hunter2").status, 401);
  EXPECT_EQ(ask("ops:hunter2").body, "inside");
}

TEST_F(CaddyTraffic, InternalTlsAndHttpGoesToHttps) {
  Serve({{"hosts", {"site.test"}},
         {"redirectFrom", {"www.site.test"}},
         {"tls", {{"issuer", "internal"}}},
         {"routes", Json::array({{{"respond", {{"body", "safe"}}}}})}});
  const WebAnswer plain = Http("site.test", "/x?y=1");
  EXPECT_EQ(plain.status, 308);
  EXPECT_EQ(plain.headers.at("location"), Url("https", "site.test", "/x?y=1"));
  EXPECT_EQ(Https("site.test", "/x").body, "safe");
  EXPECT_EQ(Https("www.site.test", "/z").headers.at("location"), Url("https", "site.test", "/z"));
}

TEST_F(CaddyTraffic, ProxiesWithPrefixAndHeaders) {
  const TinyHttpServer backend("", [](const TinyRequest& request) {
    const auto site = request.headers.find("x-site");
    return TinyResponse(200,
                        request.path + " " + (site == request.headers.end() ? "-" : site->second) +
                            (request.headers.contains("x-internal") ? " internal" : ""),
                        "X-Frame-Options: DENY\r\nX-Powered-By: tiny\r\n");
  });
  Serve(PlainSite(Json::array(
      {{{"path", "/api/*"},
        {"backend", "http://127.0.0.1:" + std::to_string(backend.port())},
        {"stripPrefix", "/api"},
        {"proxy",
         {{"loadBalancing", {{"policy", "least_conn"}, {"tryDuration", "1s"}, {"retries", 3}}},
          {"transport", {{"responseHeaderTimeout", "5s"}}},
          {"flushInterval", "-1s"}}},
        {"headers",
         {{"request", {{"set", {{"X-Site", "shop {host}"}}}, {"delete", {"X-Internal"}}}},
          {"response",
           {{"set", {{"Cache-Control", "no-store"}}}, {"delete", {"X-Powered-By"}}}}}}}})));
  const WebAnswer answer = WebGet(Url("http", "site.test", "/api/cart?id=7"), {"X-Internal: yes"});
  EXPECT_EQ(answer.body, "/cart?id=7 shop site.test");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  EXPECT_EQ(answer.headers.at("x-frame-options"), "DENY");  // the backend's stays
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_FALSE(answer.headers.contains("x-powered-by"));
}

TEST_F(CaddyTraffic, EncodesAndDefaultHeadersCanBeOff) {
  const Json routes =
      Json::array({{{"respond", {{"body", std::string(4096, 'x')}}},
                    {"headers", {{"response", {{"set", {{"Content-Type", "text/plain"}}}}}}}}});
  Serve(PlainSite(routes));
  WebAnswer answer = WebGet(Url("http", "site.test", "/"), {"Accept-Encoding: gzip"});
  EXPECT_EQ(answer.headers["content-encoding"], "gzip");
  Json spec = PlainSite(routes);
  spec["encode"] = Json::array();
  spec["defaultHeaders"] = false;
  Serve(spec);
  answer = WebGet(Url("http", "site.test", "/"), {"Accept-Encoding: gzip"});
  EXPECT_FALSE(answer.headers.contains("content-encoding"));
  EXPECT_FALSE(answer.headers.contains("x-frame-options"));
}

TEST_F(CaddyTraffic, AServiceWithoutALineInTheHostsFileFailsFast) {
  Serve(PlainSite(Json::array({{{"backend", "nothing/web/80"},
                                {"proxy", {{"loadBalancing", {{"tryDuration", "200ms"}}}}}}})));
  EXPECT_EQ(Http("site.test", "/").status, 503);
}

}  // namespace
}  // namespace mooring::test
