// SPDX-License-Identifier: Apache-2.0
// Jobs of an App on a real engine: before a rollout, once, by a schedule; and an App that is
// stopped.
#include <filesystem>

#include "controller/base/text.h"
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Jobs : public EndToEnd {
 protected:
  /// web of `version`, and a service work that runs `script` as `job` says.
  Json Shop(const std::string& version, const std::string& script, Json job) const {
    Json app = world_->App("shop", version);
    app["spec"]["services"]["work"] = {{"image", "mooring-test/web:1.0.0"},
                                       {"command", {"sh", "-c", script}},
                                       {"stop_grace_period", "1s"}};
    job["service"] = "work";
    app["spec"]["jobs"] = Json::array({std::move(job)});
    return app;
  }
  void Commit(const Json& app) {
    world_->Write("apps/shop.yaml", app);
    world_->Commit("Change shop");
    if (!world_->DaemonRuns()) world_->StartDaemon();
  }
  bool Converges() {
    return Eventually(kRollout, [&] { return world_->HasConverged("App", "shop"); });
  }
  /// Names of the containers of runs.
  std::vector<std::string> Runs() {
    std::vector<std::string> names = world_->Containers();
    std::erase_if(names, [](const std::string& name) { return !Contains(name, "_work_job-"); });
    return names;
  }
  std::string State(const std::string& container) {
    const Json seen = world_->engine.Inspect(container);
    return seen.contains("State") ? seen["State"].value("Status", "") : "";
  }
  Json Job() const {
    const Json app = world_->Get("App", "shop");
    if (app.empty()) return Json::object();
    const Json jobs = app["status"].value("jobs", Json::object());
    return jobs.value("work", Json::object());
  }
  bool HasOutcome(const std::string& outcome) const {
    return Job().value("outcome", "") == outcome;
  }
  std::string Ready() const {
    return world_->Condition("App", "shop", "Ready").value("message", "");
  }
  /// Whether the daemon has looked at everything after it was started.
  bool Looked() {
    return Eventually(kSoon, [&] { return world_->Get("App", "shop").contains("status"); });
  }
};

TEST_F(Jobs, OneBeforeARolloutDecidesWhetherItTakesPlace) {
  const Json before = {{"preDeploy", true}};
  world_->Write("sites/shop.yaml", world_->Site("shop"));
  Commit(Shop("1.0.0", "echo migrated", before));
  ASSERT_TRUE(Converges());
  ASSERT_EQ(Runs().size(), 1U);
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version 1.0.0"); }));
  EXPECT_EQ(world_->Events("App", "shop", "JobFinished"), 1);
  const Json migrated = world_->engine.Inspect(Runs().front());
  const Json web = world_->engine.Inspect(world_->Container("shop"));
  EXPECT_LE(migrated["State"]["FinishedAt"].get<std::string>(), web["Created"].get<std::string>());

  Commit(Shop("2.0.0", "echo cannot alter the table; exit 3", before));
  ASSERT_TRUE(
      Eventually(kSoon, [&] { return world_->Has("App", "shop", "Stalled", "RolledBack"); }));
  EXPECT_TRUE(Contains(Ready(), "exit code 3")) << Ready();
  EXPECT_TRUE(Contains(Ready(), "it said last: cannot alter the table")) << Ready();
  EXPECT_TRUE(world_->Serves("shop", "version 1.0.0"));
  EXPECT_TRUE(HasOutcome("Failed"));
  EXPECT_EQ(world_->Metric("mooring_job_runs_total", {"job=\"work\"", "outcome=\"Failed\""}), 1);

  // Neither a new process without a memory nor time tries it again; a person does.
  world_->KillDaemon();
  std::filesystem::remove_all(world_->File("store"));
  world_->StartDaemon();
  ASSERT_TRUE(
      Eventually(kSoon, [&] { return world_->Has("App", "shop", "Stalled", "RolledBack"); }));
  EXPECT_EQ(Runs().size(), 2U);
  const CommandResult again =
      world_->Mooring({"reconcile", "app", "shop", "-n", world_->ns, "--wait"});
  EXPECT_NE(again.exit_code, 0) << again.out;
  EXPECT_TRUE(Eventually(kSoon, [&] { return Runs().size() == 3U; }));
  ASSERT_TRUE(
      Eventually(kSoon, [&] { return world_->Has("App", "shop", "Stalled", "RolledBack"); }));
  EXPECT_TRUE(world_->Serves("shop", "version 1.0.0"));
  const CommandResult told = world_->Mooring({"describe", "app", "shop", "-n", world_->ns});
  EXPECT_TRUE(Contains(told.out, "Jobs\n")) << told.out;
  EXPECT_TRUE(Contains(told.out, "cannot alter the table")) << told.out;
  const CommandResult logs = world_->Mooring({"logs", "shop", "work", "-n", world_->ns});
  EXPECT_TRUE(Contains(logs.out, "| migrated")) << logs.out << logs.err;
  EXPECT_TRUE(Contains(logs.out, "work_job-pre-")) << logs.out;

  Commit(Shop("2.0.0", "echo migrated again", before));
  ASSERT_TRUE(Converges());
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("shop", "version 2.0.0"); }));
  EXPECT_EQ(Runs().size(), 4U);
}

