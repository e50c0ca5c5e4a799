// SPDX-License-Identifier: Apache-2.0
// The two halves of a reconciler that only read: an Observer looks at the host, a Planner compares.
// Whoever previews holds these and nothing else; what writes is in applier.h.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/reconcile/change.h"
#include "controller/reconcile/secret_values.h"
#include "controller/resource/resource.h"

namespace mooring {

/// What was seen of one resource, with whatever surroundings its planner needs. Immutable.
class Observation {
 public:
  virtual ~Observation() = default;
  /// False: confirmed that the host holds nothing of this resource.
  virtual bool exists() const = 0;
  /// Two observations of one key for one spec that have the same version differ in the time alone.
  /// 0: nothing is known of others.
  virtual uint64_t version() const { return 0; }
};

/// Reads the host. Thread-safe: workers observe different keys at the same time.
class Observer {
 public:
  virtual ~Observer() = default;
  /// What the host holds for `key`. An error means unknown, never absent. `desired` is null for a
  /// resource that is to go; it only says what else is worth reading (an image, a conflict).
  virtual Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key,
                                                             const Resource* desired,
                                                             std::stop_token stop) = 0;
  /// The version that an observation of `key` would have now, told without a call to the host; 0:
  /// only a look can tell. Must move with everything that Observe answers from.
  virtual uint64_t Version(const ResourceKey& /*key*/) { return 0; }
  /// Reads everything again in as few calls as possible; Observe answers from it afterwards, as far
  /// as nothing has moved since. Called for a resync, after a gap, and before a preview.
  virtual Status Refresh(std::stop_token stop) = 0;
  /// The resources of which the host holds something by our marks, desired or not. Reads what the
  /// last Refresh saw.
  virtual Result<std::vector<ResourceKey>> Owned(std::stop_token stop) = 0;
};

/// What is known beside the spec and the host.
struct Remembered {
  const nlohmann::json* details = nullptr;  ///< ResourceStatus::details; null: nobody was asked
  /// Names the wish of a person who asked for this run; empty: nobody did. It tells one wish from
  /// another, and is the same in all rounds of a run.
  std::string request = {};
  /// Digest of the spec that the document had when it was seen last, applied or not; empty: nobody
  /// knows.
  std::string document = {};
};

struct PlanInput {
  const ResourceKey* key = nullptr;
  const Resource* desired = nullptr;      ///< null: to be deleted
  std::string last_applied_digest;        ///< spec digest that last succeeded; empty: never
  const Observation* observed = nullptr;  ///< never null
  const SecretValues* secrets = nullptr;  ///< of the references in `desired`; null: it has none
  std::string revision;                   ///< informational: goes onto what is created
  Remembered remembered = {};
};

/// Pure: the same input gives the same plan. Where there is nothing to do and nothing to wait for,
/// and all is healthy, there is not for the mere passing of time either, before the plan is `due`.
/// Thread-safe.
class Planner {
 public:
  virtual ~Planner() = default;
  virtual ResourcePlan Plan(const PlanInput& input) const = 0;
};

/// The kinds of one reconciler and how to look at them. Does not own.
struct ReadSide {
  std::vector<std::string> kinds;
  std::string name;  ///< "docker", "caddy"
  Observer* observer = nullptr;
  const Planner* planner = nullptr;
};

}  // namespace mooring
