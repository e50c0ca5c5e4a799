// SPDX-License-Identifier: Apache-2.0
// Jobs of an App: before a rollout, by a schedule, once. What proves that something has run is the
// container, and the status where that is gone.
#include "controller/base/text.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class Jobs : public AppFixture {
 protected:
  Jobs() {
    host.AddImage("job:1", {{"Cmd", {"work"}}, {"Env", {"PATH=/bin"}}});
    host.AddImage("job:2", {{"Cmd", {"work"}}, {"Env", {"PATH=/bin"}}});
    To("2026-03-01T11:30:00Z");
  }
  static Json Job(Json fields) {
    Json job = {{"service", "work"}};
    job.update(fields);
    return job;
  }
  static Resource With(Json job, const std::string& web = "web:1",
                       Json work = {{"image", "job:1"}}) {
    return App({{"web", Service(web)}, {"work", std::move(work)}}, {"web"},
               {{"jobs", Json::array({std::move(job)})}});
  }
  static Resource Daily(Json more = Json::object()) {
    Json job = Job({{"schedule", {{"cron", "0 12 * * *"}}}});
    job.update(more);
    return With(job);
  }
  static Resource PreDeploy(const std::string& web = "web:1", Json more = Json::object(),
                            const std::string& image = "job:1") {
    Json job = Job({{"preDeploy", true}});
    job.update(more);
    return With(job, web, {{"image", image}});
  }
  /// One round: plan, apply, health; what was planned.
  std::string Round(const Resource& app) {
    std::string lines = Step(app);
    host.Settle();
    PassEventsOn();
    return lines;
  }
  /// Rounds until nothing more is done now.
  void Settle(const Resource& app) {
    for (int i = 0; i < 20; ++i) {
      const ResourcePlan plan = Plan(app);
      const bool acts = std::any_of(plan.changes.begin(), plan.changes.end(),
                                    [](const Change& c) { return c.after.empty(); });
      if (plan.changes.empty() && !plan.wait && !plan.blocked)
        loop->applied[app.key] = app.spec_digest;
      if (!acts) return;
      ASSERT_TRUE(loop->Apply(plan));
      host.Settle();
    }
    FAIL() << "there is always something more to do:\n" << Lines(Plan(app));
  }
  void To(const std::string& time) {
    clock.JumpWall(
        std::chrono::duration_cast<std::chrono::seconds>(*ParseTime(time) - clock.Now()));
  }
  /// Names of the containers of runs, oldest first, with their states.
  std::string Runs() {
    std::string text;
    for (const auto& c : host.containers()) {
      if (c.labels.contains("mooring.dev/job"))
        text += c.name.substr(sizeof("default_shop_work_") - 1) + " " + c.state + "\n";
    }
    return text;
  }
  std::string RunName() {
    for (const auto& c : host.containers()) {
      if (c.labels.contains("mooring.dev/job") && c.state == "running") return c.name;
    }
    return "";
  }
  void End(int exit_code = 0) {
    clock.Advance(seconds(4));
    host.Kill(RunName(), exit_code);
    PassEventsOn();
  }
  Json Details(const Resource& app) { return Plan(app).details["jobs"]["work"]; }
  void LoseStore() {
    loop->details.clear();
    loop->applied.clear();
  }
};

// --- schedule -----------------------------------------------------------------------------------

