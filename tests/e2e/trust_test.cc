// SPDX-License-Identifier: Apache-2.0
// Commits that nobody, the right one or somebody else signed.
#include <fstream>

#include "tests/e2e/world.h"
#include "tests/support/git/signing_keys.h"

namespace mooring::test {
namespace {

class SignedCommits : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    Allow(key_.AllowedLine("ops@example.com", "namespaces=\"git\""));
    world_->Configure("/sources/0/verify",
                      {{"mode", "All"}, {"allowedSignersFile", world_->File("allowed_signers")}});
  }
  void Allow(const std::string& lines) const {
    std::ofstream(world_->File("allowed_signers")) << lines;
  }
  void SignWith(const SshSigningKey* key) {
    if (key == nullptr) return world_->repo.SignWith(nullptr);
    world_->repo.SignWith([key](const std::string& payload) { return key->Sign(payload); });
  }
  /// Another version of the shop, committed.
  void Ship(const std::string& version, const SshSigningKey* signer) {
    SignWith(signer);
    world_->Write("apps/shop.yaml", world_->App("shop", version));
    world_->Commit("shop " + version);
  }
  void ShopRuns() {
    SignWith(&key_);
    world_->CommitAppWithSite("shop");
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "hello from"); }));
    ASSERT_TRUE(Eventually(kSoon, [&] { return world_->HasConverged("App", "shop"); }));
    id_ = world_->engine.IdOf(world_->Container("shop"));
  }
  /// The message of SourceVerified, once it is False.
  std::string Refusal(const std::string& part) const {
    std::string message;
    EXPECT_TRUE(Eventually(kSoon, [&] {
      const Json verified = world_->Condition("Host", world_->ns, "SourceVerified");
      message = verified.value("message", "");
      return verified.value("reason", "") == "SignatureInvalid" &&
             message.find(part) != std::string::npos;
    })) << message;
    return message;
  }
  void ExpectUntouched() const {
    EXPECT_EQ(world_->engine.IdOf(world_->Container("shop")), id_);
    EXPECT_TRUE(world_->Serves("shop", "hello from version 1.0.0"));
    EXPECT_TRUE(world_->IsReady("App", "shop"));
  }
  static void ExpectHas(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  const SshSigningKey key_;
  const SshSigningKey foreign_;
  std::string id_;
};

TEST_F(SignedCommits, OnlyThoseOfAllowedSignersAreApplied) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(ShopRuns());
  EXPECT_EQ(world.Condition("Host", world.ns, "SourceVerified")["message"],
            "signed by ops@example.com");
  ExpectHas(world.Mooring({"trace", "app/shop", "-n", world.ns}).out,
            "\"Add shop\"  signed, allowed signer ops@example.com");
  ExpectHas(world.Mooring({"doctor"}).out, "is signed by ops@example.com");
  EXPECT_EQ(world.Metric("mooring_source_verified", {"source=\"fleet\""}), 1);

  const double writes = world.EngineWrites();
  Ship("2.0.0", nullptr);
  Refusal("\"shop 2.0.0\" by Ada Operator is not signed; every commit must be signed");
  ExpectHas(world.Mooring({"get", "host"}).out, "SignatureInvalid: commit");
  ExpectHas(world.Mooring({"doctor"}).out, "FAIL  trust    fleet: commit");
  EXPECT_EQ(world.Metric("mooring_source_verified", {"source=\"fleet\""}), 0);

  Ship("2.0.1", &foreign_);
  Refusal("\"shop 2.0.0\" by Ada Operator is not signed");
  ExpectUntouched();

  ASSERT_TRUE(world.StopDaemon());
  world.StartDaemon();
  Refusal("is not signed");
  ASSERT_TRUE(Eventually(kSoon, [&] { return world.IsReady("App", "shop"); }));
  ExpectUntouched();
  EXPECT_EQ(world.EngineWrites(), 0) << "before the restart: " << writes;
}

TEST_F(SignedCommits, AForeignKeyIsRefusedUntilItIsAllowed) {
  World& world = *world_;
  ASSERT_NO_FATAL_FAILURE(ShopRuns());
  Ship("2.0.0", &foreign_);
  const std::string message = Refusal("is signed with the ED25519 key SHA256:");
  ExpectHas(message, "which is not in " + world.File("allowed_signers") + "; add it there if");
  ExpectHas(message, "keeps running");
  ExpectUntouched();
  EXPECT_EQ(world.Events("Host", world.ns, "SignatureInvalid"), 1) << "told once";

  Allow(key_.AllowedLine("ops@example.com") + foreign_.AllowedLine("dev@example.com"));
  EXPECT_TRUE(Eventually(kRollout, [&] { return world.Serves("shop", "version 2.0.0"); }));
  EXPECT_EQ(world.Condition("Host", world.ns, "SourceVerified")["message"],
            "signed by dev@example.com");
  EXPECT_TRUE(world.Has("Host", world.ns, "SourceReady", "Succeeded"));
}

}  // namespace
}  // namespace mooring::test
