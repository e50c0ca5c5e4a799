// SPDX-License-Identifier: Apache-2.0
#include "tests/support/compose/compose_cases.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "controller/base/text.h"
#include "controller/expand/compose/paths.h"

namespace mooring {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCase = "/case";

/// /case is the folder of the case.
class CaseFiles final : public compose::Files {
 public:
  explicit CaseFiles(fs::path folder) : folder_(std::move(folder)) {}

  std::optional<std::string> Read(const std::string& path) override {
    if (!path.starts_with(kCase)) return std::nullopt;
    const fs::path real = Real(path);
    if (!fs::is_regular_file(real)) return std::nullopt;
    return ReadTestFile(real);
  }
  bool IsFolder(const std::string& path) override {
    return path.starts_with(kCase) && fs::is_directory(Real(path));
  }
  std::string Shown(const std::string& path) override {
    return path.starts_with("/case/") ? path.substr(6) : path;
  }

 private:
  fs::path Real(const std::string& path) const { return folder_.string() + path.substr(5); }

  const fs::path folder_;
};

compose::ModelRequest RequestOf(const std::string& name, std::vector<std::string>& profiles) {
  compose::ModelRequest request{.files = {"/case/compose.yaml"},
                                .folder = std::string(kCase),
                                .env_files = {},
                                .environment = {{"HOME", kComposeCaseHome}},
                                .project = {},
                                .home = kComposeCaseHome};
  const std::vector<std::string> words = ComposeCaseArguments(name);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--no-interpolate") {
      request.interpolate = false;
      continue;
    }
    const std::string& value = words.at(i + 1);
    if (words[i] == "-f") request.files.push_back(compose::JoinPath(kCase, value));
    if (words[i] == "--env-file") request.env_files.push_back(compose::JoinPath(kCase, value));
    if (words[i] == "--project-name") request.project = value;
    if (words[i] == "--profile") profiles.push_back(value);
    ++i;
  }
  return request;
}

}  // namespace

std::string ReadTestFile(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path ComposeCaseFolder(const std::string& name) {
  return fs::path(MOORING_SOURCE_DIR) / "tests/golden/compose" / name;
}

std::vector<std::string> ComposeCases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(ComposeCaseFolder(""))) {
    if (fs::exists(entry.path() / "compose.yaml")) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> ComposeCaseArguments(const std::string& name) {
  std::istringstream stream(ReadTestFile(ComposeCaseFolder(name) / "args"));
  return {std::istream_iterator<std::string>(stream), {}};
}

ComposeAnswer ReadComposeCase(const std::string& name) {
  std::vector<std::string> profiles;
  const compose::ModelRequest request = RequestOf(name, profiles);
  CaseFiles files(ComposeCaseFolder(name));
  compose::Problems problems;
  compose::Model model = compose::LoadModel(request, files, problems);
  if (profiles.empty() && model.environment.contains("COMPOSE_PROFILES"))
    profiles = Split(model.environment["COMPOSE_PROFILES"], ',');
  if (!problems.Any() && model.interpolated) compose::MakeProject(model, profiles, files, problems);
  ComposeAnswer answer;
  if (!problems.Any()) {
    answer.json = compose::ConfigOf(model, compose::Form::kJson, problems).dump(2) + "\n";
    answer.yaml = compose::YamlText(compose::ConfigOf(model, compose::Form::kYaml, problems));
  }
  for (const Diagnostic& finding : problems.list()) answer.findings += finding.ToString() + "\n";
  return answer;
}

}  // namespace mooring
