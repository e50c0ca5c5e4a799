// SPDX-License-Identifier: Apache-2.0
// Exit codes and texts of the commands, as far as they need no host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "controller/cli/exit_codes.h"
#include "controller/resource/resource.h"
#include "tests/support/temp_dir/temp_dir.h"
#include "tests/unit/controller/cli/run_mooring.h"

namespace mooring::cli {
namespace {

using ::testing::HasSubstr;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    dir_.Write("mooring.yaml", "http: {listen: [\"unix:" + dir_.File("none.sock") +
                                   "\"]}\ndocker: {enabled: false}\ncaddy: {enabled: false}\n");
    dir_.Write("good/a.yaml",
               "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
               "  services:\n    web: {image: nginx}\n");
    dir_.Write("bad/a.yaml",
               "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
               "  services:\n    web: {imagee: nginx}\n");
    dir_.Write("bad/b.yaml",
               "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: b}\nspec:\n"
               "  services:\n    web: {image: nginx}\n");
  }
  Answer Run(const std::string& arguments) {
    return RunMooring("--config " + dir_.File("mooring.yaml") + " " + arguments);
  }
  TempDir dir_;
};

TEST_F(CommandsTest, ValidateSaysWhatItFound) {
  const Answer good = RunMooring("validate " + dir_.File("good"));
  EXPECT_EQ(good.exit_code, exit_code::kDone);
  EXPECT_EQ(good.text, "1 resource in 1 file: all valid.\n");
  const Answer bad = RunMooring("validate " + dir_.File("bad"));
  EXPECT_EQ(bad.exit_code, exit_code::kFindings);
  EXPECT_THAT(bad.text, HasSubstr("a.yaml:6:11: unknown field \"imagee\""));
  EXPECT_THAT(bad.text, HasSubstr(" in 1 of 2 files. Nothing was changed; the last good revision "
                                  "keeps running.\n"));
  const Answer none = RunMooring("validate " + dir_.File("none"));
  EXPECT_EQ(none.exit_code, exit_code::kFailed);
}

TEST_F(CommandsTest, AGuardRailIsAFinding) {
  dir_.Write("root/a.yaml",
             "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
             "  services:\n    web: {image: nginx, privileged: true}\n");
  const Answer answer = RunMooring("validate " + dir_.File("root"));
  EXPECT_EQ(answer.exit_code, exit_code::kFindings);
  EXPECT_THAT(answer.text, HasSubstr("(container-privileged)"));
}

TEST_F(CommandsTest, PlanOfSpecsThatAreNotValidCountsTheFiles) {
  const Answer bad = Run("plan --source " + dir_.File("bad"));
  EXPECT_EQ(bad.exit_code, exit_code::kFailed);
  EXPECT_THAT(bad.text, HasSubstr(" in 1 of 2 files."));
}

TEST_F(CommandsTest, PlanShowsWhatNothingHereHandles) {
  const Answer plan = Run("plan --source " + dir_.File("good"));
  EXPECT_EQ(plan.exit_code, exit_code::kDone);
  EXPECT_THAT(plan.text, HasSubstr("App/default/a"));
  EXPECT_THAT(plan.text, HasSubstr("Nothing was changed."));
  EXPECT_EQ(Run("plan -o json --source " + dir_.File("good")).text.front(), '{');
}

TEST_F(CommandsTest, WithoutADaemonThereIsNoAnswer) {
  for (const char* command : {"get", "get apps", "describe app a", "events"}) {
    const Answer answer = Run(command);
    EXPECT_EQ(answer.exit_code, exit_code::kUnreachable) << command;
    EXPECT_THAT(answer.text, HasSubstr("the daemon does not answer on " + dir_.File("none.sock")));
  }
}

TEST_F(CommandsTest, AWrongCommandLineIsAUsageError) {
  for (const char* command : {"", "fly", "get planes a", "get a b c", "describe apps",
                              "events apps", "events --limit 0", "get -o toml", "plan"}) {
    EXPECT_EQ(Run(command).exit_code, exit_code::kUsage) << command;
  }
  EXPECT_EQ(RunMooring("--help").exit_code, exit_code::kDone);
}

