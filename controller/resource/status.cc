// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/status.h"

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

using nlohmann::json;

json TimeOrNull(const std::optional<Time>& time) {
  return time ? json(FormatTime(*time)) : json(nullptr);
}

std::optional<Time> ReadTime(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return ParseTime(found->get<std::string>());
}

void WriteInventory(json& out, const std::vector<InventoryEntry>& entries) {
  out = json::array();
  for (const auto& e : entries) {
    out.push_back({{"id", e.id}, {"name", e.name}, {"since", FormatTime(e.since)}});
  }
}

void WriteDrift(json& out, const std::vector<DriftEntry>& entries) {
  out = json::array();
  for (const auto& e : entries) {
    out.push_back({{"path", e.path},
                   {"desired", e.desired},
                   {"actual", e.actual},
                   {"since", FormatTime(e.since)},
                   {"corrected", TimeOrNull(e.corrected)}});
  }
}

void WriteHistory(json& out, const std::vector<HistoryEntry>& entries) {
  out = json::array();
  for (const auto& e : entries) {
    out.push_back({{"revision", e.revision},
                   {"trigger", e.trigger},
                   {"started", FormatTime(e.started)},
                   {"duration", FormatElapsed(e.duration)},
                   {"changes", e.changes},
                   {"outcome", e.outcome}});
  }
}

}  // namespace

std::string_view ConditionStatusName(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "info";
}

const Condition* ResourceStatus::Find(std::string_view type) const {
  for (const Condition& c : conditions) {
    if (c.type == type) return &c;
  }
  return nullptr;
}

bool ResourceStatus::IsReady() const {
  const Condition* ready = Find(condition::kReady);
  return ready != nullptr && ready->status == ConditionStatus::kTrue;
}

void to_json(json& out, const Condition& c) {
  out = {{"type", c.type},         {"status", ConditionStatusName(c.status)},
         {"reason", c.reason},     {"message", c.message},
         {"revision", c.revision}, {"lastTransitionTime", FormatTime(c.last_transition)}};
}

void from_json(const json& in, Condition& c) {
  c.type = in.value("type", "");
  const std::string status = in.value("status", "Unknown");
  c.status = status == "True"    ? ConditionStatus::kTrue
             : status == "False" ? ConditionStatus::kFalse
                                 : ConditionStatus::kUnknown;
  c.reason = in.value("reason", "");
  c.message = in.value("message", "");
  c.revision = in.value("revision", "");
  c.last_transition = ReadTime(in, "lastTransitionTime").value_or(Time());
}

void to_json(json& out, const Hold& h) {
  out = {{"act", h.act == Hold::Act::kRollback ? "rollback" : "suspend"},
         {"actor", h.actor},
         {"reason", h.reason},
         {"revision", h.revision},
         {"until", TimeOrNull(h.until)}};
}

void from_json(const json& in, Hold& h) {
  h.act = in.value("act", "") == "rollback" ? Hold::Act::kRollback : Hold::Act::kSuspend;
  h.actor = in.value("actor", "");
  h.reason = in.value("reason", "");
  h.revision = in.value("revision", "");
  h.until = ReadTime(in, "until");
}

void to_json(json& out, const ResourceStatus& s) {
  out = s.details;
  out["key"] = s.key.ToString();
  out["source"] = {
      {"file", s.source_file}, {"line", s.source_line}, {"revision", s.source_revision}};
  if (!s.source_name.empty()) out["source"]["name"] = s.source_name;
  out["observedSpecDigest"] = s.observed_spec_digest;
  out["lastAttemptedRevision"] = s.last_attempted_revision;
  out["lastAppliedRevision"] = s.last_applied_revision;
  out["lastAppliedSpecDigest"] = s.last_applied_digest;
  out["conditions"] = s.conditions;
  WriteInventory(out["inventory"], s.inventory);
  WriteDrift(out["drift"], s.drift);
  WriteHistory(out["history"], s.history);
  out["dependsOn"] = s.depends_on;
  out["nextRun"] = TimeOrNull(s.next_run);
  out["heldBy"] = s.held_by ? json(*s.held_by) : json();
  out["confirm"] = s.confirm.empty() ? json() : json(s.confirm);
}