TEST_F(Jobs, AScheduledServiceIsNoReplicaAndRunsAtItsInstant) {
  const Resource app = Daily();
  Settle(app);
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
  const ResourcePlan before = Plan(app);
  EXPECT_EQ(before.health_message, "1 of 1 services healthy");
  EXPECT_EQ(before.due, ParseTime("2026-03-01T12:00:00Z"));
  EXPECT_EQ(before.details["jobs"]["work"]["next"], "2026-03-01T12:00:00Z");

  To("2026-03-01T12:00:00Z");
  EXPECT_EQ(Lines(Plan(app)),
            "create container/default_shop_work_job-20260301-1200: schedule "
            "2026-03-01T12:00:00Z\n");
  Settle(app);
  EXPECT_EQ(Runs(), "job-20260301-1200 running\n");
  const auto container = *host.Find("default_shop_work_job-20260301-1200");
  EXPECT_EQ(container.host_config["RestartPolicy"]["Name"], "no");
  EXPECT_EQ(container.labels.at("mooring.dev/service"), "work");
  EXPECT_EQ(container.labels.at("mooring.dev/job-trigger"), "schedule");
  EXPECT_EQ(container.labels.at("mooring.dev/job-run"), "2026-03-01T12:00:00Z");
  EXPECT_TRUE(container.networks.contains("default_shop"));
  EXPECT_EQ(Details(app)["outcome"], "Running");

  End();
  const ResourcePlan after = Plan(app);
  EXPECT_EQ(Lines(after), "");
  ASSERT_EQ(after.finished_runs.size(), 1U);
  EXPECT_EQ(after.finished_runs[0].message,
            "job work done in 4.0s (schedule 2026-03-01T12:00:00Z)");
  const Json& details = after.details["jobs"]["work"];
  EXPECT_EQ(details["last"], "2026-03-01T12:00:00Z");
  EXPECT_EQ(details["outcome"], "Done");
  EXPECT_EQ(details["duration"], "4.0s");
  EXPECT_EQ(details["next"], "2026-03-02T12:00:00Z");
  EXPECT_EQ(after.last_success.at("work"), ParseTime("2026-03-01T12:00:04Z"));
  EXPECT_TRUE(Plan(app).finished_runs.empty()) << "told once";
}

TEST_F(Jobs, AnInstantNeverRunsTwiceWhateverIsLost) {
  const Resource app = Daily();
  Settle(app);
  To("2026-03-01T12:00:00Z");
  Settle(app);
  End(3);
  LoseStore();
  Restart();
  Settle(app);
  EXPECT_EQ(Runs(), "job-20260301-1200 exited\n") << "the container is the proof";
  // Containers go, the store stays.
  ASSERT_TRUE(host.RemoveContainer("default_shop_work_job-20260301-1200", {}));
  PassEventsOn();
  Settle(app);
  EXPECT_EQ(Runs(), "") << "the status is the proof";
  To("2026-03-02T12:00:00Z");
  Settle(app);
  EXPECT_EQ(Runs(), "job-20260302-1200 running\n");
}

TEST_F(Jobs, AStoreThatIsLostDoesNotMakeItMissWhatItsContainersTellOf) {
  const Resource app = Daily();
  Settle(app);
  To("2026-03-01T12:00:00Z");
  Settle(app);
  End();
  To("2026-03-02T12:20:00Z");  // the daemon was away
  LoseStore();
  Restart();
  Settle(app);
  EXPECT_THAT(Runs(), HasSubstr("job-20260302-1200 running\n"));
}

TEST_F(Jobs, AMissedRunIsMadeUpOnceWithinCatchUp) {
  const Resource app = Daily({{"schedule", {{"cron", "0 12 * * *"}, {"catchUp", "6h"}}}});
  Settle(app);
  To("2026-03-03T17:59:00Z");
  Settle(app);
  EXPECT_EQ(Runs(), "job-20260303-1200 running\n");
  End();
  Settle(app);
  To("2026-03-04T18:00:00Z");
  Settle(app);
  EXPECT_EQ(Runs(), "job-20260303-1200 exited\n");
}

TEST_F(Jobs, WhatWasBeforeTheJobWasThereIsNotMissed) {
  To("2026-03-01T12:10:00Z");
  const Resource app = Daily();
  Settle(app);
  EXPECT_EQ(Runs(), "");
  // Another schedule counts from now on as well.
  const Resource other = Daily({{"schedule", {{"cron", "0 11 * * *"}, {"catchUp", "6h"}}}});
  Settle(other);
  EXPECT_EQ(Runs(), "");
}

