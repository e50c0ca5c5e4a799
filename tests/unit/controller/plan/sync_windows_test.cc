// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/sync_windows.h"

#include "controller/base/text.h"

namespace mooring {
namespace {

using nlohmann::json;

json Window(const char* kind, const char* cron, const char* duration, const char* timezone = "UTC",
            bool manual = true) {
  return {{"kind", kind},
          {"schedule", {{"cron", cron}, {"timezone", timezone}}},
          {"duration", duration},
          {"manual", manual}};
}

/// What is closed at a time; "open" otherwise.
std::string At(const std::string& time, const std::vector<json>& windows) {
  const auto closed = SyncWindows::Of({{"syncWindows", windows}}).ClosedAt(*ParseTime(time));
  return closed ? closed->ToString() + (closed->manual ? "" : ", by no hand") : "open";
}

// 2026-03-01 is a Sunday; Berlin is an hour ahead of UTC, and two from 29 March on.
const json kWeekend = Window("deny", "0 18 * * 5", "60h", "Europe/Berlin");
const json kOffice = Window("allow", "0 8 * * 1-5", "10h", "Europe/Berlin");

TEST(SyncWindows, WithoutAnyEverythingIsLetThrough) {
  EXPECT_EQ(At("2026-03-01T14:00:00Z", {}), "open");
  EXPECT_FALSE(SyncWindows::Of(json::object()).ClosedAt({}));
}

TEST(SyncWindows, DenyIsClosedForItsDuration) {
  EXPECT_EQ(At("2026-03-06T16:59:59Z", {kWeekend}), "open");
  const char* const closed =
      "closed by deny \"0 18 * * 5\" Europe/Berlin until 2026-03-09T05:00:00Z";
  EXPECT_EQ(At("2026-03-06T17:00:00Z", {kWeekend}), closed);
  EXPECT_EQ(At("2026-03-09T04:59:59Z", {kWeekend}), closed);
  EXPECT_EQ(At("2026-03-09T05:00:00Z", {kWeekend}), "open");
}

TEST(SyncWindows, OneOpenAllowWindowIsNeededIfThereIsAny) {
  EXPECT_EQ(At("2026-03-02T07:00:00Z", {kOffice}), "open");
  EXPECT_EQ(At("2026-03-01T14:00:00Z", {kOffice}),
            "closed because no allow window is open until 2026-03-02T07:00:00Z");
  EXPECT_EQ(At("2026-03-01T14:00:00Z", {kOffice, Window("allow", "0 12 * * *", "3h")}), "open");
}

TEST(SyncWindows, DenyWins) {
  const std::vector<json> windows = {kOffice, Window("deny", "0 8 2 3 *", "2h")};
  EXPECT_EQ(At("2026-03-02T09:00:00Z", windows),
            "closed by deny \"0 8 2 3 *\" UTC until 2026-03-02T10:00:00Z");
  EXPECT_EQ(At("2026-03-02T10:00:00Z", windows), "open");
}

TEST(SyncWindows, WhatFollowsWithoutAGapIsWaitedForAsOne) {
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {Window("deny", "*/30 9-16 * * *", "30m")}),
            "closed by deny \"*/30 9-16 * * *\" UTC until 2026-03-02T17:00:00Z");
  // The allow window opens within the deny window, which ends on Monday.
  EXPECT_EQ(At("2026-03-07T12:00:00Z", {kWeekend, kOffice}),
            "closed by deny \"0 18 * * 5\" Europe/Berlin until 2026-03-09T07:00:00Z");
}

TEST(SyncWindows, LongWindowsOverlapThemselves) {
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {Window("allow", "0 0 * * *", "36h")}), "open");
}

TEST(SyncWindows, OneThatNeverOpensIsSaidToBeSo) {
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {Window("deny", "* * * * *", "1m")}),
            "closed by deny \"* * * * *\" UTC, and no opening is in sight");
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {Window("deny", "no cron", "1m")}),
            "closed by deny \"no cron\" UTC, and no opening is in sight");
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {Window("allow", "no cron", "1m")}),
            "closed by allow \"no cron\" UTC, and no opening is in sight");
}

TEST(SyncWindows, AllThatCloseMustLetAnOperatorThrough) {
  const json strict = Window("deny", "0 9 * * *", "1h", "UTC", false);
  const json lax = Window("deny", "0 9 * * *", "1h");
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {lax, strict}),
            "closed by deny \"0 9 * * *\" UTC until 2026-03-02T10:00:00Z, by no hand");
  EXPECT_EQ(At("2026-03-02T09:10:00Z", {lax, Window("deny", "0 10 * * *", "1h", "UTC", false)}),
            "closed by deny \"0 9 * * *\" UTC until 2026-03-02T11:00:00Z");
}

TEST(SyncWindows, HoldForTheResourcesOfTheirNamespace) {
  auto scope = std::make_shared<Resource>();
  scope->key = {"Namespace", "", "blue"};
  scope->spec = {{"syncWindows", {Window("deny", "* * * * *", "1h")}}};
  Diagnostics findings;
  const auto set = *DesiredSet::Build("main@sha1:1", {scope}, {}, &findings);
  EXPECT_TRUE(SyncWindows::For({"App", "blue", "web"}, *set).ClosedAt({}));
  EXPECT_FALSE(SyncWindows::For({"App", "red", "web"}, *set).ClosedAt({}));
  EXPECT_FALSE(SyncWindows::For({"Namespace", "", "blue"}, *set).ClosedAt({}));
}

}  // namespace
}  // namespace mooring