void from_json(const json& in, ResourceStatus& s) {
  s = {};
  if (const auto key = ResourceKey::Parse(in.value("key", ""))) s.key = *key;
  const json source = in.value("source", json::object());
  s.source_name = source.value("name", "");
  s.source_file = source.value("file", "");
  s.source_line = source.value("line", 0);
  s.source_revision = source.value("revision", "");
  s.observed_spec_digest = in.value("observedSpecDigest", "");
  s.last_attempted_revision = in.value("lastAttemptedRevision", "");
  s.last_applied_revision = in.value("lastAppliedRevision", "");
  s.last_applied_digest = in.value("lastAppliedSpecDigest", "");
  s.conditions = in.value("conditions", std::vector<Condition>());
  for (const json& e : in.value("inventory", json::array())) {
    s.inventory.push_back(
        {e.value("id", ""), e.value("name", ""), ReadTime(e, "since").value_or(Time())});
  }
  for (const json& e : in.value("drift", json::array())) {
    s.drift.push_back({e.value("path", ""), e.value("desired", ""), e.value("actual", ""),
                       ReadTime(e, "since").value_or(Time()), ReadTime(e, "corrected")});
  }
  for (const json& e : in.value("history", json::array())) {
    s.history.push_back({e.value("revision", ""), e.value("trigger", ""),
                         ReadTime(e, "started").value_or(Time()),
                         ParseDuration(e.value("duration", "0")).value_or(Duration(0)),
                         e.value("changes", 0), e.value("outcome", "")});
  }
  s.depends_on = in.value("dependsOn", std::vector<std::string>());
  s.next_run = ReadTime(in, "nextRun");
  if (const auto held = in.find("heldBy"); held != in.end() && held->is_object())
    s.held_by = held->get<Hold>();
  if (const auto token = in.find("confirm"); token != in.end() && token->is_string())
    s.confirm = token->get<std::string>();
  for (const auto& [key, value] : in.items()) {
    static const std::set<std::string> kOwn = {"key",
                                               "source",
                                               "observedSpecDigest",
                                               "lastAttemptedRevision",
                                               "lastAppliedRevision",
                                               "lastAppliedSpecDigest",
                                               "conditions",
                                               "inventory",
                                               "drift",
                                               "history",
                                               "dependsOn",
                                               "nextRun",
                                               "heldBy",
                                               "confirm"};
    if (!kOwn.contains(key)) s.details[key] = value;
  }
}

void to_json(json& out, const Event& e) {
  out = {{"sequence", e.sequence},
         {"time", FormatTime(e.time)},
         {"first", FormatTime(e.first)},
         {"count", e.count},
         {"severity", SeverityName(e.severity)},
         {"resource", e.key.ToString()},
         {"reason", e.reason},
         {"message", e.message},
         {"revision", e.revision},
         {"actor", e.actor},
         {"correlation", e.correlation}};
}

void from_json(const json& in, Event& e) {
  e.sequence = in.value("sequence", uint64_t{0});
  e.time = ReadTime(in, "time").value_or(Time());
  e.first = ReadTime(in, "first").value_or(e.time);
  e.count = in.value("count", uint64_t{1});
  const std::string severity = in.value("severity", "info");
  e.severity = severity == "error"     ? Severity::kError
               : severity == "warning" ? Severity::kWarning
                                       : Severity::kInfo;
  if (const auto key = ResourceKey::Parse(in.value("resource", ""))) e.key = *key;
  e.reason = in.value("reason", "");
  e.message = in.value("message", "");
  e.revision = in.value("revision", "");
  e.actor = in.value("actor", "");
  e.correlation = in.value("correlation", "");
}

}  // namespace mooring
