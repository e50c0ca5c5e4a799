// SPDX-License-Identifier: Apache-2.0
// A project that the official docker compose started becomes an App's, and goes on as it is.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/e2e/world.h"
#include "tests/support/program/program.h"

namespace mooring::test {
namespace {

class ComposeAdoption : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    EnsureImages(world_->engine);
    project_ = world_->ns + "_prod";
    world_->WriteFile("compose.yaml", services_.dump());
    Up(world_->File("compose.yaml"));
    ASSERT_EQ(Project().size(), 3U);
  }
  void TearDown() override {
    EngineApi engine(world_->engine.socket());
    const std::string own = world_->OwnLabel();
    EndToEnd::TearDown();
    engine.RemoveAll(Label());
    engine.RemoveAll(own);  // its network, which the project's containers were in until now
  }

  void Up(const std::string& file) {
    RunProgram(ToolFolder("compose") + "/cmd", {"-p", project_, "-f", file, "up", "-d"}, "",
               {"DOCKER_HOST=unix://" + world_->engine.socket()});
  }
  void StopProject() { world_->engine.RemoveAll(Label()); }
  std::string Label() const { return "com.docker.compose.project=" + project_; }
  std::vector<std::string> Project() { return world_->engine.Containers(Label()); }
  Json Adopting() const {
    Json app = world_->App("wiki");
    app["spec"]["services"] = services_["services"];
    app["spec"]["volumes"] = services_["volumes"];
    app["spec"]["adopt"]["composeProject"] = project_;
    return app;
  }
  bool Converged() {
    return Eventually(kRollout, [&] { return world_->HasConverged("App", "wiki"); });
  }
  /// What a restart would change, of each container.
  std::vector<std::string> Running() {
    std::vector<std::string> running;
    for (const std::string& name : Project()) {
      const Json container = world_->engine.Inspect(name);
      running.push_back(fmt::format("{} {} {}", name, container["Id"].get<std::string>(),
                                    container["State"]["StartedAt"].get<std::string>()));
    }
    return running;
  }

  std::string project_;
  /// A web server, something that keeps data, and something that ran once.
  Json services_ = Json::parse(R"({
    "services": {
      "web": {"image": "mooring-test/web:1.0.0", "environment": {"GREETING": "moin"},
              "healthcheck": {"test": ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/"],
                              "interval": "500ms", "timeout": "5s", "retries": 20}},
      "keeper": {"image": "mooring-test/web:1.0.0", "command": ["sleep", "100000"],
                 "stop_signal": "SIGKILL", "volumes": ["data:/data"], "user": "1000:1000",
                 "read_only": true, "restart": "always", "deploy": {"resources": {"limits": {"memory": "64M"}}},
                 "labels": {"com.example.team": "wiki"}},
      "init": {"image": "mooring-test/web:1.0.0", "command": ["true"], "restart": "no"}
    },
    "volumes": {"data": {}}
  })");
};

TEST_F(ComposeAdoption, WhatRunsGoesOnAndTheSecondPlanIsEmpty) {
  const std::vector<std::string> before = Running();
  world_->CommitAppWithSite("wiki", Adopting());
  const CommandResult plan = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_NE(plan.out.find("adopt"), std::string::npos) << plan.out << plan.err;
  EXPECT_NE(plan.out.find("3 containers of Compose project"), std::string::npos) << plan.out;
  EXPECT_EQ(plan.out.find("replace"), std::string::npos) << plan.out;

  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_EQ(Running(), before);
  EXPECT_THAT(world_->Containers(), testing::IsEmpty()) << "none was made";
  EXPECT_EQ(world_->Events("App", "wiki", "Adopted"), 4) << "three containers and what was there";
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("wiki", "version 1.0.0"); }));
  const CommandResult again =
      world_->Mooring({"plan", "--source", world_->repo.path(), "--detailed-exitcode"});
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;

  // Without its store it knows them again, and writes nothing.
  ASSERT_TRUE(world_->StopDaemon());
  std::filesystem::remove_all(world_->File("store"));
  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_EQ(world_->EngineWrites(), 0);
  EXPECT_EQ(Running(), before);
}

/// Names and volumes as people have them in their Compose files; the next container has them, too.
TEST_F(ComposeAdoption, AnUnderscoreCapitalsAndAVolumeWithoutAName) {
  StopProject();
  for (const auto& [from, to] : {std::pair{"web", "my_App"}, {"keeper", "celery_worker"}}) {
    services_["services"][to] = services_["services"][from];
    services_["services"].erase(from);
  }
  services_["services"]["my_App"]["volumes"] = {"/cache"};
  world_->WriteFile("compose.yaml", services_.dump());
  Up(world_->File("compose.yaml"));
  const std::vector<std::string> before = Running();
  const auto cache = [&](const std::string& container) {
    return world_->engine.Inspect(container)["Mounts"][0]["Name"];
  };
  const Json volume = cache(project_ + "-my_App-1");
  Json site = world_->Site("wiki");
  site["spec"]["routes"][0]["backend"] = "wiki/my_App/8080";
  world_->Write("apps/wiki.yaml", Adopting());
  world_->Write("sites/wiki.yaml", site);
  world_->Commit("Adopt what runs");

  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_EQ(Running(), before);
  EXPECT_THAT(world_->Containers(), testing::IsEmpty()) << "none was made";
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("wiki", "version 1.0.0"); }));

  Json app = Adopting();
  app["spec"]["services"]["my_App"]["image"] = "mooring-test/web:2.0.0";
  world_->Write("apps/wiki.yaml", app);
  world_->Commit("A new version");
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->Serves("wiki", "version 2.0.0"); }))
      << world_->Story();
  ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "wiki"); }))
      << world_->Story();
  const std::string container = world_->Container("wiki", 1, "my_App");
  EXPECT_THAT(world_->Containers(), testing::ElementsAre(container));
  EXPECT_EQ(cache(container), volume);
  const CommandResult plan =
      world_->Mooring({"plan", "--source", world_->repo.path(), "--detailed-exitcode"});
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
  ASSERT_TRUE(world_->StopDaemon());
  world_->engine.RemoveAll(world_->OwnLabel());
  world_->engine.Do("DELETE", "/volumes/" + volume.get<std::string>());
}

