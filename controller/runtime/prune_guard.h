// SPDX-License-Identifier: Apache-2.0
// Keeps the judgement about deletes for the desired set in force: what may go, and what is held
// back until a person confirms it. It is made anew with each set, with each list of what the host
// holds, and when a resource turns up that it does not know. Thread-safe; owns nothing.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controller/graph/desired_set.h"
#include "controller/plan/prune_judgement.h"
#include "controller/resource/prune.h"
#include "controller/store/store.h"

namespace mooring {

class PruneGuard {
 public:
  struct Callbacks {
    /// What is known from before; asked once, when the first set comes.
    std::function<PruneState()> recall;
    /// Another judgement: to be kept before anything is removed because of it. Called with the lock
    /// held: must not come back.
    std::function<void(const PruneState&)> keep;
  };
  /// `store` must outlive this.
  PruneGuard(const StoreReader& store, Callbacks callbacks)
      : store_(store), callbacks_(std::move(callbacks)) {}

  /// What the host holds by our marks.
  struct Owned {
    std::vector<ResourceKey> keys;
    std::vector<std::string> unread;  ///< reconcilers that could not be asked yet: "caddy"
    bool operator==(const Owned&) const = default;
  };

  /// The keys to look at again, because what holds of them has changed.
  std::vector<ResourceKey> SetDesired(std::shared_ptr<const DesiredSet> desired);
  std::vector<ResourceKey> SetOwned(Owned owned);
  /// It was seen that the host has nothing of it any more, and it is forgotten.
  std::vector<ResourceKey> Gone(const ResourceKey& key);

  /// Of a resource that is not desired:
  struct Free {};       ///< it may go
  struct Outdated {};   ///< another set is in force
  struct NotListed {};  ///< the host was not listed, or the store cannot be read: ask later
  struct Unlisted {     ///< it must wait until a reconciler can be asked
    std::string message;
  };
  using Answer = std::variant<Free, Outdated, NotListed, Unlisted, HeldPrune>;
  /// `changed` gets keys to look at again; never null.
  Answer Check(const KnownResource& resource, const DesiredSet& desired,
               std::vector<ResourceKey>* changed);

 private:
  using Known = std::optional<std::vector<KnownResource>>;
  Known KnownLocked(const KnownResource* found) const;
  std::vector<ResourceKey> JudgeLocked(const Known& known);

  const StoreReader& store_;
  const Callbacks callbacks_;
  std::mutex mutex_;
  std::shared_ptr<const DesiredSet> desired_;
  std::optional<Owned> owned_;
  std::set<ResourceKey> gone_;  ///< since the last list, which may have been read before
  std::optional<PruneState> state_;
  bool stale_ = true;  ///< the state is of another set: the store could not be read
};

}  // namespace mooring