TEST_F(Jobs, ForbidWaitsAllowRunsBesideReplaceStops) {
  for (const char* policy : {"Forbid", "Allow", "Replace"}) {
    SCOPED_TRACE(policy);
    for (const auto& c : host.containers()) ASSERT_TRUE(host.RemoveContainer(c.id, {}));
    LoseStore();
    PassEventsOn();
    const Resource app =
        Daily({{"schedule", {{"cron", "*/10 * * * *"}}}, {"concurrencyPolicy", policy}});
    clock.Advance(hours(24));
    Settle(app);
    clock.Advance(minutes(10));
    Settle(app);
    const std::string first = RunName();
    ASSERT_NE(first, "");
    clock.Advance(minutes(10));
    Settle(app);
    const auto runs = static_cast<int>(std::ranges::count(Runs(), '\n'));
    const bool runs_on = host.Find(first)->state == "running";
    EXPECT_EQ(runs, policy == std::string("Forbid") ? 1 : 2);
    EXPECT_EQ(runs_on, policy != std::string("Replace"));
    if (policy != std::string("Forbid")) continue;
    host.Kill(first, 0);
    PassEventsOn();
    Settle(app);
    EXPECT_EQ(std::ranges::count(Runs(), '\n'), 2) << "made up as soon as it could be";
  }
}

TEST_F(Jobs, ARunOverItsTimeoutIsStoppedAndSaysSo) {
  const Resource app = Daily({{"timeout", "10m"}});
  Settle(app);
  To("2026-03-01T12:00:00Z");
  Settle(app);
  EXPECT_EQ(Plan(app).due, ParseTime("2026-03-01T12:10:00Z"));
  To("2026-03-01T12:10:00Z");
  EXPECT_EQ(Lines(Plan(app)),
            "update container/default_shop_work_job-20260301-1200: stopped, because its timeout of "
            "10m0s is over\n");
  Settle(app);
  const Json details = Details(app);
  EXPECT_EQ(details["outcome"], "TimedOut");
  EXPECT_THAT(details["history"][0]["message"].get<std::string>(),
              HasSubstr("stopped after its timeout of 10m0s"));
  EXPECT_TRUE(Plan(app).healthy);
}

TEST_F(Jobs, KeepsHistoryLimitFinishedRuns) {
  const Resource app = Daily({{"schedule", {{"cron", "*/10 * * * *"}}}, {"historyLimit", 2}});
  Settle(app);
  for (int i = 0; i < 5; ++i) {
    clock.Advance(minutes(10));
    Settle(app);
    End();
    Settle(app);
  }
  EXPECT_EQ(std::ranges::count(Runs(), '\n'), 2);
  EXPECT_EQ(Details(app)["history"].size(), 2U);
  const Resource none = Daily({{"schedule", {{"cron", "*/10 * * * *"}}}, {"historyLimit", 0}});
  Settle(none);
  EXPECT_EQ(std::ranges::count(Runs(), '\n'), 1) << "the newest is the proof";
  EXPECT_EQ(Details(none)["history"].size(), 0U);
}

TEST_F(Jobs, AContainerThatWasCreatedAndNotStartedIsStarted) {
  const Resource app = Daily();
  Settle(app);
  To("2026-03-01T12:00:00Z");
  const ResourcePlan plan = Plan(app);
  host.FailWrite(2, Error(ErrorCode::kUnavailable, "killed"));
  ASSERT_FALSE(loop->Apply(plan));
  Restart();
  EXPECT_EQ(Runs(), "job-20260301-1200 created\n");
  EXPECT_EQ(Lines(Plan(app)),
            "restart container/default_shop_work_job-20260301-1200: created and not started\n");
  Settle(app);
  EXPECT_EQ(Runs(), "job-20260301-1200 running\n");
}

TEST_F(Jobs, ACreatedContainerWhoseTimeIsOverGoesUnstarted) {
  const Resource app = Daily();
  Settle(app);
  To("2026-03-01T12:00:00Z");
  const ResourcePlan plan = Plan(app);
  host.FailWrite(2, Error(ErrorCode::kUnavailable, "killed"));
  ASSERT_FALSE(loop->Apply(plan));
  To("2026-03-01T13:30:00Z");
  Restart();
  Settle(app);
  EXPECT_EQ(Runs(), "");
}

