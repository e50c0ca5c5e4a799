// SPDX-License-Identifier: Apache-2.0
// Paths in a model. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/expand/compose/problems.h"

namespace mooring::compose {

/// Without "." and "..", as far as they can go, and without a slash at the end;
/// "" is ".".
std::string CleanPath(std::string_view path);
/// `path` below `base`, clean.
std::string JoinPath(std::string_view base, std::string_view path);
bool IsAbsolute(std::string_view path);
/// "a/b" of "a/b/c"; "." of "c".
std::string FolderOf(std::string_view path);
std::string LastPart(std::string_view path);
/// How `path` is called from `base`, both absolute or both relative to the same
/// place.
std::string RelativePath(std::string_view base, std::string_view path);

/// Puts `base` before each relative path of a model, and `home` in the place of
/// ~.
void ResolvePaths(Node& model, const std::string& base, const std::string& home,
                  Problems& problems);

}  // namespace mooring::compose
