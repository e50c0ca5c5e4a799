// SPDX-License-Identifier: Apache-2.0
// Sites with accounts and certificates that stand in Secrets, on a real Caddy.
#include <filesystem>

#include "controller/base/base64.h"
#include "tests/e2e/world.h"
#include "tests/support/certificate/test_certificate.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

// Of hunter2 and hunter3.
constexpr char kHash[] = "$2b$04$7mBVryXfINOkHko5lsHW.uW72UKKnVcgwfeWhLoLocvx/Y/DV0pFy";
constexpr char kOtherHash[] = "$2b$04$oOzRqdeEqwoBUi0c49r6KuYG3u6kG8k8aYiC.9mLipBGmE2BMyriS";

class SiteSecrets : public EndToEnd {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(EndToEnd::SetUp());
    world_->Configure(
        "/secrets/providers",
        {{{"name", "files"}, {"directory", world_->File("provider")}, {"cacheFor", "1s"}}});
    fs::create_directory(world_->File("provider"));
  }
  /// What the provider has; looked at again every second.
  void Put(const std::string& key, const std::string& value) {
    world_->WriteFile("provider/" + key, value + "\n");
  }
  void WriteSecret(const Json& keys) {
    world_->Write("secrets/shop.yaml",
                  {{"apiVersion", kApiVersion},
                   {"kind", "Secret"},
                   {"metadata", {{"name", "shop"}, {"namespace", world_->ns}}},
                   {"spec", {{"interval", "1s"}, {"provider", "files"}, {"keys", keys}}}});
  }
  static Json Ref(const std::string& key) {
    return {{"secretRef", {{"name", "shop"}, {"key", key}}}};
  }
  Json SiteThatSays(const std::string& body) const {
    Json site = world_->Site("shop");
    site["spec"]["routes"] = Json::array({{{"respond", {{"body", body}}}}});
    return site;
  }
  /// Starts the daemon with a Site that lets ops alone in.
  void ServeGuarded() {
    WriteSecret({{"admin-bcrypt", "hash"}});
    Json site = SiteThatSays("inside");
    site["spec"]["routes"][0]["basicAuth"] =
        Json::array({{{"username", "ops"}, {"password", Ref("admin-bcrypt")}}});
    world_->Write("sites/shop.yaml", site);
    world_->Commit("Add shop");
    world_->StartDaemon();
  }
  bool Converges() {
    return Eventually(kSoon, [&] { return world_->HasConverged("Site", "shop"); });
  }
  std::string Why() const {
    return world_->Condition("Site", "shop", "Ready").value("message", "");
  }
  /// Nobody is shown any of `values`.
  void ExpectNotShown(const std::vector<std::string>& values) const {
    const World& world = *world_;
    for (const std::string& text :
         {world.Log(), world.Mooring({"get", "all", "-A", "-o", "json"}).out,
          world.Mooring({"describe", "site/shop", "-n", world.ns}).out,
          world.Mooring({"events", "-A", "-o", "json"}).out,
          world.Mooring({"plan", "--source", world.repo.path()}).out,
          world.Mooring({"plan", "--source", world.repo.path(), "-o", "json"}).out}) {
      for (const std::string& value : values)
        EXPECT_EQ(text.find(value), std::string::npos) << text;
    }
  }
};

TEST_F(SiteSecrets, AnAccountIsAskedForAndItsNewPasswordCounts) {
  World& world = *world_;
  world.Configure("/log/level", "debug");
  Put("hash", kHash);
  ServeGuarded();
  ASSERT_TRUE(Converges()) << Why();
  const auto visit = [&](const std::string& password) {
    return WebGet(world.Url("shop") + "/",
                  {"Authorization: Basic " + EncodeBase64("ops:" + password)});
  };
  EXPECT_EQ(world.Visit("shop").status, 401);
  EXPECT_EQ(visit("hunter3").status, 401);
  EXPECT_EQ(visit("hunter2").body, "inside");

  Put("hash", kOtherHash);
  EXPECT_TRUE(Eventually(kSoon, [&] { return visit("hunter3").status == 200; })) << world.Story();
  EXPECT_EQ(visit("hunter2").status, 401);
  ASSERT_TRUE(Converges()) << Why();
  EXPECT_EQ(world.Events("Site", "shop", "DriftFound"), 0) << "nobody touched Caddy";

  // A password in clear stops the Site, and what is served stays.
  Put("hash", "canary in clear");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Site", "shop", "Stalled", "InvalidSpec");
  })) << Why();
  EXPECT_NE(Why().find("key admin-bcrypt of Secret/" + world.ns + "/shop is no bcrypt hash"),
            std::string::npos)
      << Why();
  EXPECT_EQ(visit("hunter3").status, 200);
  EXPECT_EQ(world.Visit("shop").status, 401);
  ExpectNotShown({kHash, kOtherHash, EncodeBase64(kHash), EncodeBase64(kOtherHash), "canary"});

  Put("hash", kHash);
  EXPECT_TRUE(Eventually(kSoon, [&] { return visit("hunter2").status == 200; })) << Why();
  EXPECT_TRUE(Converges()) << Why();
}