TEST_F(Jobs, ATokenRunsOnceWhateverIsKilledAndLost) {
  Commit(Shop("1.0.0", "echo ran; sleep 4", {{"once", "a"}}));
  ASSERT_TRUE(Eventually(kSoon, [&] { return Runs().size() == 1U; }));
  world_->KillDaemon();
  std::filesystem::remove_all(world_->File("store"));
  world_->StartDaemon();
  ASSERT_TRUE(Eventually(kSoon, [&] { return HasOutcome("Done"); })) << Job();
  EXPECT_EQ(Runs().size(), 1U);
  EXPECT_EQ(world_->Events("App", "shop", "JobFinished"), 1);
  // Again without a memory, when it is over.
  ASSERT_TRUE(world_->StopDaemon());
  std::filesystem::remove_all(world_->File("store"));
  world_->StartDaemon();
  ASSERT_TRUE(Converges());
  EXPECT_EQ(Runs().size(), 1U);
  const CommandResult logs = world_->Mooring({"logs", "shop", "work", "-n", world_->ns});
  EXPECT_EQ(logs.out.find("| ran"), logs.out.rfind("| ran")) << logs.out;
  // And without its container.
  ASSERT_EQ(world_->engine.Do("DELETE", "/containers/" + Runs().front() + "?force=1"), 204);
  ASSERT_TRUE(Looked());
  world_->Mooring({"reconcile", "app", "shop", "-n", world_->ns, "--wait"});
  EXPECT_EQ(Runs().size(), 0U);
}

TEST_F(Jobs, ForbidWaitsForTheRunBeforeAndReplaceStopsIt) {
  const auto run = [&](const std::string& token, const std::string& policy) {
    Commit(Shop("1.0.0", "sleep 1000", {{"once", token}, {"concurrencyPolicy", policy}}));
  };
  const auto with_token = [&](const std::string& token) {
    for (const std::string& name : Runs()) {
      const Json seen = world_->engine.Inspect(name);  // null: gone since it was listed
      if (seen.is_object() && seen["Config"]["Labels"].value("mooring.dev/job-run", "") == token)
        return name;
    }
    return std::string();
  };
  run("a", "Forbid");
  ASSERT_TRUE(Eventually(kSoon, [&] { return State(with_token("a")) == "running"; }));
  run("b", "Forbid");
  ASSERT_TRUE(Converges());
  EXPECT_EQ(Runs().size(), 1U);
  ASSERT_EQ(world_->engine.Do("POST", "/containers/" + with_token("a") + "/kill"), 204);
  ASSERT_TRUE(Eventually(kSoon, [&] { return State(with_token("b")) == "running"; }));
  run("c", "Replace");
  ASSERT_TRUE(Eventually(kSoon, [&] { return State(with_token("c")) == "running"; }));
  EXPECT_TRUE(Eventually(kSoon, [&] { return State(with_token("b")) == "exited"; }));
}

TEST_F(Jobs, AScheduledRunStartsAtItsMinuteAndIsStoppedAfterItsTimeout) {
  Commit(Shop("1.0.0", "echo begun; sleep 1000",
              {{"schedule", {{"cron", "* * * * *"}}}, {"timeout", "2s"}, {"historyLimit", 1}}));
  ASSERT_TRUE(Converges());
  const std::string next = Job().value("next", "");
  ASSERT_NE(next, "");
  ASSERT_TRUE(Eventually(std::chrono::seconds(80), [&] { return HasOutcome("TimedOut"); }))
      << Job();
  const Json history = Job()["history"];
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0]["run"], next);
  EXPECT_TRUE(Contains(history[0]["message"], "stopped after its timeout of 2.0s")) << history;
  EXPECT_TRUE(Contains(history[0]["message"], "begun")) << history;
  EXPECT_LE(*ParseTime(history[0]["started"].get<std::string>()) - *ParseTime(next), 5s);
  EXPECT_TRUE(world_->IsReady("App", "shop")) << "a report that fails takes nothing with it";
  EXPECT_GE(world_->Events("App", "shop", "JobFailed"), 1);
}

TEST_F(Jobs, AStoppedAppKeepsItsContainersAndGoesOnWithThem) {
  world_->CommitAppWithSite("shop");
  world_->StartDaemon();
  ASSERT_TRUE(Eventually(kRollout, [&] { return world_->Serves("shop", "version 1.0.0"); }));
  ASSERT_TRUE(Converges());
  const std::string container = world_->Container("shop");
  const std::string id = world_->engine.IdOf(container);
  Json app = world_->App("shop");
  app["spec"]["state"] = "Stopped";
  world_->Write("apps/shop.yaml", app);
  const CommandResult plan = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_TRUE(Contains(plan.out, "downtime until state is Running again")) << plan.out;
  Commit(app);
  ASSERT_TRUE(Eventually(kSoon, [&] { return Ready() == "stopped, 1 container kept"; })) << Ready();
  EXPECT_EQ(State(container), "exited");
  EXPECT_TRUE(world_->hosts.Addresses("web.shop").empty());
  EXPECT_TRUE(
      Eventually(kSoon, [&] { return world_->Has("Site", "shop", "Ready", "BackendNotReady"); }));
  const std::string why = world_->Condition("Site", "shop", "Ready").value("message", "");
  EXPECT_EQ(why, "App/" + world_->ns + "/shop is stopped (state: Stopped)");

  ASSERT_EQ(world_->engine.Do("POST", "/containers/" + container + "/start"), 204);
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Events("App", "shop", "DriftCorrected") == 1 && State(container) == "exited";
  }));
  Commit(world_->App("shop"));
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->Serves("shop", "version 1.0.0"); }));
  ASSERT_TRUE(Converges());
  EXPECT_EQ(world_->engine.IdOf(container), id);
  EXPECT_EQ(world_->Events("App", "shop", "DriftCorrected"), 1);
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->IsReady("Site", "shop"); }));
}

}  // namespace
}  // namespace mooring::test
