// SPDX-License-Identifier: Apache-2.0
// What is known about deletes that a revision brings: the limits that Git gives, what was let go
// before, and what is held back. Values; the status of the Host keeps them over a restart.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "controller/resource/key.h"
#include "controller/resource/status.h"

namespace mooring {

/// The `prune` part of .mooring/policy.yaml.
struct PrunePolicy {
  int max_percent = 50;
  std::string confirm;  ///< "prune-5d0e77aa"; empty: nothing is confirmed
  bool operator==(const PrunePolicy&) const = default;
};

/// What holds of a source since the last revision of which no delete was held back. Under the name
/// "": of resources that nobody remembers the source of.
struct PruneRecord {
  std::string revision;               ///< "main@sha1:<commit>"; empty: not known
  int max_percent = 50;               ///< as that revision says
  uint64_t resources = 0;             ///< how many it had
  std::vector<ResourceKey> accepted;  ///< may go, and were still there; sorted
  std::string spent;                  ///< the token that was used and stands in Git since
  bool operator==(const PruneRecord&) const = default;
};

/// Deletes of one source that a person must confirm.
struct HeldPrune {
  std::string source;                  ///< its name; empty: not known
  std::string reason;                  ///< a constant of reasons.h
  std::string message;                 ///< how many, why, and what to do
  std::string confirm;                 ///< the token
  std::vector<ResourceKey> resources;  ///< all that the token is bound to, sorted
  bool operator==(const HeldPrune&) const = default;
};

struct PruneState {
  std::map<std::string, PruneRecord> records;  ///< by source
  std::vector<HeldPrune> held;
  bool operator==(const PruneState&) const = default;
};

/// {"source", "reason", "message", "confirm", "resources": ["App/default/shop"]}
void to_json(nlohmann::json& json, const HeldPrune& value);
void from_json(const nlohmann::json& json, HeldPrune& value);
/// {"sources": [...], "held": [...]}, as in docs/reference/status.md.
void to_json(nlohmann::json& json, const PruneState& value);
void from_json(const nlohmann::json& json, PruneState& value);

/// As the status of a Host has it under "prune"; empty when there is none.
PruneState PruneStateOf(const ResourceStatus& host);

/// Whether resources of that kind say how a host is, and run nothing on it: Host, Namespace. They
/// do not count as something that a source has.
bool RunsNothing(std::string_view kind);

}  // namespace mooring
