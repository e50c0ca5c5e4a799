// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/source_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <set>

#include "controller/metrics/metrics.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/liveness.h"
#include "tests/support/clock/fake_clock.h"

namespace mooring {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct FakeArtifact final : Artifact {
  const std::vector<Entry>& entries() const override { return files.entries(); }
  Result<std::string> Read(const Entry& entry) const override { return files.Read(entry); }
  const Revision& revision() const override { return at; }
  std::string Describe() const override { return "commit " + at.ToShortString(); }
  MemoryFileTree files;
  Revision at;
};

/// A repository of one branch: commits by their id.
class FakeSource final : public Source {
 public:
  Result<Revision> Poll(std::stop_token) override {
    ++polls;
    if (on_poll) on_poll();
    if (down) return std::unexpected(*down);
    return Revision{"main", head};
  }
  Result<std::shared_ptr<const Artifact>> Fetch(const Revision& revision,
                                                std::stop_token) override {
    fetched.push_back(revision.commit);
    if (!commits.contains(revision.commit))
      return Fail(ErrorCode::kNotFound, "no commit " + revision.commit);
    auto artifact = std::make_shared<FakeArtifact>();
    artifact->at = revision;
    for (const auto& [path, text] : commits[revision.commit]) artifact->files.Put(path, text);
    return artifact;
  }
  Result<bool> GoesOn(const Revision& before, const Revision& after) override {
    return before.commit <= after.commit;  // "c1", "c2"
  }
  void Distrust() override { ++distrusted; }
  /// The branch is at `commit` now, with `files`.
  void Push(const std::string& commit, std::map<std::string, std::string> files) {
    commits[commit] = std::move(files);
    head = commit;
  }

  std::map<std::string, std::map<std::string, std::string>> commits;
  std::string head;
  std::optional<Error> down;
  std::vector<std::string> fetched;
  int distrusted = 0;
  int polls = 0;
  std::function<void()> on_poll;  ///< before the head is read
};

/// Takes the commits that are named; asked for what is in force.
class FakeVerifier final : public RevisionVerifier {
 public:
  Result<std::string> Verify(const Revision& revision, const Revision& in_force,
                             const std::stop_token&) override {
    asked.push_back(in_force.commit + ".." + revision.commit);
    if (unreadable) return std::unexpected(*unreadable);
    if (trusted.contains(revision.commit)) return "ops@example.com";
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition, "commit " + revision.commit + " is not signed")
            .WithReason(reason::kSignatureInvalid));
  }
  std::set<std::string> trusted;
  std::optional<Error> unreadable;
  std::vector<std::string> asked;
};

std::map<std::string, std::string> Fleet(const std::string& image) {
  return {{"web.yaml",
           "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: web}\nspec:\n"
           "  services:\n    web: {image: \"" +
               image + "\"}\n"}};
}

const std::map<std::string, std::string> kBad = {
    {"web.yaml", "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: web}\nspec: 5\n"}};

/// One life of the watcher; `told` is what it said, in order.
class Watch {
 public:
  Watch(FakeSource& source, testing::FakeClock& clock, SourceWatcher::Options options = {})
      : clock_(clock),
        metrics({.sources = {"fleet"}}),
        union_({"fleet"}, [](const ResourceKey&) { return std::string(); },
               {.on_desired =
                    [this](std::shared_ptr<const DesiredSet> set) {
                      told_.push_back("desired " + set->revision());
                      desired = std::move(set);
                    }}),
        watcher_(WithName(std::move(options)), source, union_, Callbacks(), metrics, clock, {}),
        thread_([this](std::stop_token stop) { watcher_.Run(stop); }) {
    clock_.AwaitWaiters(1);
  }
  /// The next poll is over.
  void Poll() {
    clock_.Advance(70s);  // a minute, 10 % jitter
    clock_.AwaitWaiters(1);
  }
  /// Looks at once, as a person asks for.
  void LookNow() {
    std::latch looked(1);
    watcher_.LookNow([&] { looked.count_down(); });
    looked.wait();
    clock_.AwaitWaiters(1);
  }
  SourceWatcher& watcher() { return watcher_; }
  void SetPollInterval(Duration interval) { watcher_.SetPollInterval(interval); }
  std::vector<std::string> Told() { return std::exchange(told_, {}); }

