// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/manifest/loader.h"

namespace mooring::manifest {
namespace {

using testing::ElementsAre;

/// The service `web` of an App, with `fields` below its image.
Json Service(const std::string& fields) {
  MemoryFileTree tree;
  tree.Put("a.yaml",
           "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
           "  volumes: {data: }\n  services:\n    web:\n      image: nginx:1.27\n      " +
               fields + "\n");
  Loader loader;
  const auto loaded = loader.Load(tree);
  for (const Diagnostic& d : loaded->diagnostics) ADD_FAILURE() << d.ToString();
  return loaded->resources.empty() ? Json() : loaded->resources[0]->spec["services"]["web"];
}

TEST(SplitCommand, ReadsWordsAsAShell) {
  EXPECT_THAT(*SplitCommand("serve  --port 80"), ElementsAre("serve", "--port", "80"));
  EXPECT_THAT(*SplitCommand("sh -c 'echo \"a b\"'"), ElementsAre("sh", "-c", "echo \"a b\""));
  EXPECT_THAT(*SplitCommand("a\\ b \"c\\\"d\" ''"), ElementsAre("a b", "c\"d", ""));
  EXPECT_THAT(*SplitCommand("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(*SplitCommand(""), ElementsAre());
  EXPECT_FALSE(SplitCommand("echo 'a").has_value());
}

TEST(ComposeSyntax, MakesPortsLong) {
  EXPECT_EQ(Service("ports: [\"8080:80\"]")["ports"],
            Json::parse(R"([{"target": 80, "published": 8080}])"));
  EXPECT_EQ(Service("ports: [80]")["ports"], Json::parse(R"([{"target": 80}])"));
  EXPECT_EQ(Service("ports: [22:22]")["ports"],
            Json::parse(R"([{"target": 22, "published": 22}])"));
  EXPECT_EQ(
      Service("ports: [\"127.0.0.1:53:53/udp\", \"[::1]:81:80\", \"127.0.0.1::80\"]")["ports"],
      Json::parse(R"([
      {"target": 53, "published": 53, "host_ip": "127.0.0.1", "protocol": "udp"},
      {"target": 80, "published": 81, "host_ip": "::1"}, {"target": 80, "host_ip": "127.0.0.1"}])"));
  EXPECT_EQ(
      Service("ports: [\"8000-8001:80-81\"]")["ports"],
      Json::parse(R"([{"target": 80, "published": 8000}, {"target": 81, "published": 8001}])"));
  EXPECT_EQ(Service("ports: [{target: 80, published: \"8080\", protocol: tcp}]")["ports"],
            Json::parse(R"([{"target": 80, "published": 8080, "protocol": "tcp"}])"));
}

TEST(ComposeSyntax, MakesMountsLong) {
  EXPECT_EQ(
      Service("volumes: [\"data:/d\", \"/srv/x:/x:ro\", {type: tmpfs, target: /t}]")["volumes"],
      Json::parse(R"([{"type": "volume", "source": "data", "target": "/d"},
      {"type": "bind", "source": "/srv/x", "target": "/x", "read_only": true},
      {"type": "tmpfs", "target": "/t"}])"));
  EXPECT_EQ(Service("tmpfs: /tmp")["tmpfs"], Json::parse(R"(["/tmp"])"));
}

TEST(ComposeSyntax, MakesTextsOfEnvironmentValues) {
  const Json expected = Json::parse(R"({"A": "1.10", "B": "true", "C": "x=y", "D": ""})");
  EXPECT_EQ(Service("environment: {A: 1.10, B: true, C: x=y, D: \"\"}")["environment"], expected);
  EXPECT_EQ(Service("environment: [A=1.10, B=true, C=x=y, D=]")["environment"], expected);
  EXPECT_EQ(Service("labels: [a=1, b]")["labels"], Json::parse(R"({"a": "1", "b": ""})"));
}

TEST(ComposeSyntax, MakesListsOfCommandsAndChecks) {
  EXPECT_EQ(Service("command: serve --port 80")["command"],
            Json::parse(R"(["serve", "--port", "80"])"));
  EXPECT_EQ(Service("entrypoint: [/x, a b]")["entrypoint"], Json::parse(R"(["/x", "a b"])"));
  EXPECT_EQ(Service("healthcheck: {test: wget -q x || exit 1}")["healthcheck"]["test"],
            Json::parse(R"(["CMD-SHELL", "wget -q x || exit 1"])"));
}

TEST(ComposeSyntax, KeepsLimitsAsTheyAreWritten) {
  const Json limits = Service(
      "deploy: {resources: {limits: {cpus: 1.50, memory: 134217728}}}")["deploy"]["resources"]
                                                                       ["limits"];
  EXPECT_EQ(limits, Json::parse(R"({"cpus": "1.50", "memory": "134217728"})"));
}

TEST(ComposeSyntax, ReadsTwoDollarsAsOne) {
  EXPECT_EQ(Service("environment: {A: $$5 and $$$$x}")["environment"]["A"], "$5 and $$x");
}

TEST(ComposeSyntax, TakesAVolumeWithoutOptions) {
  MemoryFileTree tree;
  tree.Put("a.yaml",
           "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
           "  services: {web: {image: nginx}}\n  volumes:\n    data:\n");
  Loader loader;
  const auto loaded = loader.Load(tree);
  ASSERT_EQ(loaded->resources.size(), 1U);
  EXPECT_EQ(loaded->resources[0]->spec["volumes"], Json::parse(R"({"data": {}})"));
}

}  // namespace
}  // namespace mooring::manifest
