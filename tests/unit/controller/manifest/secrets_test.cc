// SPDX-License-Identifier: Apache-2.0
// Encrypted documents, without any key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/manifest/loader.h"
#include "controller/manifest/secret_text.h"
#include "controller/manifest/sops.h"

namespace mooring::manifest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kValue[] = "ENC[AES256_GCM,data:ZmFrZQ==,iv:ZmFrZQ==,tag:ZmFrZQ==,type:str]";

std::string Block(const std::string& opens = "  age: [{recipient: age1x, enc: x}]\n") {
  return fmt::format(
      "sops:\n{}  lastmodified: \"2026-03-01T00:00:00Z\"\n  mac: {}\n  version: 3.13.2\n", opens,
      kValue);
}

std::string Secret(const std::string& data, const std::string& block) {
  return "apiVersion: mooring.dev/v1alpha1\nkind: Secret\nmetadata:\n  name: shop\nspec:\n  "
         "data:\n" +
         data + block;
}

struct Loaded {
  LoadResult result;
  std::vector<std::string> texts;
};

Loaded Load(const std::string& text, const std::string& overlay = "") {
  MemoryFileTree tree;
  tree.Put("s.yaml", text);
  if (!overlay.empty()) {
    tree.Put("host.yaml",
             "apiVersion: mooring.dev/v1alpha1\nkind: Host\nmetadata: {name: h}\n"
             "spec: {environment: staging}\n");
    tree.Put("overlays/staging/s.yaml", overlay);
  }
  Loaded loaded{*Loader("h").Load(tree), {}};
  for (const Diagnostic& d : loaded.result.diagnostics) loaded.texts.push_back(d.ToString());
  return loaded;
}

TEST(SopsValue, IsToldFromOtherTexts) {
  EXPECT_TRUE(IsSopsValue(kValue));
  EXPECT_TRUE(IsSopsValue("ENC[AES256_GCM,data:,iv:ZmFrZQ==,tag:ZmFrZQ==,type:int]"));
  for (const char* text :
       {"", "ENC[]", "ENC[AES256_GCM,data:ZmFrZQ==,iv:ZmFrZQ==,tag:ZmFrZQ==,type:str",
        "ENC[AES256_GCM,data:ZmFrZQ==,iv:ZmFrZQ==,tag:ZmFrZQ==,type:thing]",
        "ENC[AES256_GCM,data:Zm Fr,iv:ZmFrZQ==,tag:ZmFrZQ==,type:str]",
        "ENC[AES256_GCM,data:ZmFrZQ==,iv:,tag:ZmFrZQ==,type:str]",
        "ENC[AES256_GCM,data:ZmFrZQ==,iv:ZmFrZQ==,tag:ZmFrZQ==,type:str]]", "hunter2"}) {
    EXPECT_FALSE(IsSopsValue(text)) << text;
  }
}

TEST(SecretSpec, KeepsItsWholeFileForSops) {
  const std::string text = Secret(fmt::format("    a: {}\n    b: \"\"\n", kValue), Block());
  const Loaded loaded = Load(text);
  ASSERT_THAT(loaded.texts, IsEmpty());
  const Resource& secret = *loaded.result.resources.front();
  ASSERT_EQ(secret.encrypted.size(), 1U);
  EXPECT_EQ(*secret.encrypted.front().text, text);
  EXPECT_EQ(secret.encrypted.front().path, "s.yaml");
  EXPECT_EQ(secret.spec["data"]["a"], kValue);
}

TEST(SecretSpec, SaysWhatIsInClearByItsPlaceAlone) {
  const Loaded loaded = Load(Secret(
      fmt::format("    a: {}\n    b: hunter2\n    c: 4711\n    d: [hunter2]\n", kValue), Block()));
  EXPECT_THAT(loaded.texts,
              ElementsAre("s.yaml:8:8: spec.data.b is in clear; put the encrypted value back, then "
                          "change it with: sops edit s.yaml",
                          HasSubstr("s.yaml:9:8: spec.data.c is in clear"),
                          HasSubstr("s.yaml:10:8: spec.data.d is in clear")));
  for (const std::string& text : loaded.texts) {
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    EXPECT_EQ(text.find("4711"), std::string::npos) << text;
  }
}

