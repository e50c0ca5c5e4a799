// SPDX-License-Identifier: Apache-2.0
// Tar archives for engines. Pure.
#pragma once

#include <string>

namespace mooring::testing {

/// An archive of one regular file.
std::string TarOf(const std::string& name, const std::string& content);

}  // namespace mooring::testing