 private:
  static SourceWatcher::Options WithName(SourceWatcher::Options options) {
    options.name = "fleet";
    return options;
  }
  SourceWatcher::Callbacks Callbacks() {
    return {
        .on_good = [this](const Revision& at) { told_.push_back("good " + at.commit); },
        .on_invalid =
            [this](const Revision& at, const Diagnostics& findings) {
              told_.push_back(fmt::format("invalid {} {}", at.commit, findings.size()));
            },
        .on_failed =
            [this](const Error& error) {
              told_.push_back(fmt::format("failed {} {}", error.reason(), error.ToString()));
            },
        .on_rewritten =
            [this](const Revision& before, const Revision& after) {
              told_.push_back("rewritten " + before.commit + " " + after.commit);
            },
        .on_verified =
            [this](const Revision& at, const std::string& signer) {
              told_.push_back(fmt::format("verified {} {}", at.commit, signer));
            },
        .on_refused =
            [this](const Revision& at, const Error& error) {
              told_.push_back(fmt::format("refused {} {}", at.commit, error.ToString()));
            },
        .on_held =
            [this](const Revision& newest) { told_.push_back("held, newest " + newest.commit); }};
  }

  testing::FakeClock& clock_;
  std::vector<std::string> told_;

 public:
  metrics::Metrics metrics;
  std::shared_ptr<const DesiredSet> desired;

 private:
  DesiredUnion union_;
  SourceWatcher watcher_;
  std::jthread thread_;
};

class SourceWatcherTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  FakeSource source_;
};

TEST_F(SourceWatcherTest, AGoodCommitBecomesTheDesiredSetOnce) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_);
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "good c1"));
  watch.Poll();
  watch.Poll();
  EXPECT_THAT(watch.Told(), IsEmpty());
  EXPECT_THAT(source_.fetched, ElementsAre("c1"));
  source_.Push("c2", Fleet("nginx:2"));
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c2", "good c2"));
  EXPECT_THAT(watch.metrics.Render(), HasSubstr("revision=\"main@sha1:c2\""));
}

TEST_F(SourceWatcherTest, AnotherIntervalCountsAtOnce) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_, {.poll_interval = 24h});
  watch.SetPollInterval(1min);
  watch.LookNow();
  (void)watch.Told();
  source_.Push("c2", Fleet("nginx:2"));
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c2", "good c2"));
}

TEST_F(SourceWatcherTest, HeldAtAnEarlierCommitTheNewestWaits) {
  Guarded<std::string> hold;
  const auto hold_at = [&](const std::string& at) { hold.With([&](auto& text) { text = at; }); };
  source_.Push("c1", Fleet("nginx:1"));
  source_.Push("c2", Fleet("nginx:2"));
  Watch watch(source_, clock_,
              {.held_at = [&] { return hold.With([](auto& text) { return text; }); }});
  (void)watch.Told();
  hold_at("main@sha1:c1");
  watch.LookNow();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "good c1", "held, newest c2"))
      << "going back by hand is no rewritten history";
  source_.Push("c3", Fleet("nginx:3"));
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("held, newest c3"));
  source_.down = Error(ErrorCode::kUnavailable, "gone");
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre(HasSubstr("failed")));
  source_.down.reset();
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "good c1", "held, newest c3"));
  hold_at("");
  watch.LookNow();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c3", "good c3"));
}

TEST_F(SourceWatcherTest, HeldAtTheNewestItIsFollowedAgainAllTheSame) {
  Guarded<std::string> hold{std::string("main@sha1:c1")};
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_,
              {.held_at = [&] { return hold.With([](auto& text) { return text; }); }});
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "good c1", "held, newest c1"));
  hold.With([](auto& text) { text.clear(); });
  watch.LookNow();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "good c1"));
}

TEST_F(SourceWatcherTest, OneThatNoLongerLooksIsStuck) {
  source_.Push("c1", Fleet("nginx:1"));
  Liveness liveness(clock_);
  {
    Watch watch(source_, clock_, {.liveness = &liveness});
    for (int i = 0; i < 60; ++i) watch.Poll();
    EXPECT_EQ(liveness.Stuck(), std::nullopt);
  }
  clock_.Advance(70s + kLongestStep);
  EXPECT_THAT(liveness.Stuck().value_or(""), HasSubstr("source fleet has not gone on for"));
}

TEST_F(SourceWatcherTest, LooksBeforeItsTimeWhenAsked) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_);
  (void)watch.Told();
  source_.Push("c2", Fleet("nginx:2"));
  watch.LookNow();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c2", "good c2"));
  source_.down = Error(ErrorCode::kUnavailable, "gone");
  watch.LookNow();
  EXPECT_EQ(watch.Told().size(), 1u);
}

