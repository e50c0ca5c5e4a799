// SPDX-License-Identifier: Apache-2.0
// Whether what a revision no longer has may go: not when too much goes at once, when the revision
// does not go on from the one before, or when nobody remembers what it belongs to. The one place
// that decides it, for the loop and for previews. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/graph/desired_set.h"
#include "controller/resource/prune.h"

namespace mooring {

/// A resource of which something is remembered, or that the host holds by our marks.
struct KnownResource {
  ResourceKey key;
  std::string source;  ///< that it is remembered to be of; empty: nobody remembers
};

struct PruneQuestion {
  const DesiredSet* desired = nullptr;  ///< never null
  std::vector<KnownResource> known;     ///< in any order; of two with one key the first counts
  const PruneState* before = nullptr;   ///< never null
  /// False: a preview that has no store to ask, so what the host holds counts as remembered.
  bool remembers = true;
};

/// What holds from now on: records for every source that was read, and all that is held back.
PruneState JudgePrune(const PruneQuestion& question);

/// What holds `key` back; nullptr when nothing does.
const HeldPrune* FindHeld(const PruneState& state, const ResourceKey& key);
/// Whether `key` was judged and may go.
bool IsAccepted(const PruneState& state, const ResourceKey& key);

}  // namespace mooring
