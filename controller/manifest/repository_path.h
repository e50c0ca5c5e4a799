// SPDX-License-Identifier: Apache-2.0
// Paths as files of the repository write them. Pure; thread-safe.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::manifest {

/// The path in the repository of what the file at `path` calls `target`; nullopt when that leads
/// out of the repository.
std::optional<std::string> ResolvePath(std::string_view path, std::string_view target);

/// Why a path may not be named, and what to do; the two texts of a finding.
struct PathRefusal {
  std::string what;
  std::string hint;
};

/// What the file at `file` (from the repository's root) means by `said`: "./x", "../x" and "x" are
/// below or beside it. Gives "./path/from/root", as specs of resources have all paths of the
/// repository; never with "..", doubled or trailing slashes. Refused is what leaves the repository,
/// is all of it, or lies in .git or .mooring; an absolute or empty path as well.
std::expected<std::string, PathRefusal> RepositoryPath(std::string_view file,
                                                       std::string_view said);

/// Whether a path of a resource's spec is one of the repository: what RepositoryPath gave.
inline bool IsRepositoryPath(std::string_view path) { return path.starts_with("./"); }

/// "./apps/flags.yaml" -> "apps/flags.yaml", as FileTree::Entry::path has it.
inline std::string_view TreePath(std::string_view path) {
  return IsRepositoryPath(path) ? path.substr(2) : path;
}

}  // namespace mooring::manifest