/// The file and its variables as they are, and an App that points at them.
TEST_F(ComposeAdoption, TheFilesThemselvesMoveIntoTheRepository) {
  StopProject();
  world_->repo.Write("apps/wiki/compose.yaml", R"(
name: ${PROJECT}
x-base: &base
  image: mooring-test/web:${TAG:-1.0.0}
  restart: unless-stopped
services:
  web:
    <<: *base
    environment:
      GREETING: ${GREETING:?say what it greets with}
    env_file: [./web.env]
    ports: ["127.0.0.1::8080"]
    healthcheck:
      test: wget -qO- http://127.0.0.1:8080/
      interval: 500ms
  keeper:
    <<: *base
    command: sleep 100000
    stop_signal: SIGKILL
    volumes: [data:/data]
  debug:
    <<: *base
    profiles: [debug]
volumes:
  data:
)");
  world_->repo.Write("apps/wiki/.env", fmt::format("PROJECT={}\nGREETING=ahoy\n", project_));
  world_->repo.Write("apps/wiki/web.env", "COLOUR=blue\n");
  Up(world_->repo.path() + "/apps/wiki/compose.yaml");
  const std::vector<std::string> before = Running();
  ASSERT_EQ(before.size(), 2U);

  Json app = world_->App("wiki");
  app["spec"].erase("services");
  app["spec"]["compose"]["file"] = "./wiki/compose.yaml";
  app["spec"]["adopt"]["composeProject"] = project_;
  world_->CommitAppWithSite("wiki", app);
  const CommandResult plan = world_->Mooring({"plan", "--source", world_->repo.path()});
  EXPECT_EQ(plan.out.find("replace"), std::string::npos) << plan.out << plan.err;
  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  EXPECT_EQ(Running(), before);
  EXPECT_THAT(world_->Containers(), testing::IsEmpty()) << "none was made";
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("wiki", "ahoy from version 1.0.0"); }));
  const CommandResult again =
      world_->Mooring({"plan", "--source", world_->repo.path(), "--detailed-exitcode"});
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;

  // A change of the variables alone rolls what uses them.
  world_->repo.Write("apps/wiki/.env", fmt::format("PROJECT={}\nGREETING=moin\n", project_));
  world_->Commit("Greet in another way");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world_->Serves("wiki", "moin from version 1.0.0");
  })) << world_->Story();
  EXPECT_TRUE(Eventually(kSoon, [&] { return Project().size() == 1; })) << world_->Story();
  EXPECT_THAT(before, testing::Contains(Running().front())) << "the other one goes on";
}

TEST_F(ComposeAdoption, ANewImageReplacesAndDataStays) {
  // So many others that what goes is not most of all.
  for (const char* other : {"one", "two"})
    world_->Write(fmt::format("apps/{}.yaml", other), world_->App(other));
  world_->CommitAppWithSite("wiki", Adopting());
  world_->StartDaemon();
  ASSERT_TRUE(Converged()) << world_->Story();
  Json app = Adopting();
  for (const char* service : {"web", "keeper", "init"})
    app["spec"]["services"][service]["image"] = "mooring-test/web:2.0.0";
  world_->CommitAppWithSite("wiki", app);
  ASSERT_TRUE(Eventually(kRollout, [&] {
    return world_->HasConverged("App", "wiki") && Project().empty();
  })) << world_->Story();
  EXPECT_EQ(world_->Containers().size(), 5U);
  EXPECT_THAT(world_->engine.Networks(Label()), testing::IsEmpty());
  const Json keeper = world_->engine.Inspect(world_->Container("wiki", 1, "keeper"));
  EXPECT_EQ(keeper["Mounts"][0]["Name"], project_ + "_data");
  EXPECT_TRUE(Eventually(kSoon, [&] { return world_->Serves("wiki", "version 2.0.0"); }));

  world_->repo.Remove("apps/wiki.yaml");
  world_->repo.Remove("sites/wiki.yaml");
  world_->Commit("Remove the wiki");
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->Containers().size() == 2; }))
      << world_->Story();
  EXPECT_THAT(world_->engine.Volumes(Label()), testing::ElementsAre(project_ + "_data"));
}

}  // namespace
}  // namespace mooring::test
