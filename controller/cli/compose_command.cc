// SPDX-License-Identifier: Apache-2.0
// `mooring compose config`: what the official tool would make of Compose files,
// without a fleet.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/expand/compose/paths.h"
#include "controller/expand/compose/project.h"

extern char** environ;

namespace mooring::cli {
namespace {

namespace fs = std::filesystem;

/// Files of this machine; messages call them as they are called from the
/// current folder.
class DiskFiles final : public compose::Files {
 public:
  explicit DiskFiles(std::string here) : here_(std::move(here)) {}

  std::optional<std::string> Read(const std::string& path) override {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return std::nullopt;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad()) return std::nullopt;
    ++count_;
    return text;
  }
  bool IsFolder(const std::string& path) override {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
  }
  std::string Shown(const std::string& path) override {
    return path.starts_with(here_ + "/") ? path.substr(here_.size() + 1) : path;
  }
  size_t count() const { return count_; }

 private:
  const std::string here_;
  size_t count_ = 0;
};

compose::Variables ProcessEnvironment() {
  compose::Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equal = text.find('=');
    if (equal != std::string_view::npos && equal != 0)
      variables.emplace(text.substr(0, equal), text.substr(equal + 1));
  }
  return variables;
}

std::string ValueOf(const compose::Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

/// The first of `names` that is in `folder`; "": none.
std::string FirstOf(const std::string& folder, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::string path = compose::JoinPath(folder, name);
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path;
  }
  return "";
}

/// The usual file of `folder` or of one above it, and the override beside it.
std::vector<std::string> UsualFiles(std::string folder) {
  while (true) {
    const std::string file = FirstOf(
        folder, {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"});
    if (!file.empty()) {
      std::vector<std::string> files{file};
      const std::string over =
          FirstOf(folder, {"compose.override.yml", "compose.override.yaml",
                           "docker-compose.override.yml", "docker-compose.override.yaml"});
      if (!over.empty()) files.push_back(over);
      return files;
    }
    if (folder == "/") return {};
    folder = compose::FolderOf(folder);
  }
}

std::vector<std::string> FilesOf(const ComposeConfigOptions& options, const std::string& here,
                                 const compose::Variables& environment) {
  std::vector<std::string> files;
  const auto absolute = [&](const std::string& path) {
    return compose::IsAbsolute(path) ? compose::CleanPath(path) : compose::JoinPath(here, path);
  };
  for (const std::string& path : options.files) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.push_back(absolute(path));
      continue;
    }
    const std::vector<std::string> usual = UsualFiles(absolute(path));
    files.insert(files.end(), usual.begin(), usual.end());
  }
  if (!options.files.empty()) return files;
  const std::string named = ValueOf(environment, "COMPOSE_FILE");
  const std::string separator = ValueOf(environment, "COMPOSE_PATH_SEPARATOR");
  if (named.empty()) return UsualFiles(options.folder.empty() ? here : absolute(options.folder));
  for (const std::string& path : Split(named, separator.empty() ? ':' : separator[0]))
    files.push_back(absolute(path));
  return files;
}

/// "a, b" of an option, else of the variable.
std::vector<std::string> ProfilesOf(const ComposeConfigOptions& options,
                                    const compose::Variables& environment) {
  if (!options.profiles.empty()) return options.profiles;
  std::vector<std::string> profiles;
  for (const std::string& profile : Split(ValueOf(environment, "COMPOSE_PROFILES"), ',')) {
    const size_t first = profile.find_first_not_of(' ');
    const size_t last = profile.find_last_not_of(' ');
    profiles.push_back(first == std::string::npos ? "" : profile.substr(first, last - first + 1));
  }
  return profiles;
}

compose::ModelRequest RequestOf(const ComposeConfigOptions& options, const std::string& here) {
  compose::ModelRequest request{.files = {},
                                .folder = {},
                                .env_files = {},
                                .environment = ProcessEnvironment(),
                                .project = options.project,
                                .home = {},
                                .interpolate = !options.no_interpolate};
  request.files = FilesOf(options, here, request.environment);
  request.folder =
      !options.folder.empty()
          ? compose::JoinPath(compose::IsAbsolute(options.folder) ? "" : here, options.folder)
      : request.files.empty() ? here
                              : compose::FolderOf(request.files[0]);
  request.home = ValueOf(request.environment, "HOME");
  std::vector<std::string> env_files = options.env_files;
  if (env_files.empty()) {
    const std::string named = ValueOf(request.environment, "COMPOSE_ENV_FILES");
    if (!named.empty()) env_files = Split(named, ',');
  }
  for (const std::string& path : env_files)
    request.env_files.push_back(compose::JoinPath(compose::IsAbsolute(path) ? "" : here, path));
  const std::string disabled = ValueOf(request.environment, "COMPOSE_DISABLE_ENV_FILE");
  request.default_env_file = disabled != "1" && disabled != "true";
  return request;
}

/// A dollar sign is written twice, so that the output can be read again.
std::string WithDollars(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '$') out += c;
  }
  return out;
}

}  // namespace

int ComposeConfig(const ComposeConfigOptions& options) {
  std::error_code error;
  const std::string here = fs::current_path(error).string();
  const compose::ModelRequest request = RequestOf(options, here);
  if (request.files.empty()) {
    std::cerr << "mooring: no Compose file here; name one: mooring compose "
                 "config compose.yaml\n";
    return exit_code::kFailed;
  }
  DiskFiles files(here);
  compose::Problems problems;
  compose::Model model = compose::LoadModel(request, files, problems);
  if (!problems.Any() && model.interpolated)
    compose::MakeProject(model, ProfilesOf(options, model.environment), files, problems);
  const bool json = options.output == "json";
  compose::OrderedJson config;
  if (!problems.Any()) {
    config = compose::ConfigOf(model, json ? compose::Form::kJson : compose::Form::kYaml, problems);
  }
  if (problems.Any()) {
    for (const Diagnostic& finding : problems.list()) std::cout << finding.ToString() << "\n";
    std::cout << fmt::format("{} in {}.\n", Count(problems.list().size(), "finding"),
                             Count(files.count(), "file"));
    return exit_code::kFindings;
  }
  const std::string text = json ? config.dump(2) + "\n" : compose::YamlText(config);
  std::cout << (model.interpolated ? WithDollars(text) : text);
  return exit_code::kDone;
}

}  // namespace mooring::cli