TEST(SecretSpec, OfAFileThatNobodyEncryptedSaysHow) {
  const Loaded loaded = Load(Secret("    a: hunter${X}2\n", ""));
  EXPECT_THAT(loaded.texts,
              ElementsAre("s.yaml:7:8: spec.data.a is in clear; encrypt it before it is committed: "
                          "sops encrypt --in-place --encrypted-regex '^data$' s.yaml"));
}

TEST(SecretSpec, RefusesABlockThatCannotBeOpened) {
  const std::string data = fmt::format("    a: {}\n", kValue);
  EXPECT_THAT(Load(Secret(data, Block(""))).texts,
              ElementsAre(HasSubstr("the block sops names no key that could open it")));
  EXPECT_THAT(Load(Secret(data, Block("  age: []\n  pgp: []\n"))).texts,
              ElementsAre(HasSubstr("names no key")));
  EXPECT_THAT(Load(Secret(data, "sops: {mac: x, lastmodified: y}\n")).texts,
              ElementsAre(HasSubstr("the block sops has no version")));
  EXPECT_THAT(Load(Secret(data, "sops: 3\n")).texts, ElementsAre(HasSubstr("has no mac")));
}

TEST(SecretSpec, IsTheOnlyKindThatMayBeEncrypted) {
  EXPECT_THAT(Load("apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\n"
                   "spec: {services: {web: {image: x}}}\n" +
                   Block())
                  .texts,
              ElementsAre(HasSubstr("an App cannot be encrypted")));
  EXPECT_THAT(Load(fmt::format("apiVersion: {}\nkind: {}\n", kValue, kValue) + Block()).texts,
              ElementsAre(HasSubstr("SOPS encrypted the whole document")));
}

TEST(SecretSpec, TakesKeysFromAnEncryptedOverlay) {
  const std::string base = Secret(fmt::format("    a: {0}\n    b: {0}\n", kValue), Block());
  const std::string over = Secret(fmt::format("    b: {0}\n    c: {0}\n", kValue), Block());
  const Loaded loaded = Load(base, over);
  ASSERT_THAT(loaded.texts, IsEmpty());
  const Resource& secret = *loaded.result.resources.back();
  ASSERT_EQ(secret.encrypted.size(), 2U);
  EXPECT_EQ(*secret.encrypted[0].text, base);
  EXPECT_EQ(*secret.encrypted[1].text, over);
  EXPECT_EQ(secret.encrypted[1].path, "overlays/staging/s.yaml");
  EXPECT_EQ(secret.spec["data"].size(), 3U);
}

TEST(SecretSpec, IsNotEncryptedByAValueAlone) {
  const std::string data = fmt::format("    a: {}\n", kValue);
  EXPECT_THAT(Load(Secret(data, "")).texts,
              ElementsAre(HasSubstr("spec.data.a is encrypted, and the file has no block sops")));
  EXPECT_THAT(
      Load(Secret(data, Block()), Secret(data, "")).texts,
      ElementsAre(HasSubstr("overlays/staging/s.yaml:7:8: spec.data.a is encrypted, and the "
                            "file has no block sops")));
}

TEST(SecretSpec, ShowsNoValueWhereverItIsWrittenInClear) {
  for (const char* spec :
       {"stringData: {p: \"hunter2 ${y z\"}", "data: {p: !hunter2 x}", "data: {p: *hunter2}",
        "data: hunter2", "data: [hunter2]", "provider: {p: hunter2}"}) {
    const Loaded loaded = Load(fmt::format(
        "apiVersion: mooring.dev/v1alpha1\nkind: Secret\nmetadata: {{name: s}}\nspec: {{{}}}\n",
        spec));
    EXPECT_THAT(loaded.texts, Not(IsEmpty())) << spec;
    for (const std::string& text : loaded.texts)
      EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  }
}

