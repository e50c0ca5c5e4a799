// SPDX-License-Identifier: Apache-2.0
// What would be done to a host and why: the values that PlanBuilder makes, Policy judges and the
// renderers show. Values; already redacted.
#pragma once

#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/reconcile/change.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/key.h"
#include "controller/resource/prune.h"
#include "controller/resource/status.h"

namespace mooring {

/// A rule of the guard rails that a resource breaks.
struct PolicyFinding {
  std::string rule;  ///< "container-docker-socket"
  SourceLocation where;
  std::string message;                   ///< what breaks it, why that matters, what to do instead
  std::string path;                      ///< JSON pointer into spec
  Severity severity = Severity::kError;  ///< kError: never reaches a host; kWarning: said only
  bool operator==(const PolicyFinding&) const = default;
};

/// One resource that is not as desired, or about which there is something to say.
struct ResourcePlanEntry {
  ResourcePlan plan;
  SourceLocation source;  ///< of the first field that changes; empty file: removed from the source
  std::vector<PolicyFinding> findings;
};

/// Something that could not be planned, so that the plan is not complete.
struct PlanFailure {
  std::string subject;                 ///< "App/default/shop", or a reconciler: "docker"
  std::vector<ResourceKey> resources;  ///< those that are unknown because of it
  Error error;
};

struct Plan {
  std::string host;
  std::string source;  ///< "working tree on main@4b1c9e2"
  std::string held_at =
      "";  ///< what holds the host at an earlier revision, for a person; empty: nothing
  Time observed_at;
  std::vector<ResourcePlanEntry> entries;  ///< in the order in which they are done
  size_t unchanged = 0;                    ///< resources that are as desired
  std::vector<PlanFailure> failures;
  std::vector<HeldPrune> held;  ///< deletes that a person must confirm
};

/// Whether something is (or, held back, should be) done to the host.
bool HasChanges(const Plan& plan);
/// The worst of all changes.
Impact WorstImpact(const Plan& plan);
/// Whether a finding keeps the resource off the host.
bool IsRefused(const ResourcePlanEntry& entry);

/// For `mooring plan`: 1 when something could not be planned; with `detailed`, 2 when there are
/// changes, findings or something blocked; else 0.
int ExitCode(const Plan& plan, bool detailed);

}  // namespace mooring
