// SPDX-License-Identifier: Apache-2.0
// One repository, two hosts: environments, variables and placement, as this host has them.
#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Environments : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    WriteHost(world_->ns, "production", "fra");
    WriteHost("harbour-2", "staging", "hel");
    WriteVars("hello");
    world_->repo.Write("hosts/harbour-2.vars.yaml", "GREETING: \"staging\"\n");
    Json greeter = world_->App("greeter");
    greeter["spec"]["services"]["web"]["environment"]["GREETING"] =
        "${GREETING} from ${MOORING_HOST}";
    world_->Write("apps/greeter.yaml", greeter);
    world_->Write("sites/greeter.yaml", world_->Site("greeter"));
    world_->Write("apps/plain.yaml", world_->App("plain"));
    Json elsewhere = world_->App("elsewhere");
    elsewhere["spec"]["placement"]["matchLabels"]["site"] = "hel";
    elsewhere["spec"]["services"]["web"]["environment"]["X"] = "${ONLY_THERE}";
    world_->Write("apps/elsewhere.yaml", elsewhere);
    WriteOverlay("production", "2.0.0");
    WriteOverlay("staging", "9.9.9");
    world_->Commit("Two hosts");
  }
  void WriteHost(const std::string& name, const std::string& environment, const std::string& site) {
    world_->Write(
        "hosts/" + name + ".yaml",
        {{"apiVersion", "mooring.dev/v1alpha1"},
         {"kind", "Host"},
         {"metadata", {{"name", name}, {"labels", {{"site", site}}}}},
         {"spec", {{"environment", environment}, {"varsFile", "./" + name + ".vars.yaml"}}}});
  }
  void WriteVars(const std::string& greeting) {
    world_->repo.Write("hosts/" + world_->ns + ".vars.yaml", "GREETING: \"" + greeting + "\"\n");
  }
  /// The version of greeter in that environment.
  void WriteOverlay(const std::string& environment, const std::string& version) {
    Json overlay = world_->App("greeter");
    overlay["spec"] = {{"services", {{"web", {{"image", World::Service(version)["image"]}}}}}};
    world_->Write("overlays/" + environment + "/greeter.yaml", overlay);
  }
  void WriteNamespace(bool suspend) {
    world_->Write("namespace.yaml", {{"apiVersion", "mooring.dev/v1alpha1"},
                                     {"kind", "Namespace"},
                                     {"metadata", {{"name", world_->ns}}},
                                     {"spec", {{"suspend", suspend}}}});
  }
  void Converge() {
    world_->StartDaemon();
    ASSERT_TRUE(Eventually(kRollout, [&] {
      return world_->HasConverged("App", "greeter") && world_->HasConverged("App", "plain") &&
             world_->HasConverged("Site", "greeter");
    })) << world_->Story();
  }
};

TEST_F(Environments, AHostConvergesItsOwnVariant) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Serves("greeter", "hello from " + world_->ns);
  })) << world_->Visit("greeter").body;
  EXPECT_EQ(world_->Get("App", "greeter")["spec"]["services"]["web"]["image"],
            World::Service("2.0.0")["image"]);
  // What is placed elsewhere is neither here nor a finding here.
  EXPECT_TRUE(world_->Get("App", "elsewhere").empty());
  EXPECT_EQ(world_->Containers().size(), 2U);
  const CommandResult hosts = world_->Mooring({"get", "hosts"});
  EXPECT_TRUE(Contains(hosts.out, "not this host")) << hosts.out;

  // The variables reach the App that uses them, and no other.
  const Json plain = world_->Get("App", "plain")["status"]["inventory"];
  WriteVars("good day");
  world_->Commit("Another greeting");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world_->Serves("greeter", "good day from " + world_->ns) &&
           world_->HasConverged("App", "greeter");
  })) << world_->Story();
  EXPECT_EQ(world_->Get("App", "plain")["status"]["inventory"], plain);

  // Placed elsewhere, it goes from here as if it were gone.
  Json moved = world_->App("plain");
  moved["spec"]["placement"]["matchLabels"]["site"] = "hel";
  world_->Write("apps/plain.yaml", moved);
  world_->Commit("Move plain");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Get("App", "plain").empty() && world_->Containers().size() == 1U;
  })) << world_->Story();
}

TEST_F(Environments, BuildPrintsWhatTheDaemonHas) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  const CommandResult built = world_->Mooring(
      {"build", world_->repo.path(), "app", "greeter", "-n", world_->ns, "-o", "json"});
  ASSERT_EQ(built.exit_code, 0) << built.err;
  Json spec = Json::parse(built.out)["items"][0]["spec"];
  EXPECT_EQ(spec, world_->Get("App", "greeter")["spec"]);

  const CommandResult all = world_->Mooring({"build", world_->repo.path()});
  EXPECT_TRUE(Contains(all.err, "# 1 resource not on " + world_->ns)) << all.err;
  EXPECT_TRUE(Contains(all.err, "/elsewhere (apps/elsewhere.yaml:1:1): placement site=hel"))
      << all.err;
  EXPECT_TRUE(Contains(all.out, "kind: Host")) << all.out;

  // The other host needs a variable that nobody defines.
  const CommandResult other =
      world_->Mooring({"validate", world_->repo.path(), "--host", "harbour-2"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(Contains(other.out, "variable ONLY_THERE is not defined")) << other.out;
  const CommandResult ours = world_->Mooring({"validate", world_->repo.path()});
  EXPECT_EQ(ours.exit_code, 0) << ours.out;
}

TEST_F(Environments, ASuspendedNamespaceStandsStill) {
  WriteNamespace(false);
  world_->Commit("Describe the namespace");
  ASSERT_NO_FATAL_FAILURE(Converge());
  WriteNamespace(true);
  WriteVars("late");
  world_->repo.Remove("apps/plain.yaml");
  world_->Commit("Freeze");
  EXPECT_TRUE(Eventually(kSoon, [&] {
    return world_->Has("App", "greeter", "Ready", "Suspended") &&
           world_->Has("App", "plain", "Ready", "Suspended");
  })) << world_->Story();
  EXPECT_TRUE(world_->Serves("greeter", "hello from " + world_->ns));
  EXPECT_EQ(world_->Containers().size(), 2U);
  WriteNamespace(false);
  world_->Commit("Go on");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return world_->Serves("greeter", "late from " + world_->ns) &&
           world_->Get("App", "plain").empty();
  })) << world_->Story();
}

TEST_F(Environments, WithoutADocumentOfItsNameAHostChangesNothing) {
  ASSERT_NO_FATAL_FAILURE(Converge());
  world_->repo.Remove("hosts/" + world_->ns + ".yaml");
  world_->Commit("Forget this host");
  EXPECT_TRUE(Eventually(
      kSoon, [&] { return Contains(world_->Mooring({"get", "hosts"}).out, "no Host is called"); }));
  EXPECT_EQ(world_->Containers().size(), 2U);
}

}  // namespace
}  // namespace mooring::test
