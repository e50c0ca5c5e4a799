// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/repository_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"

namespace mooring::manifest {

std::optional<std::string> ResolvePath(std::string_view path, std::string_view target) {
  if (target.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts = Split(path, '/');
  parts.pop_back();
  for (const std::string& part : Split(target, '/')) {
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  return Join(parts, "/");
}

std::expected<std::string, PathRefusal> RepositoryPath(std::string_view file,
                                                       std::string_view said) {
  const auto refuse = [](std::string what, std::string hint) {
    return std::unexpected(PathRefusal{std::move(what), std::move(hint)});
  };
  if (said.empty()) return refuse("the path is empty", "write one such as ./flags.yaml");
  if (said.find('\0') != std::string_view::npos)
    return refuse("the path has a zero byte in it", "write one such as ./flags.yaml");
  if (said.starts_with('/')) {
    return refuse(fmt::format("{} is an absolute path, not one of the repository", said),
                  "put the file into the repository, and write its path from this file: ./x");
  }
  const auto resolved = ResolvePath(file, said);
  if (!resolved) {
    return refuse(fmt::format("{} leads out of the repository", said),
                  "paths begin at the file that names them; put what is meant into the repository");
  }
  if (resolved->empty()) {
    return refuse(fmt::format("{} is the whole repository", said),
                  "name the folder in it that is meant, or make one");
  }
  const std::vector<std::string> parts = Split(*resolved, '/');
  const bool in_git = std::find(parts.begin(), parts.end(), ".git") != parts.end();
  if (in_git || parts.front() == ".mooring") {
    return refuse(fmt::format("{} lies in {}, which is not given to Apps", said,
                              in_git ? ".git" : ".mooring"),
                  "put the file beside the App that uses it");
  }
  return "./" + *resolved;
}

}  // namespace mooring::manifest
