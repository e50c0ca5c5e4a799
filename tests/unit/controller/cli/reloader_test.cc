// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "controller/store/memory_store.h"
#include "tests/support/clock/fake_clock.h"

namespace mooring::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReloaderTest : public ::testing::Test {
 protected:
  Config Read(Diagnostics* problems) {
    return ParseConfig("mooring.yaml", "host: {name: harbour-1}\n" + text_, {}, problems);
  }
  Reloader Make() {
    Diagnostics none;
    return {Read(&none),
            {.read = [this](Diagnostics* problems) { return Read(problems); },
             .take_over = [this](const Config& config) { taken_over_.push_back(config); },
             .events = events_,
             .log = Log::ToString(&log_)}};
  }
  Event LastEvent() {
    const auto list = store_.ListEvents({});
    return list && !list->empty() ? list->front() : Event();
  }

  std::string text_ = "sources: [{url: /x}]\nlog: {level: info}\n";
  testing::FakeClock clock_;
  MemoryStore store_;
  EventRecorder events_{store_, clock_, Log()};
  std::string log_;
  std::vector<Config> taken_over_;
};

TEST_F(ReloaderTest, PutsInForceWhatItMayAndNamesWhatNeedsARestart) {
  Reloader reloader = Make();
  text_ = "sources: [{url: /x}]\nlog: {level: debug}\nstore: {path: /elsewhere}\n";
  reloader.ReadAgain();
  ASSERT_EQ(taken_over_.size(), 1U);
  EXPECT_EQ(taken_over_[0].log_level, LogLevel::kDebug);
  EXPECT_EQ(taken_over_[0].store_path, "/var/lib/mooring");
  EXPECT_EQ(reloader.running().log_level, LogLevel::kDebug);
  EXPECT_THAT(log_, AllOf(HasSubstr("needs a restart: systemctl restart mooring"),
                          HasSubstr("keys=store.path"), HasSubstr("changed=log.level")));
  const Event event = LastEvent();
  EXPECT_EQ(event.key.ToString(), ResourceKey("Host", "", "harbour-1").ToString());
  EXPECT_EQ(event.reason, reason::kConfigurationChanged);
  EXPECT_EQ(event.message,
            "in force now: log.level; store.path: needs a restart: systemctl restart "
            "mooring");
}

TEST_F(ReloaderTest, AFileWithProblemsChangesNothingAndSaysSo) {
  Reloader reloader = Make();
  const Config before = reloader.running();
  text_ = "sources: [{url: /x}]\nlog: {level: loud, colour: red}\nstore: {keepEvents: 1d}\n";
  reloader.ReadAgain();
  EXPECT_TRUE(taken_over_.empty());
  EXPECT_TRUE(reloader.running() == before);
  const Event event = LastEvent();
  EXPECT_EQ(event.reason, reason::kConfigurationInvalid);
  EXPECT_EQ(event.severity, Severity::kWarning);
  EXPECT_THAT(event.message,
              AllOf(HasSubstr("2 problems: mooring.yaml:3:14: log.level must be one of"),
                    HasSubstr("Nothing was changed")));
  EXPECT_THAT(log_, HasSubstr("configuration is not valid"));
}

TEST_F(ReloaderTest, NothingNewIsNoEvent) {
  Reloader reloader = Make();
  reloader.ReadAgain();
  EXPECT_TRUE(taken_over_.empty());
  EXPECT_EQ(LastEvent().reason, "");
  EXPECT_THAT(log_, AllOf(HasSubstr("changed=nothing"), Not(HasSubstr("needs a restart"))));
}

TEST_F(ReloaderTest, AWarningIsSaidOnce) {
  Reloader reloader = Make();
  text_ += "kopia: {}\n";
  reloader.ReadAgain();
  EXPECT_THAT(log_, HasSubstr("kopia has no effect in this version"));
  log_.clear();
  reloader.ReadAgain();
  EXPECT_THAT(log_, Not(HasSubstr("kopia")));
}

}  // namespace
}  // namespace mooring::cli
