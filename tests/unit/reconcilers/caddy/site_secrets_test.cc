// SPDX-License-Identifier: Apache-2.0
// Sites that take values of Secrets: what Caddy gets, and that nothing else shows them.
#include "controller/base/base64.h"
#include "controller/resource/reasons.h"
#include "reconcilers/caddy/gateway_config.h"
#include "reconcilers/caddy/secret_places.h"
#include "reconcilers/caddy/site_planner.h"
#include "tests/support/certificate/test_certificate.h"
#include "tests/unit/reconcilers/caddy/sites.h"

namespace mooring::caddy {
namespace {

using test::MakeCertificate;
using test::TestCertificate;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string kHash = "$2y$04$cAnArY............................................./1";
const std::string kOther = "$2a$14$cAnArY............................................./2";
constexpr char kRoutes[] = "/apps/http/servers/mooring_https/routes";
constexpr char kAccount[] =
    "/apps/http/servers/mooring_https/routes/0/handle/0/routes/1/handle/0/providers/http_basic/"
    "accounts/0";

Json Ref(const std::string& key) { return {{"secretRef", {{"name", "shop"}, {"key", key}}}}; }

Resource Guarded() {
  Resource site = ProxySite("shop", "shop.test");
  site.spec["routes"][0]["basicAuth"] =
      Json::array({{{"username", "ops"}, {"password", Ref("hash")}}});
  site.spec_digest = SpecDigest(site.spec, site.derived);
  return site;
}

Resource WithFiles() {
  Resource site = ProxySite("shop", "shop.test");
  site.spec["redirectFrom"] = {"www.shop.test"};
  site.spec["tls"] = {{"issuer", "files"},
                      {"files", {{"certificate", Ref("crt")}, {"key", Ref("key")}}}};
  site.spec_digest = SpecDigest(site.spec, site.derived);
  return site;
}

/// Everything that a plan shows.
std::string Shown(const ResourcePlan& plan) {
  std::string text = plan.health_message + plan.details.dump();
  const auto add = [&](const auto&... parts) { ((text += "\n" + parts), ...); };
  for (const Change& change : plan.changes) {
    add(change.reason, change.object);
    for (const FieldDiff& diff : change.diffs) add(diff.path, diff.actual, diff.desired);
  }
  for (const DriftEntry& drift : plan.drift) add(drift.path, drift.actual, drift.desired);
  for (const std::string& note : plan.notes) add(note);
  if (plan.blocked) add(plan.blocked->ToString());
  return text;
}

class SiteSecrets : public testing::Test {
 protected:
  SiteSecrets() {
    Give("hash", kHash);
    Give("crt", certificate_.certificate);
    Give("key", certificate_.key);
  }
  void Give(const std::string& key, const std::string& value) {
    values_.Add({"default", "shop", key}, SecretString(value));
  }
  /// Caddy as it is after `site` was applied; `edit` is what somebody did to it since.
  void Live(const Resource& site, const std::function<void(Json&)>& edit = {}) {
    Json config =
        Assemble(Json(), options_, {{site.key, *RenderSite(site, options_, {}, values_)}});
    if (edit) edit(config);
    live_ = std::make_shared<LiveConfig>(Inspect(std::move(config), options_, {}));
  }
  Json Config(const Resource& site) {
    return Assemble(Json(), options_, {{site.key, *RenderSite(site, options_, {}, values_)}});
  }
  ResourcePlan Plan(const Resource& site, const std::string& last_applied) const {
    const SiteObservation observed(live_, site.key);
    ResourcePlan plan = SitePlanner(options_).Plan({.key = &site.key,
                                                    .desired = &site,
                                                    .last_applied_digest = last_applied,
                                                    .observed = &observed,
                                                    .secrets = &values_});
    const std::string shown = Shown(plan);
    for (const std::string& value : {kHash, kOther, EncodeBase64(kHash), certificate_.key})
      EXPECT_THAT(shown, Not(HasSubstr(value.substr(0, 30))));
    EXPECT_THAT(shown, Not(HasSubstr("BEGIN")));
    return plan;
  }
  ResourcePlan Plan(const Resource& site) const { return Plan(site, site.spec_digest); }
  void ExpectBlocked(const Resource& site, const std::string& reason, const std::string& why) {
    const ResourcePlan plan = Plan(site);
    EXPECT_FALSE(plan.HasChanges());
    EXPECT_FALSE(plan.healthy);
    ASSERT_TRUE(plan.blocked) << why;
    EXPECT_EQ(plan.blocked->reason(), reason);
    EXPECT_THAT(plan.blocked->ToString(), HasSubstr(why));
  }

