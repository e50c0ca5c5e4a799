// SPDX-License-Identifier: Apache-2.0
// The JSON Schema for editors takes every example and refuses what it can see to be wrong.
#include "controller/manifest/json_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "controller/manifest/loader.h"
#include "controller/manifest/yaml_tree.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kRoot = MOORING_SOURCE_DIR;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

json ToJson(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return nullptr;
    case Node::Type::kBool:
      return node.text[0] == 't' || node.text[0] == 'T';
    case Node::Type::kInteger:
      return std::stoll(node.text);
    case Node::Type::kNumber:
      return std::stod(node.text);
    case Node::Type::kString:
      return node.text;
    case Node::Type::kMap: {
      json map = json::object();
      for (const Member& m : node.members) map[m.key] = ToJson(m.value);
      return map;
    }
    case Node::Type::kSequence: {
      json list = json::array();
      for (const Node& item : node.items) list.push_back(ToJson(item));
      return list;
    }
  }
  return nullptr;
}

class JsonSchemaTest : public ::testing::Test {
 protected:
  JsonSchemaTest() : document_(json::parse(JsonSchemaOfAll().dump())) {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(document_), schema_);
  }

  /// What the first document of a file that breaks the schema breaks; empty: all are fine.
  std::string Complaint(const fs::path& file) {
    const ParsedFile parsed = ParseYaml(file.string(), ReadFile(file), Limits());
    if (!parsed.diagnostics.empty()) return parsed.diagnostics.front().what;
    for (const manifest::Document& document : parsed.documents) {
      if (!document.diagnostics.empty()) return document.diagnostics.front().what;
      const json value = ToJson(document.root);
      valijson::ValidationResults results;
      valijson::Validator validator(valijson::Validator::kStrongTypes);
      if (validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(value), &results))
        continue;
      valijson::ValidationResults::Error error;
      std::string all = "refused";
      while (results.popError(error)) all += "; " + error.description;
      return all;
    }
    return "";
  }

  json document_;
  valijson::Schema schema_;
};

TEST_F(JsonSchemaTest, TakesEveryExample) {
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "examples")) {
    // Variables and Compose files are no document, and an overlay only a part of one.
    const std::string path = entry.path().string();
    const bool is_part = path.ends_with(".vars.yaml") || path.ends_with("/compose.yaml") ||
                         path.find("/overlays/") != path.npos;
    if (entry.path().extension() != ".yaml" || is_part) continue;
    ++files;
    EXPECT_EQ(Complaint(entry.path()), "") << entry.path();
  }
  EXPECT_GE(files, 2U);
}

TEST_F(JsonSchemaTest, RefusesWrongSpecsAsFarAsASchemaCanSee) {
  // What only Mooring sees: more than one resource or field, formats without a simple pattern,
  // documents that are not ours, variables.
  const std::set<std::string> unseen = {"app_autoscale",
                                        "app_command_open_quote",
                                        "app_host_port_taken_twice",
                                        "app_jobs_and_services",
                                        "app_replicas_with_host_port",
                                        "app_variable",
                                        "common_drift_ignore",
                                        "common_zero_interval",
                                        "envelope_defined_twice",
                                        "host_none_of_ours",
                                        "variable_wrong",
                                        "envelope_long_name",
                                        "namespace_schedules",
                                        "site_host_taken",
                                        "site_no_such_app",
                                        "site_no_such_service",
                                        "site_same_path_twice",
                                        "symlink_out_of_the_tree",
                                        "symlink_to_nothing",
                                        "vars_file_wrong"};
  std::set<std::string> taken;
  for (const auto& one : fs::directory_iterator(kRoot / "tests/golden/wrong_specs")) {
    if (!one.is_directory()) continue;
    bool refused = false;
    for (const auto& entry : fs::recursive_directory_iterator(one.path() / "input")) {
      if (entry.is_regular_file() && entry.path().extension() == ".yaml" &&
          !entry.path().string().ends_with(".vars.yaml"))
        refused = refused || !Complaint(entry.path()).empty();
    }
    if (!refused) taken.insert(one.path().filename());
  }
  EXPECT_EQ(taken, unseen);
}

TEST_F(JsonSchemaTest, TakesTheShortSyntax) {
  const TempDir dir;
  dir.Write("a.yaml", R"(apiVersion: mooring.dev/v1alpha1
kind: App
metadata: {name: a}
spec:
  interval: 1m30s
  services:
    web:
      image: nginx:1.27
      command: serve --port 8080
      entrypoint: [/bin/sh]
      environment: {PORT: 8080, DEBUG: true, RATIO: 0.5, NAME: x}
      volumes: [data:/data, {type: tmpfs, target: /tmp}]
      ports: ["127.0.0.1:80:8080", 8081, {target: 82, published: "8082"}]
      tmpfs: /run
      labels: [a=b]
      healthcheck: {test: wget -qO- http://127.0.0.1/, interval: 5s}
      deploy: {resources: {limits: {cpus: 0.5, memory: 67108864}}}
    worker: {image: a, environment: [A=1]}
  volumes:
    data:
)");
  EXPECT_EQ(Complaint(dir.File("a.yaml")), "");
  // The same is valid to Mooring itself.
  MemoryFileTree tree;
  tree.Put("a.yaml", ReadFile(dir.File("a.yaml")));
  const auto loaded = Loader().Load(tree);
  ASSERT_TRUE(loaded);
  for (const Diagnostic& d : loaded->diagnostics) ADD_FAILURE() << d.ToString();
}

TEST_F(JsonSchemaTest, EachKindHasItsOwn) {
  for (const Kind& kind : Kinds()) {
    const nlohmann::ordered_json schema = JsonSchemaOf(kind);
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(schema["properties"]["kind"]["const"], kind.name);
    EXPECT_FALSE(schema["properties"]["spec"]["properties"].empty());
  }
}

}  // namespace
}  // namespace mooring::manifest