TEST_F(SourceWatcherTest, ManyCommitsAtOnceAreOneLoadOfTheNewest) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_);
  std::latch looks(1);
  std::latch pushed(1);
  source_.on_poll = [&, first = true]() mutable {
    if (!std::exchange(first, false)) return;
    looks.count_down();
    pushed.wait();
  };
  constexpr int kCommits = 50;
  std::latch answered(kCommits + 1);
  const auto look = [&] { watch.watcher().LookNow([&] { answered.count_down(); }); };
  look();
  looks.wait();
  for (int i = 0; i < kCommits; ++i) {
    source_.Push(fmt::format("c{}", i + 2), Fleet("nginx:" + std::to_string(i + 2)));
    look();
  }
  pushed.count_down();
  answered.wait();
  clock_.AwaitWaiters(1);
  EXPECT_THAT(source_.fetched, ElementsAre("c1", "c51"));
  EXPECT_EQ(source_.polls, 3);  // at the start, the one that was on its way, one for all the others
}

TEST_F(SourceWatcherTest, ABadCommitLeavesTheLastGoodOne) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_);
  source_.Push("c2", kBad);
  (void)watch.Told();
  watch.Poll();
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("invalid c2 1"));
  EXPECT_EQ(watch.desired->revision(), "main@sha1:c1");
  source_.Push("c3", Fleet("nginx:3"));
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c3", "good c3"));
}

TEST_F(SourceWatcherTest, ABadCommitAtTheStartFallsBackToTheLastGoodOne) {
  source_.Push("c1", Fleet("nginx:1"));
  source_.Push("c2", kBad);
  Watch watch(source_, clock_, {.last_good = "main@sha1:c1"});
  EXPECT_THAT(watch.Told(), ElementsAre("invalid c2 1", "desired main@sha1:c1"));
}

TEST_F(SourceWatcherTest, WithoutAGoodOneABadCommitGivesNoSet) {
  source_.Push("c2", kBad);
  Watch watch(source_, clock_, {.last_good = "main@sha1:gone"});
  EXPECT_THAT(watch.Told(), ElementsAre("invalid c2 1"));
  EXPECT_EQ(watch.desired, nullptr);
}

TEST_F(SourceWatcherTest, AnEmptySourceRemovesNothing) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_);
  (void)watch.Told();
  source_.Push("c2", {{"README.md", "moved"}});
  watch.Poll();
  const auto told = watch.Told();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], HasSubstr("failed SourceEmpty no resources in main@c2"));
  EXPECT_EQ(watch.desired->revision(), "main@sha1:c1");
}

TEST_F(SourceWatcherTest, AnEmptySourceAtTheStartFallsBack) {
  source_.Push("c1", Fleet("nginx:1"));
  source_.Push("c2", {});
  Watch watch(source_, clock_, {.last_good = "main@sha1:c1"});
  EXPECT_EQ(watch.desired->revision(), "main@sha1:c1");
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", HasSubstr("failed SourceEmpty")));
}

TEST_F(SourceWatcherTest, AnEmptySourceIsNoDesiredSetWhereNothingIsRememberedEither) {
  source_.Push("c1", {});
  Watch watch(source_, clock_);
  EXPECT_THAT(watch.Told(), ElementsAre(HasSubstr("failed SourceEmpty")));
}

TEST_F(SourceWatcherTest, ASourceThatCannotBeReadIsToldAndSoIsItsReturn) {
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_);
  (void)watch.Told();
  source_.down =
      Error(ErrorCode::kUnavailable, "no such repository").WithReason(reason::kSourceUnreachable);
  watch.Poll();
  EXPECT_THAT(watch.Told(),
              ElementsAre(HasSubstr("failed SourceUnreachable no such repository; next try at ")));
  EXPECT_THAT(watch.metrics.Render(),
              HasSubstr("mooring_source_fetch_errors_total{source=\"fleet\"} 1"));
  EXPECT_EQ(watch.desired->revision(), "main@sha1:c1");
  source_.down.reset();
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "good c1"));
}

TEST_F(SourceWatcherTest, AForcedPushIsJustAnotherRevision) {
  source_.Push("c1", Fleet("nginx:1"));
  source_.Push("c2", Fleet("nginx:2"));
  Watch watch(source_, clock_);
  (void)watch.Told();
  source_.head = "c1";
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("desired main@sha1:c1", "rewritten c2 c1", "good c1"));
}

