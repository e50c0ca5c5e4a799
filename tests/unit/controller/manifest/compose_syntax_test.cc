// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/manifest/loader.h"

namespace mooring::manifest {
namespace {

Json ToJson(const Node& node) {
  if (node.IsMap()) {
    Json map = Json::object();
    for (const Member& m : node.members) map[m.key] = ToJson(m.value);
    return map;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const Node& item : node.items) list.push_back(ToJson(item));
    return list;
  }
  if (node.type == Node::Type::kBool) return node.text == "true";
  if (node.type == Node::Type::kInteger) return std::stoll(node.text);
  return node.text;
}

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

TEST(ComposeSyntax, MakesPortsLong) {
  EXPECT_EQ(Service("ports: [\"8080:80\"]")["ports"],
            Json::parse(R"([{"target": 80, "published": "8080"}])"));
  EXPECT_EQ(Service("ports: [{target: 80, published: 8080}]")["ports"],
            Json::parse(R"([{"target": 80, "published": "8080"}])"));
  EXPECT_EQ(Service("ports: [\"8000-8009:80\"]")["ports"],
            Json::parse(R"([{"target": 80, "published": "8000-8009"}])"));
  EXPECT_EQ(Service("ports: [80]")["ports"], Json::parse(R"([{"target": 80}])"));
  EXPECT_EQ(Service("ports: [22:22]")["ports"],
            Json::parse(R"([{"target": 22, "published": "22"}])"));
  EXPECT_EQ(
      Service("ports: [\"127.0.0.1:53:53/udp\", \"[::1]:81:80\", \"127.0.0.1::80\"]")["ports"],
      Json::parse(R"([
      {"target": 53, "published": "53", "host_ip": "127.0.0.1", "protocol": "udp"},
      {"target": 80, "published": "81", "host_ip": "::1"}, {"target": 80, "host_ip": "127.0.0.1"}])"));
  EXPECT_EQ(
      Service("ports: [\"8000-8001:80-81\"]")["ports"],
      Json::parse(R"([{"target": 80, "published": "8000"}, {"target": 81, "published": "8001"}])"));
  EXPECT_EQ(Service("ports: [{target: 80, published: \"8080\", protocol: tcp}]")["ports"],
            Json::parse(R"([{"target": 80, "published": "8080", "protocol": "tcp"}])"));
}

TEST(ComposeSyntax, MakesMountsLong) {
  EXPECT_EQ(
      Service("volumes: [\"data:/d\", \"/srv/x:/x:ro\", {type: tmpfs, target: /t}]")["volumes"],
      Json::parse(R"([{"type": "volume", "source": "data", "target": "/d"},
      {"type": "bind", "source": "/srv/x", "target": "/x", "read_only": true,
       "bind": {"create_host_path": true}},
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

/// What the short syntax of a service becomes; other than Service(), whatever its fields are.
Json Long(const std::string& field) {
  const std::string text = "services:\n  web:\n    " + field + "\n";
  ParsedFile file = ParseYaml("a.yaml", text, Limits());
  std::vector<Diagnostic> found;
  const std::string name = "a.yaml";
  Findings findings(name, 100, found);
  ExpandComposeSyntax(file.documents.at(0).root, findings);
  for (const Diagnostic& d : found) ADD_FAILURE() << d.ToString();
  return ToJson(*file.documents[0].root.Find("services")->Find("web"));
}

TEST(ComposeSyntax, GivesEachFieldOneShape) {
  const std::pair<const char*, const char*> cases[] = {
      {"depends_on: [db]", R"({"db": {"condition": "service_started", "required": true}})"},
      {"depends_on: {db: {condition: service_healthy, required: false}}",
       R"({"db": {"condition": "service_healthy", "required": false}})"},
      {"networks: [front, back]", R"({"front": {}, "back": {}})"},
      {"networks: {front: , back: {aliases: [x]}}", R"({"front": {}, "back": {"aliases": ["x"]}})"},
      {"dns: 9.9.9.9", R"(["9.9.9.9"])"},
      {"dns_search: example.com", R"(["example.com"])"},
      {"env_file: a.env", R"([{"path": "a.env", "required": true}])"},
      {"env_file: [a.env, {path: b.env, required: false}]",
       R"([{"path": "a.env", "required": true}, {"path": "b.env", "required": false}])"},
      {"extra_hosts: [\"b:10.0.0.2\", a=::1, \"c=[::2]\"]", R"(["a=::1", "b=10.0.0.2", "c=::2"])"},
      {"extra_hosts: {b: 10.0.0.2, a: [\"::1\", 10.0.0.1]}",
       R"(["a=10.0.0.1", "a=::1", "b=10.0.0.2"])"},
      {"devices: [/dev/kvm, \"/dev/a:/dev/b:r\"]",
       R"([{"source": "/dev/kvm", "target": "/dev/kvm", "permissions": "rwm"},
           {"source": "/dev/a", "target": "/dev/b", "permissions": "r"}])"},
      {"gpus: all", R"([{"count": "all"}])"},
      {"sysctls: [net.core.somaxconn=1024]", R"({"net.core.somaxconn": "1024"})"},
      {"sysctls: {net.core.somaxconn: 1024}", R"({"net.core.somaxconn": "1024"})"},
      {"ulimits: {nproc: 65535, nofile: {soft: 1, hard: 2}}",
       R"({"nproc": 65535, "nofile": {"soft": 1, "hard": 2}})"},
      {"configs: [app]", R"([{"source": "app"}])"},
      {"build: ./web", R"({"context": "./web"})"},
      {"build: {args: [A=1, B]}", R"({"args": {"A": "1", "B": ""}})"},
      {"extends: base", R"({"service": "base"})"},
      {"mem_limit: 536870912", R"("536870912")"},
      {"expose: [80, \"81\"]", R"(["80", "81"])"},
      {"labels: {a: 1, b: true, c: }", R"({"a": "1", "b": "true", "c": ""})"},
      {"logging: {driver: json-file, options: {max-file: 3}}",
       R"({"driver": "json-file", "options": {"max-file": "3"}})"},
      {"volumes: [\"/a:/b:ro,z,rshared\"]",
       R"([{"type": "bind", "source": "/a", "target": "/b", "read_only": true,
            "bind": {"create_host_path": true, "propagation": "rshared", "selinux": "z"}}])"},
      {"volumes: [\"data:/b:nocopy\"]",
       R"([{"type": "volume", "source": "data", "target": "/b", "volume": {"nocopy": true}}])"},
  };
  for (const auto& [field, expected] : cases) {
    const Json fields = Long(field);
    EXPECT_EQ(fields.begin().value(), Json::parse(expected)) << field;
    // What is long stays as it is.
    ParsedFile again = ParseYaml("a.yaml", Json{{"services", {{"web", fields}}}}.dump(), Limits());
    std::vector<Diagnostic> found;
    const std::string name = "a.yaml";
    Findings findings(name, 100, found);
    ExpandComposeSyntax(again.documents.at(0).root, findings);
    EXPECT_EQ(ToJson(*again.documents[0].root.Find("services")->Find("web")), fields) << field;
  }
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