TEST_F(Jobs, ARunIsNeitherHealedNorReplacedByAnotherSpec) {
  const Resource app = Daily();
  Settle(app);
  To("2026-03-01T12:00:00Z");
  Settle(app);
  Restart();
  EXPECT_EQ(Lines(Plan(app)), "");
  Settle(With(Job({{"schedule", {{"cron", "0 12 * * *"}}}}), "web:1", {{"image", "job:2"}}));
  EXPECT_EQ(Runs(), "job-20260301-1200 running\n");
}

TEST_F(Jobs, AJobThatIsGoneFromTheSpecTakesItsContainersWithIt) {
  const Resource app = Daily();
  Settle(app);
  To("2026-03-01T12:00:00Z");
  Settle(app);
  Settle(App({{"web", Service()}}, {"web"}));
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Jobs, AServiceThatBecomesAJobIsNotKeptRunning) {
  Settle(App({{"web", Service()}, {"work", Service("job:1")}}, {"web"}));
  ASSERT_THAT(Containers(), HasSubstr("default_shop_work_1 running"));
  Settle(Daily());
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
}

TEST_F(Jobs, ClocksThatWereWrongForAWhileDoNotStopTheSchedule) {
  const Resource app = Daily();
  Settle(app);
  To("2099-01-01T12:00:00Z");
  Settle(app);
  End();
  Settle(app);
  To("2026-03-05T11:00:00Z");
  Restart();
  Settle(app);
  To("2026-03-05T12:00:00Z");
  Settle(app);
  EXPECT_THAT(Runs(), HasSubstr("job-20260305-1200 running"));
  // Back by an hour: that instant has run.
  End();
  Settle(app);
  To("2026-03-05T11:59:00Z");
  Settle(app);
  To("2026-03-05T12:00:30Z");
  Settle(app);
  EXPECT_THAT(Runs(), Not(HasSubstr("running")));
}

// --- once ---------------------------------------------------------------------------------------

TEST_F(Jobs, ATokenRunsOnceAndAnOldOneNeverAgain) {
  const auto once = [](const std::string& token) {
    return With(Job({{"once", token}, {"historyLimit", 1}}));
  };
  for (const char* token : {"a", "b", "c"}) {
    Settle(once(token));
    ASSERT_NE(RunName(), "") << token;
    End(token == std::string("b") ? 1 : 0);
    Settle(once(token));
  }
  EXPECT_EQ(std::ranges::count(Runs(), '\n'), 1);
  LoseStore();
  Restart();
  for (const char* token : {"a", "b", "c", "a"}) Settle(once(token));
  EXPECT_EQ(RunName(), "") << "the newest container names those before";
  // And without any container the status does.
  for (const auto& c : host.containers()) {
    if (c.labels.contains("mooring.dev/job")) {
      ASSERT_TRUE(host.RemoveContainer(c.id, {}));
    }
  }
  PassEventsOn();
  for (const char* token : {"a", "b", "c"}) Settle(once(token));
  EXPECT_EQ(RunName(), "");
  Settle(once("d"));
  EXPECT_NE(RunName(), "");
}

// --- preDeploy ----------------------------------------------------------------------------------

TEST_F(Jobs, TheFirstContainersComeOnlyAfterIt) {
  const Resource app = PreDeploy();
  Settle(app);
  EXPECT_THAT(Containers(), Not(HasSubstr("web_1")));
  EXPECT_THAT(Lines(Plan(app)),
              HasSubstr("create container/default_shop_web_1: new after job work\n"
                        "wait Progressing: job work runs before the rollout\n"));
  End();
  Settle(app);
  EXPECT_THAT(Containers(), HasSubstr("default_shop_web_1 running web:1"));
  EXPECT_EQ(std::ranges::count(Runs(), '\n'), 1);
}

