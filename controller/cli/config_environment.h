// SPDX-License-Identifier: Apache-2.0
// Lays the MOORING_* variables over the tree of the daemon's own file, so that both are checked by
// the same schema. Only config*.cc include it. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/config.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::cli {

struct Overlay {
  /// The variable of a value at line -1 is the first of these, at line -2 the second.
  std::vector<std::string> variables;
  std::vector<std::string> warnings;  ///< variables that nobody knows
};

/// `root` becomes a map if it is null. MOORING_SOURCE_* goes to the first source, which is made if
/// there is none.
Overlay LayOver(const Environment& environment, manifest::Node& root);

}  // namespace mooring::cli
