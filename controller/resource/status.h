// SPDX-License-Identifier: Apache-2.0
// What Mooring says about a resource. Field names in JSON are those of docs/reference/status.md.
// Values; `Store` keeps them, `StatusWriter` alone makes them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/key.h"

namespace mooring {

enum class ConditionStatus { kTrue, kFalse, kUnknown };

struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;   ///< a constant of reasons.h
  std::string message;  ///< for a person; no secret
  std::string revision;
  Time last_transition;
  bool operator==(const Condition&) const = default;
};

/// One thing on the host that a resource owns. Written before the thing is created, dropped only
/// after its absence was observed.
struct InventoryEntry {
  std::string id;    ///< "container/6f0e2c41d9aa", "network/default_shop", "route/default/shop"
  std::string name;  ///< "default_shop_web_1"
  Time since;
  bool operator==(const InventoryEntry&) const = default;
};

struct DriftEntry {
  std::string path;  ///< JSON pointer into spec, or what stands for one: "/services/web/state"
  std::string desired;
  std::string actual;
  Time since;
  std::optional<Time> corrected;  ///< null = it stands
  bool operator==(const DriftEntry&) const = default;
};

struct HistoryEntry {
  std::string revision;
  std::string trigger;  ///< "revision", "drift", "resync", "retry", "start"
  Time started;
  Duration duration{0};
  int changes = 0;
  std::string outcome;  ///< Done, Waiting, Retry, Stalled
  bool operator==(const HistoryEntry&) const = default;
};

/// What a person holds back by hand.
struct Hold {
  enum class Act { kSuspend, kRollback };
  Act act = Act::kSuspend;
  std::string actor;          ///< who did it: the name of a token
  std::string reason;         ///< in their words; may be empty
  std::string revision;       ///< of a rollback: what the host is held at
  std::optional<Time> until;  ///< null: until it is taken back
  bool operator==(const Hold&) const = default;
};

struct ResourceStatus {
  ResourceKey key;
  std::string source_name;  ///< of the source that has it, as configured
  std::string source_file;
  int source_line = 0;
  std::string source_revision;  ///< "main@sha1:<commit>" that the desired spec was read from
  std::string observed_spec_digest;
  std::string last_attempted_revision;
  std::string last_applied_revision;
  std::string last_applied_digest;  ///< the spec digest that last succeeded
  std::vector<Condition> conditions;
  std::vector<InventoryEntry> inventory;
  std::vector<DriftEntry> drift;        ///< kept 24 h after correction
  std::vector<HistoryEntry> history;    ///< newest first, at most ten
  std::vector<std::string> depends_on;  ///< keys, as of the last run: deletes go in reverse order
  nlohmann::json details =
      nlohmann::json::object();  ///< per kind, shown as is: {"services": {...}}
  std::optional<Time> next_run;
  std::optional<Hold> held_by;
  std::string confirm;  ///< the token that is asked for now; empty: none

  const Condition* Find(std::string_view type) const;
  bool IsReady() const;
  bool operator==(const ResourceStatus&) const = default;
};

enum class Severity { kInfo, kWarning, kError };

struct Event {
  uint64_t sequence = 0;  ///< grows by one; given by the store
  Time time;              ///< of the last occurrence
  Time first;             ///< of the first
  uint64_t count = 1;     ///< the same reason and message in a row is counted, not repeated
  Severity severity = Severity::kInfo;
  ResourceKey key;
  std::string reason;
  std::string message;
  std::string revision;
  std::string actor;        ///< who caused it: a token's name, a commit's author; empty: Mooring
  std::string correlation;  ///< the id of the run that it belongs to; in the log as reconcile_id
  bool operator==(const Event&) const = default;
};

void to_json(nlohmann::json& json, const Condition& value);
/// {"act": "suspend", "actor": "ops", "reason": "", "revision": "", "until": null}
void to_json(nlohmann::json& json, const Hold& value);
void from_json(const nlohmann::json& json, Hold& value);
void from_json(const nlohmann::json& json, Condition& value);
void to_json(nlohmann::json& json, const ResourceStatus& value);
void from_json(const nlohmann::json& json, ResourceStatus& value);
void to_json(nlohmann::json& json, const Event& value);
void from_json(const nlohmann::json& json, Event& value);

std::string_view ConditionStatusName(ConditionStatus status);
std::string_view SeverityName(Severity severity);

}  // namespace mooring