TEST_F(SiteSecrets, AHashEditedInCaddyIsPutBackAndShowsNoValue) {
  World& world = *world_;
  Put("hash", kHash);
  ServeGuarded();
  ASSERT_TRUE(Converges()) << Why();
  const Json before = world.caddy.Config();
  const std::string other = EncodeBase64(kOtherHash);
  std::string text = before.dump();
  text.replace(text.find(EncodeBase64(kHash)), other.size(), other);
  world.caddy.Overwrite(Json::parse(text));
  EXPECT_TRUE(Eventually(kSoon, [&] { return world.caddy.Config() == before; }));
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Events("Site", "shop", "DriftFound") > 0 &&
           world.Events("Site", "shop", "DriftCorrected") > 0;
  })) << world.Story();
  ExpectNotShown({kHash, kOtherHash, EncodeBase64(kHash), other});
}

TEST_F(SiteSecrets, ACertificateFromFilesIsServedAsItIs) {
  World& world = *world_;
  world.Configure("/log/level", "debug");
  TestCertificate certificate = MakeCertificate({"shop.test", "www.shop.test"});
  const auto put = [&] {
    Put("crt", certificate.certificate);
    Put("key", certificate.key);
  };
  /// What Caddy shows for a name, as the PEM text of its first certificate.
  const auto served = [&](const std::string& host) {
    const CommandResult shown =
        RunCommand({"openssl", "s_client", "-connect",
                    fmt::format("127.0.0.1:{}", world.https_port), "-servername", host});
    const size_t begin = shown.out.find("-----BEGIN CERTIFICATE-----");
    const std::string end = "-----END CERTIFICATE-----\n";
    const size_t last = shown.out.find(end, begin);
    return last == std::string::npos ? "" : shown.out.substr(begin, last + end.size() - begin);
  };
  put();
  WriteSecret({{"crt", "crt"}, {"key", "key"}});
  Json site = SiteThatSays("safe");
  site["spec"]["redirectFrom"] = {"www.shop.test"};
  site["spec"]["tls"] = {{"issuer", "files"},
                         {"files", {{"certificate", Ref("crt")}, {"key", Ref("key")}}}};
  world.Write("sites/shop.yaml", site);
  world.Commit("Add shop");
  world.StartDaemon();
  ASSERT_TRUE(Converges()) << Why();
  EXPECT_EQ(served("shop.test"), certificate.certificate);
  EXPECT_EQ(served("www.shop.test"), certificate.certificate);
  EXPECT_EQ(WebGet(fmt::format("https://shop.test:{}/", world.https_port)).body, "safe");
  for (const auto& entry : fs::recursive_directory_iterator(world.File("data"))) {
    EXPECT_EQ(entry.path().filename().string().find("shop.test"), std::string::npos)
        << "Caddy asks for another one: " << entry.path();
  }

  const TestCertificate first = certificate;
  certificate = MakeCertificate({"*.shop.test", "shop.test"});
  put();
  EXPECT_TRUE(Eventually(kSoon, [&] { return served("shop.test") == certificate.certificate; }))
      << Why();
  ASSERT_TRUE(Converges()) << Why();

  // One of another Site's name leaves everything as it is.
  const std::string kept = certificate.certificate;
  certificate = MakeCertificate({"other.test"});
  put();
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world.Has("Site", "shop", "Stalled", "InvalidSpec") &&
           Why().find("is not for shop.test, www.shop.test") != std::string::npos;
  })) << Why();
  EXPECT_EQ(served("shop.test"), kept);
  const auto middle = [](const std::string& pem) { return pem.substr(pem.find('\n') + 1, 40); };
  ExpectNotShown({middle(first.key), middle(certificate.key), middle(first.certificate),
                  middle(kept), middle(certificate.certificate)});
}

}  // namespace
}  // namespace mooring::test
