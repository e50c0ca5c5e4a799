// SPDX-License-Identifier: Apache-2.0
// The tree that a command line names. REQUIRES: a git::Library.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "controller/source/artifact.h"

namespace mooring {

/// "PATH": the folder as it lies there. "PATH@REF": the same folder in the commit that REF names: a
/// branch, a tag, an id or anything else that Git understands.
Result<std::shared_ptr<const Artifact>> OpenTree(const std::string& argument,
                                                 const SourceLimits& limits,
                                                 const std::stop_token& stop);

}  // namespace mooring
