// SPDX-License-Identifier: Apache-2.0
// Tar archives for engines. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mooring::testing {

/// An archive of one regular file.
std::string TarOf(const std::string& name, const std::string& content);

/// The regular files in a tar, by name; of one that is cut off, those that are whole.
std::map<std::string, std::string> FilesOfTar(std::string_view tar);

}  // namespace mooring::testing