TEST_F(CommandsTest, AConfigurationWithProblemsIsToldInWhole) {
  dir_.Write("wrong.yaml", "log: {level: loud}\ncaddy: {mode: shared}\n");
  const Answer answer = RunMooring("--config " + dir_.File("wrong.yaml") + " get");
  EXPECT_EQ(answer.exit_code, exit_code::kFailed);
  EXPECT_THAT(answer.text, HasSubstr("wrong.yaml:1:14: log.level must be one of debug, info, "));
  EXPECT_THAT(answer.text,
              HasSubstr("wrong.yaml:2:15: caddy.mode shared is refused: this version has no"));
}

TEST_F(CommandsTest, RunWithoutASourceSaysHowToNameOne) {
  const Answer answer = Run("run");
  EXPECT_EQ(answer.exit_code, exit_code::kFailed);
  EXPECT_THAT(answer.text, HasSubstr("sources: [{url: /srv/fleet.git}]"));
}

TEST_F(CommandsTest, ExplainAndVersionNeedNoConfiguration) {
  EXPECT_EQ(RunMooring("explain App.spec.services").exit_code, exit_code::kDone);
  const Answer key = RunMooring("explain config.http.listen");
  EXPECT_THAT(key.text, HasSubstr("default   [\"unix:/run/mooring/mooring.sock\""));
  EXPECT_THAT(key.text, HasSubstr("a change  with a restart: systemctl restart mooring\n"));
  EXPECT_THAT(key.text, HasSubstr("variable  MOORING_HTTP_LISTEN\n"));
  EXPECT_THAT(RunMooring("explain config").text, HasSubstr("\n  kopia    object\n"));
  EXPECT_THAT(RunMooring("explain config.sources.auth.tokenFile").text,
              HasSubstr("MOORING_SOURCE_AUTH_TOKEN_FILE"));
  EXPECT_EQ(RunMooring("explain App.spec.nothing").exit_code, exit_code::kFailed);
  EXPECT_THAT(RunMooring("version").text, HasSubstr("mooring "));
}

TEST_F(CommandsTest, ANewSpecIsValid) {
  const Answer app = RunMooring("new app shop --image ghcr.io/example/shop:2");
  const Answer site = RunMooring("new site shop --host shop.example.org");
  EXPECT_EQ(app.exit_code, exit_code::kDone);
  EXPECT_THAT(app.text, HasSubstr("      image: ghcr.io/example/shop:2\n"));
  EXPECT_THAT(site.text, HasSubstr("  hosts: [shop.example.org]\n"));
  dir_.Write("new/app.yaml", app.text);
  dir_.Write("new/site.yaml", site.text);
  EXPECT_EQ(RunMooring("validate " + dir_.File("new")).text,
            "2 resources in 2 files: all valid.\n");

  const Answer wrong = RunMooring("new app Shop_ --image nginx");
  EXPECT_EQ(wrong.exit_code, exit_code::kUsage);
  EXPECT_THAT(wrong.text, HasSubstr("\"Shop_\" is not a name"));
}

TEST_F(CommandsTest, SchemaIsOfOneKindOrOfAll) {
  for (const char* arguments : {"schema", "schema --all"})
    EXPECT_THAT(RunMooring(arguments).text, HasSubstr("\"$ref\": \"#/$defs/Site\""));
  EXPECT_THAT(RunMooring("schema app").text, HasSubstr("\"const\": \"App\""));
  EXPECT_EQ(RunMooring("schema plane").exit_code, exit_code::kUsage);
  EXPECT_EQ(RunMooring("schema App --all").exit_code, exit_code::kUsage);
}

TEST_F(CommandsTest, ColoursAreForTerminals) {
  const std::string escape = "\x1b[";
  EXPECT_THAT(Run("plan --source " + dir_.File("good")).text, testing::Not(HasSubstr(escape)));
  EXPECT_EQ(RunMooring("--color sometimes version").exit_code, exit_code::kUsage);
  EXPECT_EQ(RunMooring("--color never version").exit_code, exit_code::kDone);
}