TEST_F(SourceWatcherTest, TriesAgainSoonAndThenLessAndLessOften) {
  source_.down = Error(ErrorCode::kUnavailable, "down").WithReason(reason::kSourceUnreachable);
  Watch watch(source_, clock_);
  (void)watch.Told();
  std::vector<int> waited;
  for (int failures = 1; failures <= 8; ++failures) {
    int seconds = 0;
    for (; watch.Told().empty(); ++seconds) {
      clock_.Advance(1s);
      clock_.AwaitWaiters(1);
    }
    waited.push_back(seconds);
  }
  for (const auto& [index, wanted] :
       std::map<size_t, int>{{0, 5}, {1, 10}, {2, 20}, {6, 300}, {7, 300}}) {
    EXPECT_NEAR(waited[index], wanted, wanted * 0.1 + 1) << index;
  }
}

TEST_F(SourceWatcherTest, ARevisionThatIsNotSignedIsNotEvenRead) {
  const auto verifier = std::make_shared<FakeVerifier>();
  verifier->trusted = {"c1", "c3"};
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_, {.verifier = verifier});
  EXPECT_THAT(watch.Told(),
              ElementsAre("verified c1 ops@example.com", "desired main@sha1:c1", "good c1"));
  source_.Push("c2", Fleet("nginx:2"));
  watch.Poll();
  watch.Poll();
  EXPECT_THAT(watch.Told(), ElementsAre("refused c2 commit c2 is not signed")) << "told once";
  EXPECT_EQ(watch.desired->revision(), "main@sha1:c1");
  EXPECT_THAT(source_.fetched, ElementsAre("c1"));
  source_.Push("c3", Fleet("nginx:3"));
  watch.Poll();
  watch.Poll();
  EXPECT_THAT(watch.Told(),
              ElementsAre("verified c3 ops@example.com", "desired main@sha1:c3", "good c3"));
  EXPECT_THAT(verifier->asked, ElementsAre("..c1", "c1..c2", "c1..c2", "c1..c3"));
}

TEST_F(SourceWatcherTest, ARefusedRevisionIsTakenOnceItsSignerIsAllowed) {
  const auto verifier = std::make_shared<FakeVerifier>();
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_, {.verifier = verifier});
  EXPECT_THAT(watch.Told(), ElementsAre("refused c1 commit c1 is not signed"));
  EXPECT_EQ(watch.desired, nullptr);
  verifier->trusted = {"c1"};
  watch.Poll();
  EXPECT_THAT(watch.Told(),
              ElementsAre("verified c1 ops@example.com", "desired main@sha1:c1", "good c1"));
}

TEST_F(SourceWatcherTest, ABranchThatIsPutBackFromARefusedRevisionIsWellAgain) {
  const auto verifier = std::make_shared<FakeVerifier>();
  verifier->trusted = {"c1"};
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_, {.verifier = verifier});
  source_.Push("c2", Fleet("nginx:2"));
  watch.Poll();
  (void)watch.Told();
  source_.head = "c1";
  watch.Poll();
  EXPECT_THAT(watch.Told(),
              ElementsAre("verified c1 ops@example.com", "desired main@sha1:c1", "good c1"));
}

TEST_F(SourceWatcherTest, WhatRanBeforeARestartStaysInForceWithoutASigner) {
  const auto verifier = std::make_shared<FakeVerifier>();
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_, {.last_good = "main@sha1:c1", .verifier = verifier});
  EXPECT_THAT(watch.Told(),
              ElementsAre("refused c1 commit c1 is not signed", "desired main@sha1:c1"));
  EXPECT_THAT(verifier->asked, ElementsAre("c1..c1"));
}

TEST_F(SourceWatcherTest, ARepositoryThatCannotBeReadIsNotARefusedRevision) {
  const auto verifier = std::make_shared<FakeVerifier>();
  verifier->unreadable = Error(ErrorCode::kDataLoss, "a broken object");
  source_.Push("c1", Fleet("nginx:1"));
  Watch watch(source_, clock_, {.verifier = verifier});
  EXPECT_THAT(watch.Told(), ElementsAre(HasSubstr("failed  a broken object")));
  EXPECT_EQ(source_.distrusted, 1);
}

TEST_F(SourceWatcherTest, DamagedDataIsNotTrustedAgain) {
  source_.down = Error(ErrorCode::kDataLoss, "a broken object");
  Watch watch(source_, clock_);
  EXPECT_EQ(source_.distrusted, 1);
}

}  // namespace
}  // namespace mooring
