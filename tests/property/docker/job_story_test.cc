// SPDX-License-Identifier: Apache-2.0
// Whatever is killed, fails, is lost or jumps: no instant of a schedule and no token runs twice,
// and an instant that somebody looks at within its catchUp runs. MOORING_TEST_SEED=<n> repeats one
// run, MOORING_TEST_RUNS=<n> makes so many from there on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "controller/base/schedule.h"
#include "controller/base/text.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

#ifdef __SANITIZE_ADDRESS__
constexpr int kRuns = 30;  // each takes 2.7 s then, of 120 s for all
#else
constexpr int kRuns = 150;
#endif
constexpr int kTurns = 120;
constexpr minutes kCatchUp{25};
const char* const kTokens[] = {"a", "b", "c", "d", "e"};

class JobStory : public AppFixture {
 public:
  void TestBody() override {}

  /// Stores are lost, or containers are pruned; with both gone nobody could know.
  explicit JobStory(unsigned seed) : random_(seed), loses_store_(seed % 2 == 0) {
    host.AddImage("job:1", {{"Cmd", {"work"}}});
    allows_ = Chance(50);
    limit_ = Below(4);
  }

  void Run() {
    for (int turn = 0; turn < kTurns && !HasFailure(); ++turn) {
      MoveTime();
      MoveHost();
      const auto before = loop->details;
      const bool undisturbed = Look();
      if (Chance(15)) {
        Say("kill -9");
        // What the last look learnt may not have been stored.
        const bool forgets = Chance(50);
        Restart();
        if (forgets) loop->details = before;
        if (forgets && !before.contains(Shop().key)) known_ = false;
      } else if (undisturbed) {
        CheckNotMissed();
      }
      CheckNotTwice();
    }
  }
  const std::string& story() const { return story_; }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  void Say(const std::string& what) { story_ += FormatTime(clock.Now()) + " " + what + "\n"; }

  Resource Shop() const {
    const Json schedule = {{"cron", "*/10 * * * *"}, {"catchUp", "25m"}};
    return App(
        {{"import", {{"image", "job:1"}}}, {"report", {{"image", "job:1"}}}, {"web", Service()}},
        {},
        {{"jobs",
          {{{"service", "report"},
            {"schedule", schedule},
            {"timeout", "30m"},
            {"historyLimit", limit_},
            {"concurrencyPolicy", allows_ ? "Allow" : "Forbid"}},
           {{"service", "import"}, {"once", token_}, {"historyLimit", limit_}}}}});
  }

  void MoveTime() {
    const int kind = Below(20);
    if (kind == 0) {
      Say("the daemon is away for hours");
      clock.Advance(minutes(60 + Below(600)));
    } else if (kind == 1) {
      Say("clocks are put back");
      clock.JumpWall(-seconds(Below(400)));
    } else {
      clock.Advance(seconds(Below(400)));
    }
  }

  void MoveHost() {
    for (const auto& c : host.containers()) {
      const bool job = c.labels.contains("mooring.dev/job");
      if (job && c.state == "running" && Chance(40)) host.Kill(c.id, Chance(70) ? 0 : 1);
      const auto status = loop->details.find(Shop().key);
      const bool stored =
          status != loop->details.end() && status->second.dump().find(c.name) != std::string::npos;
      if (job && c.state == "exited" && !loses_store_ && stored && Chance(5)) {
        Say("prune " + c.name);
        ASSERT_TRUE(host.RemoveContainer(c.id, {}));
      }
    }
    host.Settle();
    if (loses_store_ && Chance(5)) {
      Say("the store is lost");
      Restart();
      loop->details.clear();
      loop->applied.clear();
      known_ = false;
    }
    if (Chance(10)) token_ = kTokens[Below(std::size(kTokens))];
    if (Chance(15)) host.FailWrite(1 + Below(3), Error(ErrorCode::kUnavailable, "not now"));
    if (Chance(15)) host.TimeOutWrite(1 + Below(3));
  }

  void TakeStarts() {
    for (const docker::EngineEvent& event : host.TakeEvents()) {
      loop->observer.OnEvent(event);
      const auto run = event.attributes.find("mooring.dev/job-run");
      if (event.action == "start" && run != event.attributes.end()) ++starts_[run->second];
    }
  }

  /// As a run of the loop does: until nothing more is to be done. False when something failed.
  bool Look() {
    TakeStarts();
    latest_ = std::max(latest_, clock.Now());
    const Resource app = Shop();
    bool well = true;
    for (int round = 0; round < 10; ++round) {
      const auto plan = loop->Plan(app.key, &app);
      if (!plan) {
        ADD_FAILURE() << plan.error().ToString();
        return false;
      }
      if (round == 0 && !known_) {
        // From now on instants are the job's, unless its containers tell that they were before.
        known_ = true;
        if (starts_.empty() || !HasReport()) since_ = clock.Now();
      }
      if (plan->changes.empty()) break;
      const Status applied = loop->Apply(*plan);
      TakeStarts();
      well = well && applied.has_value();
      if (!applied) Say("fault: " + applied.error().ToString());
      if (!applied) break;
    }
    host.ClearFaults();
    loop->applied[app.key] = app.spec_digest;
    return well;
  }

  bool HasReport() const {
    for (const auto& c : host.containers()) {
      const auto trigger = c.labels.find("mooring.dev/job-trigger");
      if (trigger != c.labels.end() && trigger->second == "schedule" && c.state != "created")
        return true;
    }
    return false;
  }

  void CheckNotTwice() {
    for (const auto& [run, count] : starts_) EXPECT_EQ(count, 1) << run;
  }

  /// Where runs may be beside each other, nothing keeps one from starting.
  void CheckNotMissed() {
    if (!allows_) return;
    const Time now = clock.Now();
    const Time instant = schedule_.LastUntil(now);
    if (instant <= since_ || now - instant >= kCatchUp) return;
    // Clocks that went back: a newer instant has taken the place of what was missed.
    if (schedule_.LastUntil(latest_) != instant) return;
    EXPECT_TRUE(starts_.contains(FormatTime(instant)))
        << FormatTime(instant) << " at " << FormatTime(now);
  }

  std::mt19937 random_;
  const bool loses_store_;
  const Schedule schedule_ = *Schedule::Parse("*/10 * * * *");
  bool allows_ = false;
  int limit_ = 1;
  bool known_ = false;  ///< the status has the job
  Time since_;
  Time latest_;  ///< of all looks
  std::string token_ = "a";
  std::map<std::string, int> starts_;  ///< by what was run
  std::string story_;
};

TEST(JobStory, NothingRunsTwiceAndNothingIsMissed) {
  const char* seed_text = std::getenv("MOORING_TEST_SEED");  // NOLINT(concurrency-mt-unsafe)
  const char* runs_text = std::getenv("MOORING_TEST_RUNS");  // NOLINT(concurrency-mt-unsafe)
  const unsigned first =
      seed_text != nullptr ? static_cast<unsigned>(std::atol(seed_text)) : std::random_device{}();
  const int runs = runs_text != nullptr ? std::atoi(runs_text) : seed_text != nullptr ? 1 : kRuns;
  for (int i = 0; i < runs; ++i) {
    const unsigned seed = first + static_cast<unsigned>(i);
    JobStory story(seed);
    story.Run();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "MOORING_TEST_SEED=" << seed << "\n"
                                                << story.story();
  }
}

}  // namespace
}  // namespace mooring::testing