TEST_F(CommandsTest, AFleetIsCheckedForEachOfItsHosts) {
  const std::string fleet = MOORING_SOURCE_DIR "/examples/two-hosts";
  const Answer good = RunMooring("validate " + fleet);
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.text, "6 resources in 9 files: all valid on 2 hosts (harbour-1, harbour-2).\n");
  EXPECT_EQ(RunMooring("validate " + fleet + " --host harbour-2").text,
            "5 resources in 9 files: all valid.\n");
  const Answer other = RunMooring("validate " + fleet + " --host harbour-3");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.text, HasSubstr("no Host is called \"harbour-3\""));
}

TEST_F(CommandsTest, EveryExampleIsValid) {
  int examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MOORING_SOURCE_DIR "/examples")) {
    if (!entry.is_directory()) continue;
    ++examples;
    const Answer answer = RunMooring("validate " + entry.path().string());
    EXPECT_EQ(answer.exit_code, exit_code::kDone) << answer.text;
    EXPECT_THAT(answer.text, HasSubstr("all valid")) << entry.path();
  }
  EXPECT_GE(examples, 3);
}

TEST_F(CommandsTest, BuildPrintsSpecsAsAHostHasThem) {
  const std::string fleet = MOORING_SOURCE_DIR "/examples/two-hosts";
  EXPECT_EQ(RunMooring("build " + fleet + " app hello --host harbour-2").text, R"(---
# apps/hello.yaml:2, overlays/staging/hello.yaml
apiVersion: mooring.dev/v1alpha1
kind: App
metadata:
  name: hello
  namespace: default
spec:
  services:
    web:
      environment:
        GREETING: hello from harbour-2
      image: ghcr.io/example/hello:1.1.0-rc1
)");
  const Answer all = RunMooring("build " + fleet + " --host harbour-2");
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_THAT(all.text, HasSubstr("# 1 resource not on harbour-2:\n# App/default/reports "
                                  "(apps/reports.yaml:2:1): placement site=fra, and harbour-2 has "
                                  "site=hel\n"));
  const Answer none = RunMooring("build " + fleet + " app reports --host harbour-2");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.text, HasSubstr("nothing of that name is on harbour-2"));
}

TEST_F(CommandsTest, WhatBuildPrintsIsReadAsTheSame) {
  const std::string fleet = dir_.File("fleet");
  dir_.Write("fleet/fleet.yaml", R"(apiVersion: mooring.dev/v1alpha1
kind: Host
metadata: {name: harbour-1, annotations: {example.com/price: $$5}}
spec: {varsFile: harbour-1.vars.yaml}
---
apiVersion: mooring.dev/v1alpha1
kind: App
metadata: {name: hello, annotations: {example.com/price: "$$5 and ${COIN}"}}
spec:
  services:
    web:
      image: hello:1
      command: [sh, -c, "echo $$HOME $$$$ ${COIN}"]
      environment: {PRICE: "${COIN}5"}
---
apiVersion: mooring.dev/v1alpha1
kind: Site
metadata: {name: hello}
spec:
  hosts: [hello.test]
  routes: [{respond: {body: "$5 or $${COIN}"}}]
)");
  dir_.Write("fleet/harbour-1.vars.yaml", "COIN: $\n");
  const Answer built = RunMooring("build " + fleet + " --host harbour-1 -o json");
  ASSERT_EQ(built.exit_code, 0) << built.text;
  const Json items = Json::parse(built.text)["items"];
  ASSERT_EQ(items.size(), 3U);
  std::string again;
  for (const Json& item : items) again += "---\n" + item.dump() + "\n";
  dir_.Write("again/fleet.yaml", again);
  dir_.Write("again/harbour-1.vars.yaml", "COIN: another\n");
  EXPECT_EQ(RunMooring("build " + dir_.File("again") + " --host harbour-1 -o json").text,
            built.text);
}

}  // namespace
}  // namespace mooring::cli
