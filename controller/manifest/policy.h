// SPDX-License-Identifier: Apache-2.0
// Reads .mooring/policy.yaml, the guard rails that lie in a source beside its specs. Pure;
// thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/manifest/limits.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/file_tree.h"
#include "controller/resource/prune.h"

namespace mooring::manifest {

inline constexpr char kPolicyFile[] = ".mooring/policy.yaml";

struct SourcePolicy {
  PrunePolicy prune;
  std::vector<std::string> without_effect;  ///< its parts that this version only checks: "rules"
};

/// What is wrong with it goes to `diagnostics`; then the defaults are returned. Fails only when the
/// file cannot be read.
Result<SourcePolicy> ReadPolicy(const FileTree& tree, const FileTree::Entry& entry,
                                const Limits& limits, Diagnostics& diagnostics);

/// A sentence about `without_effect`, for a person; empty when there is nothing to say.
std::string NoteOn(const SourcePolicy& policy);

}  // namespace mooring::manifest
