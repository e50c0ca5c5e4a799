// SPDX-License-Identifier: Apache-2.0
// The desired set of all sources together. Each source offers what it has at a revision; an offer
// that does not fit the others is held back and tried again whenever another one changes, and until
// then the source stays as it was. Thread-safe; sets are handed on in the order in which they were
// made.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/expand/expand.h"
#include "controller/graph/desired_set.h"
#include "controller/manifest/loader.h"

namespace mooring {

class DesiredUnion {
 public:
  struct Callbacks {
    /// Called with the lock held: must not come back.
    std::function<void(std::shared_ptr<const DesiredSet>)> on_desired;
    /// An offer that was held back is in force now, because of another source.
    std::function<void(const std::string& source, const std::string& revision)> on_accepted =
        [](const std::string&, const std::string&) {};
  };
  /// The source that a resource is remembered to be of; "" when nobody remembers.
  using OwnerOf = std::function<std::string(const ResourceKey&)>;

  /// `host` is the name of this host; empty: of none, and everything is on it.
  DesiredUnion(std::vector<std::string> sources, OwnerOf owner_of, Callbacks callbacks,
               std::string host = "");

  /// What is wrong with it; empty: it is in force. The findings of `loaded` itself count, too.
  /// `author`: of the revision's commit, shown as the one who caused what follows from it.
  /// REQUIRES: `source` is one of those given.
  /// `departs_from`: the revision that was in force before, if this one does not go on from it.
  Diagnostics Offer(const std::string& source, const std::string& revision,
                    manifest::LoadResult loaded, const std::string& author = "",
                    const std::string& departs_from = "");
  /// As Offer, but only to begin with: nothing happens once something of the source is in force.
  Diagnostics OfferLastGood(const std::string& source, const std::string& revision,
                            manifest::LoadResult loaded, const std::string& departs_from = "");

  /// The set as it would be if `source` had this; null with findings in `diagnostics`. Changes
  /// nothing.
  std::shared_ptr<const DesiredSet> Preview(const std::string& source, const std::string& revision,
                                            manifest::LoadResult loaded,
                                            const std::string& departs_from,
                                            Diagnostics* diagnostics) const;

 private:
  struct Part {
    std::string revision;
    manifest::LoadResult loaded;
    std::string author;  ///< of the revision's commit
    std::string departs_from;
  };
  using PartPtr = std::shared_ptr<const Part>;
  struct Slot {
    PartPtr in_force;
    PartPtr held;       ///< the newest offer that did not fit
    PartPtr last_good;  ///< that did not fit either
  };
  using Choice = std::map<std::string, PartPtr>;

  struct Built {
    std::shared_ptr<const DesiredSet> set;
    Diagnostics diagnostics;
  };

  Diagnostics OfferLocked(const std::string& source, PartPtr Slot::* where);
  bool Accept(const Choice& changed, Built* built);
  bool TryHeld();
  Choice InForce() const;
  Built Build(const Choice& choice, const Choice& changed, expand::Expander& expander) const;
  void FindForeign(const Choice& choice, const Choice& changed, Diagnostics& out) const;

  const std::string host_;
  const OwnerOf owner_of_;
  const Callbacks callbacks_;
  mutable std::mutex mutex_;
  std::map<std::string, Slot> slots_;
  std::shared_ptr<const DesiredSet> newest_;
  expand::Expander expander_;
};

}  // namespace mooring