TEST_F(Jobs, AFailureKeepsTheOldVersionAndIsNotRepeated) {
  Settle(PreDeploy());
  End();
  Settle(PreDeploy());
  const std::string old = host.Find("default_shop_web_1")->id;
  loop->applied[PreDeploy().key] = PreDeploy().spec_digest;

  const Resource next = PreDeploy("web:2", Json::object(), "job:2");
  Settle(next);
  host.Edit(RunName(), [](auto& c) { c.lines = {"one", "cannot alter table"}; });
  End(3);
  for (int i = 0; i < 3; ++i) {
    Settle(next);
    clock.Advance(minutes(10));
  }
  EXPECT_EQ(host.Find("default_shop_web_1")->id, old);
  EXPECT_NE(AddressesOf("web"), "");
  EXPECT_EQ(RunName(), "");
  const ResourcePlan plan = Plan(next);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kJobFailed);
  EXPECT_EQ(plan.blocked->message(),
            "job work failed, so nothing is rolled out: exit code 3; it said last: one | cannot "
            "alter table")
      << "the loop says what is done about it";
  EXPECT_TRUE(plan.healthy) << "of the old version";
  // What ended of the old version is started again.
  host.StopByHand("default_shop_web_1");
  PassEventsOn();
  Settle(next);
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");

  // Back to the version before: nothing is to be rolled out.
  Settle(PreDeploy());
  EXPECT_FALSE(Plan(PreDeploy()).blocked);
  EXPECT_EQ(RunName(), "");
  // A spec that is right.
  Settle(PreDeploy("web:2", {{"timeout", "5m"}}, "job:1"));
  EXPECT_NE(RunName(), "");
  End();
  Converge(PreDeploy("web:2", {{"timeout", "5m"}}, "job:1"));
  EXPECT_THAT(Containers(), HasSubstr("default_shop_web_1 running web:2"));
}

TEST_F(Jobs, AFailureSurvivesALostStoreAndAHumanTriesAgainOnce) {
  const Resource app = PreDeploy();
  Settle(app);
  End(1);
  LoseStore();
  Restart();
  Settle(app);
  EXPECT_EQ(RunName(), "");
  loop->request = "wish-1";
  Settle(app);
  EXPECT_NE(RunName(), "");
  EXPECT_EQ(std::ranges::count(Runs(), '\n'), 2);
  End(1);
  Settle(app);
  EXPECT_EQ(RunName(), "") << "the same wish is fulfilled";
  loop->request = "";
  Settle(app);
  EXPECT_EQ(RunName(), "");
  loop->request = "wish-2";
  Settle(app);
  EXPECT_NE(RunName(), "");
  loop->request = "";
  End();
  Settle(app);
  EXPECT_THAT(Containers(), HasSubstr("default_shop_web_1 running"));
}

TEST_F(Jobs, ATimeoutStopsTheRolloutToo) {
  const Resource app = PreDeploy("web:1", {{"timeout", "10m"}});
  Settle(app);
  clock.Advance(minutes(10));
  Settle(app);
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_THAT(plan.blocked->message(), HasSubstr("stopped after its timeout of 10m0s"));
  EXPECT_THAT(Containers(), Not(HasSubstr("web_1")));
}

TEST_F(Jobs, DriftRepairAndScalingAreNoRollout) {
  Settle(PreDeploy());
  End();
  Converge(PreDeploy());
  // Without any proof: neither a container nor a status.
  for (const auto& c : host.containers()) ASSERT_TRUE(host.RemoveContainer(c.id, {}));
  loop->details.clear();
  PassEventsOn();
  Converge(PreDeploy());
  EXPECT_EQ(Runs(), "");
  Json more = Service("web:1", {{"deploy", {{"replicas", 2}}}});
  const Resource two = App({{"web", more}, {"work", {{"image", "job:1"}}}}, {"web"},
                           {{"jobs", {{{"service", "work"}, {"preDeploy", true}}}}});
  Converge(two);
  EXPECT_EQ(Runs(), "");
}

