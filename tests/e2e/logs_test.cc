// SPDX-License-Identifier: Apache-2.0
// mooring logs: several containers as one stream, also over a rollout, and without the daemon.
#include <signal.h>

#include "controller/base/text.h"
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Logs : public EndToEnd {
 protected:
  /// An App whose containers tell their name and `version` again and again.
  Json Talker(const std::string& version, int replicas = 1) const {
    const std::string script =
        "echo hi > /www/index.html; httpd -p 8080 -h /www; i=0; while sleep 0.1; do i=$$((i+1)); "
        "echo " +
        version + " line $$i; done";
    Json app = world_->App("talker");
    Json& web = app["spec"]["services"]["web"];
    web["command"] = {"sh", "-c", script};
    web["deploy"]["replicas"] = replicas;
    return app;
  }
  void Converge(const Json& app) {
    world_->Write("apps/talker.yaml", app);
    world_->Commit("Change talker");
    if (!world_->DaemonRuns()) world_->StartDaemon();
    ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "talker"); }));
  }
  CommandResult LogsOf(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"logs", "-n", world_->ns});
    return world_->Mooring(arguments);
  }
  /// One more container of the App, by hand: with a terminal, which makes another form of log.
  void AddTerminal() {
    EngineApi& engine = world_->engine;
    Json labels = engine.Inspect(world_->Container("talker"))["Config"]["Labels"];
    labels["mooring.dev/service"] = "other";
    const std::string name = world_->Container("talker", 1, "other");
    engine.Do("POST", "/containers/create?name=" + name,
              {{"Image", "mooring-test/web:1.0.0"},
               {"Cmd", {"sh", "-c", "echo from a terminal; sleep 1000"}},
               {"Tty", true},
               {"Labels", labels},
               {"HostConfig", {{"NetworkMode", "none"}}}});
    engine.Do("POST", "/containers/" + name + "/start");
    ASSERT_TRUE(Eventually(kSoon, [&] { return Contains(LogsOf({"talker"}).out, "terminal\n"); }));
  }
  std::string Followed() const { return ReadText(world_->File("followed")); }
};

TEST_F(Logs, MergesContainersByTimeWithoutTheDaemon) {
  ASSERT_NO_FATAL_FAILURE(Converge(Talker("one", 2)));
  ASSERT_TRUE(world_->StopDaemon());
  AddTerminal();
  const CommandResult logs = LogsOf({"talker", "--timestamps"});
  ASSERT_EQ(logs.exit_code, 0) << logs.err;
  std::string before;
  std::set<std::string> slots;
  size_t lines = 0;
  for (const std::string& line : Split(logs.out, '\n')) {
    if (line.empty()) continue;
    ++lines;
    slots.insert(line.substr(0, line.find(' ')));
    const std::string time = line.substr(line.find("| ") + 2, 30);
    EXPECT_LE(before, time) << line;
    before = time;
  }
  EXPECT_EQ(slots, (std::set<std::string>{"other_1", "web_1", "web_2"}));
  EXPECT_GT(lines, 10U);
  EXPECT_FALSE(Contains(logs.out, "\r"));

  const CommandResult tail = LogsOf({"talker", "web", "--tail", "2"});
  EXPECT_EQ(std::count(tail.out.begin(), tail.out.end(), '\n'), 4) << tail.out;
  EXPECT_FALSE(Contains(tail.out, "other_1"));
  EXPECT_EQ(LogsOf({"talker", "--since", "2200-01-01T00:00:00Z"}).out, "");
}

TEST_F(Logs, NamesWhatThereIs) {
  ASSERT_NO_FATAL_FAILURE(Converge(Talker("one")));
  const CommandResult app = LogsOf({"talkre"});
  EXPECT_EQ(app.exit_code, 1);
  EXPECT_TRUE(Contains(app.err, "did you mean App/" + world_->ns + "/talker?")) << app.err;
  const CommandResult service = LogsOf({"talker", "wbe"});
  EXPECT_EQ(service.exit_code, 1);
  EXPECT_TRUE(Contains(service.err, "has no service \"wbe\"; it has: web")) << service.err;
  EXPECT_EQ(LogsOf({"talker", "--since", "soon"}).exit_code, 64);
}

TEST_F(Logs, FollowsOverARollout) {
  ASSERT_NO_FATAL_FAILURE(Converge(Talker("one")));
  Process follower;
  world_->StartMooring(follower, {"logs", "talker", "-n", world_->ns, "-f", "--tail", "1"},
                       "followed");
  ASSERT_TRUE(Eventually(kSoon, [&] { return Contains(Followed(), "web_1 | one line"); }));
  ASSERT_NO_FATAL_FAILURE(Converge(Talker("two")));
  EXPECT_TRUE(Eventually(kSoon, [&] { return Contains(Followed(), "web_1 | two line 3\n"); }))
      << Followed();
  EXPECT_TRUE(Contains(Followed(), "-- web_1 was replaced: ")) << Followed();
  // From the first line of the new container on, each once.
  const std::string followed = Followed();
  for (const std::string line : {"two line 1\n", "two line 2\n"}) {
    const size_t first = followed.find(line);
    ASSERT_NE(first, std::string::npos) << followed;
    EXPECT_EQ(followed.find(line, first + 1), std::string::npos) << followed;
  }
  follower.Signal(SIGINT);
  ASSERT_TRUE(follower.AwaitEnd(kSoon));
  EXPECT_EQ(follower.exit_code(), 0);
}

}  // namespace
}  // namespace mooring::test
