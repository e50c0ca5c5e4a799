// SPDX-License-Identifier: Apache-2.0
// What happens to a host and its daemon, as data: a random one from a seed, and a failing one made
// shorter. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mooring::testing {

struct Step {
  enum class Kind {
    kCommit,      ///< add, change, remove or rename an App, or move what depends on what
    kDrift,       ///< somebody does something to a container or network of ours
    kFault,       ///< a call to come fails, or does its work and then times out
    kEngineDown,  ///< until the next step
    kEventsLost,  ///< the engine's events so far are never heard of
    kCrash,       ///< the daemon dies at a write to come, and the next one starts
    kStoreLost,   ///< as kCrash, and the store is gone
    kPass,        ///< time
  };
  Kind kind = Kind::kPass;
  unsigned a = 0;  ///< what is picked; each taken modulo what there is to choose from
  unsigned b = 0;
  unsigned c = 0;
};

using Story = std::vector<Step>;

Story RandomStory(uint64_t seed);

/// One line for each step.
std::string ToString(const Story& story);

/// Leaves out steps as long as the rest still fails, with at most `tries` tries.
Story Shrink(Story story, const std::function<bool(const Story&)>& fails, int tries);

}  // namespace mooring::testing
