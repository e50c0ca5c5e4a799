// SPDX-License-Identifier: Apache-2.0
// Each folder here is a case: containers.json, a list of {inspect, image} as the engine shows them,
// in; specs.yaml out, which has to be valid. MOORING_TEST_ACCEPT=1 writes what comes out now and
// reports SKIPPED.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/cli/yaml_text.h"
#include "controller/manifest/loader.h"
#include "reconcilers/docker/plan/export_app.h"

namespace mooring::docker {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(MOORING_SOURCE_DIR) / "tests/golden/export";

std::string Read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Cases() {
  std::vector<std::string> cases;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (fs::exists(entry.path() / "containers.json")) cases.push_back(entry.path().filename());
  }
  std::ranges::sort(cases);
  return cases;
}

std::string Exported(const Json& containers) {
  std::vector<ContainerFacts> facts;
  for (const Json& container : containers)
    facts.push_back({container.at("inspect"), container.at("image")});
  std::string text;
  for (const ExportedDocument& document : ExportApps(facts)) {
    if (!text.empty()) text += "---\n";
    text += cli::ToYaml(document.document, document.comments);
  }
  return text;
}

std::string FindingsIn(const std::string& specs) {
  MemoryFileTree tree;
  tree.Put("specs.yaml", specs);
  manifest::Loader loader;
  const auto loaded = loader.Load(tree);
  if (!loaded) return loaded.error().ToString();
  std::string findings;
  for (const Diagnostic& finding : loaded->diagnostics) findings += finding.ToString() + "\n";
  return findings;
}

class GoldenExport : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenExport, PrintsAsAccepted) {
  const fs::path folder = kCases / GetParam();
  const std::string specs = Exported(Json::parse(Read(folder / "containers.json")));
  EXPECT_EQ(FindingsIn(specs), "");
  EXPECT_THAT(specs, ::testing::Not(::testing::HasSubstr("hunter2")));
  const fs::path file = folder / "specs.yaml";
  if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
    std::ofstream(file, std::ios::binary) << specs;
    GTEST_SKIP() << "accepted what comes out of " << GetParam();
  }
  EXPECT_EQ(specs, Read(file)) << "in " << file << "; accept with MOORING_TEST_ACCEPT=1";
}

INSTANTIATE_TEST_SUITE_P(Export, GoldenExport, ::testing::ValuesIn(Cases()), [](const auto& given) {
  std::string name = given.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace mooring::docker