TEST_F(Jobs, WhatTheJobItselfNeedsIsStartedFirst) {
  const auto app = [](const std::string& web) {
    return App(
        {{"db", Service()},
         {"web", Service(web)},
         {"work",
          {{"image", "job:1"}, {"depends_on", {{"db", {{"condition", "service_healthy"}}}}}}}},
        {"web"}, {{"jobs", {{{"service", "work"}, {"preDeploy", true}}}}});
  };
  EXPECT_THAT(Step(app("web:1")),
              HasSubstr("wait Progressing: job work waits until db is healthy"));
  EXPECT_THAT(Containers(), Not(HasSubstr("work")));
  host.Settle();
  PassEventsOn();
  Settle(app("web:1"));
  EXPECT_THAT(Containers(), HasSubstr("default_shop_db_1 running"));
  EXPECT_THAT(Containers(), Not(HasSubstr("web_1")));
  ASSERT_NE(RunName(), "");
  End();
  Converge(app("web:1"));
  EXPECT_THAT(Containers(), HasSubstr("default_shop_web_1 running"));
}

TEST_F(Jobs, ARecreateRolloutKeepsTheOldContainerUntilTheJobIsDone) {
  const auto app = [](const std::string& web) {
    return App({{"web", Service(web)}, {"work", {{"image", "job:1"}}}}, {"web"},
               {{"jobs", {{{"service", "work"}, {"preDeploy", true}}}},
                {"rollout", {{"strategy", "Recreate"}}}});
  };
  Settle(app("web:1"));
  End();
  Converge(app("web:1"));
  Settle(app("web:2"));
  EXPECT_EQ(host.Find("default_shop_web_1")->image, "web:1");
  EXPECT_EQ(host.Find("default_shop_web_1")->state, "running");
  End();
  Converge(app("web:2"));
  EXPECT_EQ(host.Find("default_shop_web_1")->image, "web:2");
}

TEST_F(Jobs, OtherJobsWaitUntilTheNewVersionMayCome) {
  const auto app =
      App({{"import", {{"image", "job:1"}}}, {"web", Service()}, {"work", {{"image", "job:1"}}}},
          {"web"},
          {{"jobs",
            {{{"service", "work"}, {"preDeploy", true}}, {{"service", "import"}, {"once", "a"}}}}});
  Settle(app);
  EXPECT_THAT(Containers(), Not(HasSubstr("import")));
  End();
  Settle(app);
  EXPECT_THAT(Containers(), HasSubstr("import_job-once-"));
}

TEST_F(Jobs, SecretsAreInTheRunAndNeverInWhatIsTold) {
  loop->secrets.Add({"default", "shop", "key"}, SecretString("correct-horse-battery"));
  const Json work = {
      {"image", "job:1"},
      {"environment", {{"KEY", {{"secretRef", {{"name", "shop"}, {"key", "key"}}}}}}}};
  const Resource app = With(Job({{"preDeploy", true}}), "web:1", work);
  Settle(app);
  const auto run = *host.Find(RunName());
  EXPECT_THAT(run.config.dump(), HasSubstr("KEY=correct-horse-battery"));
  host.Edit(RunName(), [](auto& c) { c.lines = {"login with correct-horse-battery refused"}; });
  End(1);
  const ResourcePlan plan = Plan(app);
  EXPECT_THAT(plan.blocked->message(), HasSubstr("login with (secret) refused"));
  EXPECT_THAT(plan.details.dump(), Not(HasSubstr("correct-horse")));
  EXPECT_THAT(plan.finished_runs[0].message, Not(HasSubstr("correct-horse")));
}

TEST_F(Jobs, AStrangersContainerInTheWayIsNamed) {
  const Resource app = Daily();
  Settle(app);
  ASSERT_TRUE(
      host.CreateContainer("default_shop_work_job-20260301-1200", {{"Image", "job:1"}}, {}));
  PassEventsOn();
  To("2026-03-01T12:00:00Z");
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kNameConflict);
}

TEST_F(Jobs, AMissingImageIsPulledForTheRun) {
  host.AddToRegistry("far:1");
  const Resource app = With(Job({{"once", "a"}}), "web:1", {{"image", "far:1"}});
  Settle(app);
  EXPECT_EQ(host.Find(RunName())->image, "far:1");
}

}  // namespace
}  // namespace mooring::testing