  const GatewayOptions options_;
  SecretValues values_;
  const TestCertificate certificate_ = MakeCertificate({"shop.test", "www.shop.test"});
  std::shared_ptr<const LiveConfig> live_ =
      std::make_shared<LiveConfig>(Inspect(Json(), GatewayOptions(), {}));
};

TEST_F(SiteSecrets, BasicAuthStandsInFrontOfTheRoute) {
  const Json config = Config(Guarded());
  const Json& handlers =
      config.at(Json::json_pointer(std::string(kRoutes) + "/0/handle/0/routes/1/handle"));
  ASSERT_THAT(handlers, SizeIs(2));
  EXPECT_EQ(handlers[0], Json::parse(R"({"handler": "authentication", "providers": {"http_basic": {
      "accounts": [{"username": "ops", "password": ")" +
                                     EncodeBase64(kHash) + R"("}],
      "hash": {"algorithm": "bcrypt"}, "hash_cache": {}}}})"));
  EXPECT_EQ(handlers[1]["handler"], "reverse_proxy");
}

TEST_F(SiteSecrets, FilesAreLoadedAndCaddyGetsNoOtherCertificate) {
  const Json config = Config(WithFiles());
  EXPECT_EQ(config["/apps/tls/certificates/load_pem"_json_pointer],
            Json::array({{{"@id", "mooring:site:default:shop:files"},
                          {"certificate", certificate_.certificate},
                          {"key", certificate_.key}}}));
  EXPECT_THAT(config["/apps/tls/automation/policies"_json_pointer], IsEmpty());
  EXPECT_EQ(config["/apps/http/servers/mooring_https/automatic_https"_json_pointer],
            Json::parse(R"({"disable_redirects": true, "ignore_loaded_certificates": true,
                            "skip_certificates": ["shop.test", "www.shop.test"]})"));
  const LiveConfig live = Inspect(config, options_, {});
  EXPECT_FALSE(live.frame) << live.frame->pointer;
  EXPECT_EQ(Assemble(config, options_, live.sites), config);
}

TEST_F(SiteSecrets, PlanNothingWhileTheValuesAreTheSame) {
  for (const Resource& site : {Guarded(), WithFiles()}) {
    Live(site);
    EXPECT_FALSE(Plan(site).HasChanges());
    EXPECT_TRUE(Plan(site).healthy);
  }
}

TEST_F(SiteSecrets, AnotherValueOfTheSecretIsNoDrift) {
  Resource site = Guarded();
  Live(site);
  Give("hash", kOther);
  site.spec["drift"] = {{"ignore", {"/routes/0/basicAuth"}}};
  const ResourcePlan plan = Plan(site);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].reason, "a value of its Secrets changed");
  EXPECT_FALSE(plan.changes[0].drift);
  EXPECT_THAT(plan.drift, IsEmpty());
  EXPECT_THAT(plan.changes[0].diffs,
              ElementsAre(FieldDiff{"routes.0.basicAuth.0.password", "", "", true}));
}

TEST_F(SiteSecrets, AValueEditedInCaddyIsDrift) {
  Resource site = Guarded();
  const auto edit = [](Json& config) {
    config[Json::json_pointer(kAccount) / "password"] = EncodeBase64(kOther);
  };
  Live(site, edit);
  const ResourcePlan plan = Plan(site);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].reason, "changed in Caddy by hand");
  ASSERT_THAT(plan.drift, SizeIs(1));
  EXPECT_EQ(plan.drift[0].path, "/routes/0/basicAuth/0/password");
  EXPECT_EQ(plan.drift[0].actual, "(secret)");

  site.spec["drift"] = {{"ignore", {"/routes/0/basicAuth"}}};
  const ResourcePlan ignoring = Plan(site);
  EXPECT_FALSE(ignoring.HasChanges());
  EXPECT_THAT(ignoring.details["driftIgnored"].dump(), HasSubstr("(secret)"));
}

TEST_F(SiteSecrets, AreNotShownWhereCaddyAloneHasThem) {
  Live(Guarded());
  const Resource open = ProxySite("shop", "shop.test");
  EXPECT_THAT(Plan(open, "sha256:before").changes.at(0).diffs,
              ElementsAre(FieldDiff{"routes.0.basicAuth", "ops", "(none)"},
                          FieldDiff{"routes.0.basicAuth.0.password", "", "", true}));
  Live(WithFiles());
  Resource acme = WithFiles();
  acme.spec.erase("tls");
  EXPECT_THAT(Plan(acme, "sha256:before").changes.at(0).diffs,
              ElementsAre(FieldDiff{"tls.files.certificate", "", "", true},
                          FieldDiff{"tls.files.key", "", "", true},
                          FieldDiff{"tls.issuer", "files", "acme"}));
}

