// SPDX-License-Identifier: Apache-2.0
#include "controller/status/host_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/reconcile/intercepted_store.h"
#include "tests/support/status/status_checker.h"

namespace mooring {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const Error kDown(ErrorCode::kUnavailable, "connect to /run/docker.sock: connection refused");

class HostStatusTest : public ::testing::Test {
 protected:
  std::string Show(const char* type) const {
    const ResourceStatus status = host_.Current();
    const Condition* c = status.Find(type);
    if (c == nullptr) return "-";
    return std::string(ConditionStatusName(c->status)) + "/" + c->reason;
  }
  void AllGood() {
    host_.SourceLoaded("fleet", "main@sha1:1111111");
    host_.Engine({});
    host_.Gateway({});
  }

  testing::FakeClock clock_;
  MemoryStore store_;
  testing::StatusChecker checker_{store_, clock_};
  HostStatus host_{"harbour-1", {}, store_, clock_, Log()};
};

TEST_F(HostStatusTest, IsUnknownUntilItIsTold) {
  EXPECT_EQ(Show("Ready"), "Unknown/Progressing");
  EXPECT_EQ(Show("EngineReady"), "Unknown/Progressing");
  EXPECT_EQ(host_.Current().key.ToString(), "Host/harbour-1");
}

TEST_F(HostStatusTest, IsReadyWhenEverythingIs) {
  AllGood();
  EXPECT_EQ(Show("Ready"), "True/Succeeded");
  EXPECT_EQ(Show("Healthy"), "True/Succeeded");
  EXPECT_EQ(host_.Current().last_applied_revision, "main@sha1:1111111");
  EXPECT_EQ(**store_.GetStatus({"Host", "", "harbour-1"}), host_.Current());
}

TEST_F(HostStatusTest, WhatCouldNotBeStoredIsStoredAgain) {
  bool has_room = false;
  testing::InterceptedStore store(store_, [&] { return has_room; });
  HostStatus host("harbour-2", {}, store, clock_, Log());
  host.SourceLoaded("fleet", "main@sha1:1111111");
  host.StoreAgain();
  EXPECT_FALSE(*store_.GetStatus({"Host", "", "harbour-2"}));
  has_room = true;
  host.StoreAgain();
  EXPECT_EQ(**store_.GetStatus({"Host", "", "harbour-2"}), host.Current());
}

TEST_F(HostStatusTest, AnEngineThatDoesNotAnswer) {
  AllGood();
  host_.Engine(std::unexpected(kDown));
  EXPECT_EQ(Show("EngineReady"), "False/EngineUnreachable");
  EXPECT_EQ(Show("Ready"), "False/EngineUnreachable");
  EXPECT_EQ(Show("Healthy"), "False/EngineUnreachable");
  EXPECT_EQ(Show("SourceReady"), "True/Succeeded");
  host_.Engine({});
  EXPECT_EQ(Show("Ready"), "True/Succeeded");
}

TEST_F(HostStatusTest, ASourceErrorKeepsItsReason) {
  AllGood();
  host_.SourceFailed("fleet", Error(ErrorCode::kUnavailable, "fetch: timeout"));
  EXPECT_EQ(Show("Ready"), "False/SourceUnreachable");
  host_.SourceFailed(
      "fleet", Error(ErrorCode::kFailedPrecondition, "no specs").WithReason(reason::kSourceEmpty));
  EXPECT_EQ(Show("SourceReady"), "False/SourceEmpty");
  EXPECT_EQ(Show("Healthy"), "True/Succeeded");
}

TEST_F(HostStatusTest, HeldByAPersonItIsReadyAndSaysSo) {
  AllGood();
  const Hold hold{.act = Hold::Act::kRollback, .actor = "ops", .revision = "main@sha1:1111111"};
  host_.SourceHeld("fleet", hold, "held at main@1111111 by ops");
  EXPECT_EQ(Show("SourceReady"), "True/HeldByRollback");
  EXPECT_EQ(Show("Ready"), "True/HeldByRollback");
  EXPECT_EQ(host_.Current().Find("Ready")->message, "held at main@1111111 by ops");
  EXPECT_EQ(host_.Current().held_by, hold);
  host_.SourceFailed("fleet", Error(ErrorCode::kUnavailable, "fetch: timeout"));
  EXPECT_EQ(Show("Ready"), "False/SourceUnreachable");
  EXPECT_EQ(host_.Current().held_by, hold) << "no less held";
  host_.SourceLoaded("fleet", "main@sha1:2222222");
  EXPECT_EQ(Show("Ready"), "True/Succeeded");
  EXPECT_FALSE(host_.Current().held_by);
}

TEST_F(HostStatusTest, ABadCommitTellsItsFindingsAndWhatKeepsRunning) {
  AllGood();
  Diagnostics diagnostics;
  for (int line = 1; line <= 5; ++line) {
    diagnostics.push_back({{"apps/hello.yaml", line, 7}, "unknown field \"imagee\"", ""});
  }
  host_.SourceInvalid("fleet", "main@sha1:2222222", diagnostics);
  EXPECT_EQ(Show("SourceReady"), "False/InvalidSpec");
  EXPECT_EQ(Show("Stalled"), "True/InvalidSpec");
  const ResourceStatus status = host_.Current();
  EXPECT_EQ(status.last_attempted_revision, "main@sha1:2222222");
  EXPECT_EQ(status.last_applied_revision, "main@sha1:1111111");
  EXPECT_THAT(status.Find("SourceReady")->message,
              HasSubstr("5 findings: apps/hello.yaml:1:7: unknown field \"imagee\" | "));
  EXPECT_THAT(status.Find("SourceReady")->message,
              HasSubstr("| and 2 more. main@sha1:1111111 keeps running"));
  ASSERT_THAT(status.details["diagnostics"], SizeIs(5));
  EXPECT_EQ(status.details["diagnostics"][4]["line"], 5);

  host_.SourceLoaded("fleet", "main@sha1:3333333");
  EXPECT_EQ(Show("Stalled"), "-");
  EXPECT_FALSE(host_.Current().details.contains("diagnostics"));
}

TEST_F(HostStatusTest, ARefusedRevisionTellsWhyAndWhatKeepsRunning) {
  HostStatus host("harbour-1", {.verified = {"fleet"}}, store_, clock_, Log());
  EXPECT_EQ(host.Current().Find("SourceVerified")->message, "not looked at yet");
  host.SourceVerified("fleet", "main@sha1:1111111", "ops@example.com");
  host.SourceLoaded("fleet", "main@sha1:1111111");
  EXPECT_EQ(host.Current().Find("SourceVerified")->status, ConditionStatus::kTrue);
  EXPECT_EQ(host.Current().Find("SourceVerified")->message, "signed by ops@example.com");

  host.SourceRefused("fleet", "main@sha1:2222222",
                     Error(ErrorCode::kFailedPrecondition, "commit 2222222 is not signed")
                         .WithReason(reason::kSignatureInvalid));
  const ResourceStatus refused = host.Current();
  for (const char* type : {"SourceVerified", "SourceReady", "Ready"}) {
    const Condition* condition = refused.Find(type);
    ASSERT_NE(condition, nullptr) << type;
    EXPECT_EQ(condition->status, ConditionStatus::kFalse) << type;
    EXPECT_EQ(condition->reason, "SignatureInvalid") << type;
    EXPECT_EQ(condition->message, "commit 2222222 is not signed. main@sha1:1111111 keeps running");
  }
  EXPECT_EQ(refused.Find("Stalled")->reason, "SignatureInvalid");
  EXPECT_EQ(refused.last_applied_revision, "main@sha1:1111111");
  EXPECT_EQ(refused.last_attempted_revision, "main@sha1:2222222");

  host.SourceVerified("fleet", "main@sha1:3333333", "dev@example.com");
  host.SourceLoaded("fleet", "main@sha1:3333333");
  EXPECT_EQ(host.Current().Find("Stalled"), nullptr);
  EXPECT_EQ(host.Current().Find("SourceVerified")->message, "signed by dev@example.com");
  EXPECT_EQ(host_.Current().Find("SourceVerified"), nullptr) << "where nothing is asked for";
}

TEST_F(HostStatusTest, EachSourceHasItsOwnSignatures) {
  HostStatus host("harbour-1",
                  {.sources = {"fleet", "shop", "wiki"}, .verified = {"fleet", "wiki"}}, store_,
                  clock_, Log());
  host.SourceVerified("fleet", "main@sha1:1111111", "ops@example.com");
  for (const char* source : {"fleet", "shop"}) host.SourceLoaded(source, "main@sha1:1111111");
  host.SourceRefused("wiki", "main@sha1:2222222",
                     Error(ErrorCode::kFailedPrecondition, "commit 2222222 is not signed"));
  const ResourceStatus status = host.Current();
  EXPECT_EQ(status.Find("SourceVerified")->message,
            "wiki: commit 2222222 is not signed. No good revision was seen yet");
  const auto& list = status.details["sources"];
  ASSERT_THAT(list, SizeIs(3));
  EXPECT_EQ(list[0]["verified"], "True");
  EXPECT_EQ(list[0]["verifiedMessage"], "signed by ops@example.com");
  EXPECT_FALSE(list[1].contains("verified"));
  EXPECT_EQ(list[2]["verified"], "False");
  host.SourceVerified("wiki", "main@sha1:3333333", "dev@example.com");
  EXPECT_EQ(host.Current().Find("SourceVerified")->message, "all sources are signed as asked for");
}

TEST_F(HostStatusTest, WhatIsOffHasNoConditionAndDoesNotCount) {
  HostStatus without_caddy("harbour-2", {.gateway = false}, store_, clock_, Log());
  without_caddy.SourceLoaded("fleet", "main@sha1:1111111");
  without_caddy.Engine({});
  EXPECT_TRUE(without_caddy.Current().IsReady());
  EXPECT_EQ(without_caddy.Current().Find("GatewayReady"), nullptr);
}

TEST_F(HostStatusTest, TransitionTimesSurviveARestart) {
  AllGood();
  const Time since = host_.Current().Find("Ready")->last_transition;
  clock_.Advance(std::chrono::hours(1));
  HostStatus after_restart("harbour-1", {}, store_, clock_, Log());
  after_restart.SourceLoaded("fleet", "main@sha1:1111111");
  after_restart.Engine({});
  EXPECT_EQ(after_restart.Current().Find("Ready")->last_transition, since);
  EXPECT_EQ(after_restart.Current(), host_.Current());
}

TEST_F(HostStatusTest, ShowsWhereItsDocumentStands) {
  AllGood();
  Resource document;
  document.source = {"hosts/harbour-1.yaml", 3, 1};
  host_.Described(&document);
  EXPECT_EQ(host_.Current().source_file, "hosts/harbour-1.yaml");
  EXPECT_EQ(host_.Current().source_line, 3);
  EXPECT_EQ(Show("Ready"), "True/Succeeded");
  host_.Described(nullptr);
  EXPECT_EQ(host_.Current().source_file, "");
}

}  // namespace
}  // namespace mooring