TEST(SecretSpec, OfAProviderNeedsKeys) {
  const std::string head = "apiVersion: mooring.dev/v1alpha1\nkind: Secret\nmetadata: {name: s}\n";
  EXPECT_THAT(Load(head + "spec: {provider: pass, keys: {a: team/a}}\n").texts, IsEmpty());
  EXPECT_THAT(Load(head + "spec: {provider: pass}\n").texts,
              ElementsAre(HasSubstr("a Secret with a provider has no keys")));
  EXPECT_THAT(Load(head + "spec: {provider: pass, keys: {a: --clip}}\n").texts,
              ElementsAre(HasSubstr("is not a name that a provider is asked for")));
  EXPECT_THAT(Load(head + "spec: {}\n").texts,
              ElementsAre(HasSubstr("spec has none of data, provider")));
}

TEST(SecretReferences, StandWhereAValueMay) {
  const Loaded loaded = Load(
      "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a, namespace: blue}\nspec:\n"
      "  services:\n    web:\n      image: x\n"
      "      environment:\n        A: {secretRef: {name: shop, key: a}}\n        B: text\n"
      "      secrets: [pay, {source: pay, target: other, mode: 440, uid: 1000}]\n"
      "  secrets: {pay: {secretRef: {name: shop, key: b, namespace: default}}}\n");
  ASSERT_THAT(loaded.texts, IsEmpty());
  const Resource& app = *loaded.result.resources.front();
  ASSERT_EQ(app.secrets.size(), 2U);
  EXPECT_EQ(app.secrets[0].pointer, "/secrets/pay");
  EXPECT_EQ(app.secrets[0].ref, (SecretRef{"default", "shop", "b"}));
  EXPECT_EQ(app.secrets[1].pointer, "/services/web/environment/A");
  EXPECT_EQ(app.secrets[1].ref, (SecretRef{"blue", "shop", "a"}));
  EXPECT_EQ(app.spec["services"]["web"]["secrets"], Json::parse(R"([{"source": "pay"},
                            {"source": "pay", "target": "other", "mode": "440", "uid": "1000"}])"));
}

TEST(SecretReferences, AreCheckedLikeEverythingElse) {
  const auto with = [](const std::string& service, const std::string& more) {
    return Load(
               "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
               "  services:\n    web:\n      image: x\n" +
               service + more)
        .texts;
  };
  EXPECT_THAT(with("      environment: {A: {secretRef: {name: shop}}}\n", ""),
              ElementsAre(HasSubstr("secretRef has no key")));
  EXPECT_THAT(with("      environment: {A: {secretref: {name: shop, key: a}}}\n", ""),
              ElementsAre(HasSubstr("did you mean \"secretRef\"?")));
  EXPECT_THAT(with("      environment: {A: [x]}\n", ""),
              ElementsAre(HasSubstr("must be a string")));
  EXPECT_THAT(with("      secrets: [pay]\n", ""),
              ElementsAre(HasSubstr("secret \"pay\" is not declared in spec.secrets")));
  EXPECT_THAT(with("      secrets: [pay, {source: pay, target: /run/secrets/pay}]\n",
                   "  secrets: {pay: {secretRef: {name: shop, key: a}}}\n"),
              ElementsAre(HasSubstr("two secrets have the target /run/secrets/pay")));
  EXPECT_THAT(with("", "  secrets: {pay: {file: ./pay.txt}}\n"),
              testing::Contains(HasSubstr("the secret pay is taken from a file")));
}

TEST(SecretsInText, ReadsEveryDocumentAndQuotesNothing) {
  const auto secrets = SecretsInText(SecretString(
      "kind: Secret\nmetadata: {name: a}\nspec: {data: {x: hunter2, n: \"007\"}}\n---\n"
      "kind: App\nmetadata: {name: a}\n---\n"
      "kind: Secret\nmetadata: {name: b, namespace: blue}\nspec:\n  data:\n    y: |\n      1\n     "
      " 2\n"));
  ASSERT_TRUE(secrets);
  ASSERT_EQ(secrets->size(), 2U);
  EXPECT_EQ(secrets->at({"Secret", "default", "a"}).at("n").Reveal(), "007");
  EXPECT_EQ(secrets->at({"Secret", "blue", "b"}).at("y").Reveal(), "1\n2\n");
  const auto broken = SecretsInText(SecretString("a: [hunter2\n"));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().ToString().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace mooring::manifest