TEST_F(SiteSecrets, AreNotShownInPlacesThatNoFieldSays) {
  const Resource site = Guarded();
  const auto diffs = [&](const std::function<void(Json&)>& edit) {
    Live(site, edit);
    return Plan(site).changes.at(0).diffs;
  };
  EXPECT_THAT(diffs([](Json& c) { c[Json::json_pointer(kAccount) / "x-secret"] = kOther; }),
              ElementsAre(FieldDiff{"route", "", "", true}));
  // A route, and a certificate, that nobody knows.
  const std::vector<FieldDiff> route = diffs([&](Json& c) {
    Json& routes = c[Json::json_pointer(kRoutes)];
    Json unknown = routes[0];
    unknown.erase("@id");
    routes.insert(routes.begin(), {{"handle", unknown["handle"][0]["routes"][1]["handle"]}});
  });
  ASSERT_THAT(route, SizeIs(1));
  EXPECT_EQ(route[0].path, "gateway");
  EXPECT_THAT(diffs([&](Json& c) {
                c["/apps/tls/certificates/load_pem"_json_pointer] = {
                    {{"certificate", certificate_.certificate}, {"key", certificate_.key}}};
              }),
              SizeIs(1));
}

TEST_F(SiteSecrets, AValueThatIsNotKnownIsWaitedFor) {
  values_ = {};
  for (const Resource& site : {Guarded(), WithFiles()})
    ExpectBlocked(site, reason::kDependencyNotReady, "not all values of its Secrets are known");
}

TEST_F(SiteSecrets, WhatIsNoBcryptHashIsRefusedByName) {
  for (const std::string& value :
       {std::string("cAnArY"), std::string(), kHash + "\n", "ops:" + kHash, EncodeBase64(kHash),
        "$2x" + kHash.substr(3), "$2y$03" + kHash.substr(6), "$2y$32" + kHash.substr(6),
        "$2y$0x" + kHash.substr(6), "$2y$04." + kHash.substr(7), "$1" + kHash.substr(2),
        kHash.substr(0, 59), kHash.substr(0, 59) + "!"}) {
    Give("hash", value);
    ExpectBlocked(Guarded(), reason::kInvalidSpec,
                  "routes.0: basicAuth: key hash of Secret/default/shop is no bcrypt hash");
    EXPECT_THAT(Plan(Guarded()).blocked->ToString(), Not(HasSubstr("cAnArY")));
  }
}

TEST_F(SiteSecrets, WhatIsNoPairOfPemIsRefusedByName) {
  const Resource site = WithFiles();
  Give("crt", certificate_.key);
  ExpectBlocked(site, reason::kInvalidSpec,
                "tls.files.certificate: key crt of Secret/default/shop is no certificate in PEM");
  Give("crt", certificate_.certificate);
  Give("key", "cAnArY");
  ExpectBlocked(site, reason::kInvalidSpec,
                "tls.files.key: key key of Secret/default/shop is no private key in PEM");
  Give("key", test::MakeLockedKey());
  ExpectBlocked(site, reason::kInvalidSpec, "is no private key in PEM, or one with a passphrase");
  Give("key", MakeCertificate({"shop.test"}).key);
  ExpectBlocked(site, reason::kInvalidSpec,
                "tls.files.key: key key of Secret/default/shop is not the private key of the first "
                "certificate in key crt of Secret/default/shop");
  const TestCertificate narrow = MakeCertificate({"shop.test"});
  Give("crt", narrow.certificate);
  Give("key", narrow.key);
  ExpectBlocked(site, reason::kInvalidSpec, "is not for www.shop.test");
}

TEST(SecretPlaces, AreMaskedAndTheRestStands) {
  const Json masked =
      WithoutSecrets(Json::parse(R"({"a": [{"password": ["x"], "name": "n"}, 1, "s"],
                                     "set": {"Authorization": ["Bearer x"]}})"));
  EXPECT_EQ(masked, Json::parse(R"json({"a": [{"password": "(secret)", "name": "n"}, 1, "s"],
                                        "set": {"Authorization": "(secret)"}})json"));
  EXPECT_EQ(WithoutSecrets("text"), "text");
  EXPECT_TRUE(IsSecretPlace("/apps/tls/certificates/load_pem/0/key"));
  EXPECT_TRUE(IsSecretPlace("/set/Authorization/0"));
  EXPECT_FALSE(IsSecretPlace("/apps/http/servers/mooring_https/routes/0"));
}

TEST(SecretPlaces, AreFoundWithWhatTheyStandFor) {
  std::vector<std::string> found;
  for (const SecretString& secret : SecretsIn(Json::parse(
           R"([{"accounts": [{"password": "Y2FuYXJ5"}]}, {"certificate": "-----", "key": "--"}])")))
    found.push_back(secret.Reveal());
  EXPECT_THAT(found, ElementsAre("Y2FuYXJ5", "canary", "-----", "--"));
}

}  // namespace
}  // namespace mooring::caddy
