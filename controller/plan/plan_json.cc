// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan_json.h"

#include <algorithm>
#include <map>

#include "controller/base/text.h"
#include "controller/plan/fields.h"
#include "controller/plan/words.h"

namespace mooring {
namespace {

Json ToJson(const SourceLocation& where) {
  if (where.file.empty()) return nullptr;
  return {{"file", where.file}, {"line", where.line}, {"column", where.column}};
}

Json ToJson(const FieldDiff& diff) {
  const bool hide = diff.secret;
  return {{"path", diff.path},
          {"actual", hide ? Json(nullptr) : Json(diff.actual)},
          {"desired", hide ? Json(nullptr) : Json(diff.desired)},
          {"secret", diff.secret}};
}

Json ToJson(const Change& change) {
  return {{"object", change.object}, {"action", ActionName(change.action)},
          {"reason", change.reason}, {"impact", ImpactName(change.impact)},
          {"after", change.after},   {"drift", change.drift},
          {"fields", Json::array()}};
}

Json ToJson(const Error& error) {
  return {{"code", ErrorCodeName(error.code())},
          {"reason", error.reason()},
          {"message", error.ToString()}};
}

Json ToJson(const DriftEntry& drift) {
  return {{"path", drift.path}, {"desired", drift.desired}, {"actual", drift.actual}};
}

Json ToJson(const PolicyFinding& finding) {
  return {{"rule", finding.rule},
          {"severity", SeverityName(finding.severity)},
          {"source", ToJson(finding.where)},
          {"path", finding.path},
          {"message", finding.message}};
}

Json ToJson(const ResourcePlanEntry& entry);
Json ToJson(const PlanFailure& failure);

template <typename T>
Json ListToJson(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(ToJson(value));
  return list;
}

Json ToJson(const ResourcePlanEntry& entry) {
  const ResourcePlan& plan = entry.plan;
  Json changes = Json::array();
  for (const Change& change : plan.changes) {
    changes.push_back(ToJson(change));
    changes.back()["fields"] = ListToJson(change.diffs);
  }
  Json json = {{"resource", plan.key.ToString()},
               {"action", ActionName(plan.action)},
               {"impact", ImpactName(plan.impact)},
               {"source", ToJson(entry.source)},
               {"fields", ListToJson(MergedFields(plan))},
               {"changes", std::move(changes)},
               {"notes", plan.notes},
               {"wait", nullptr},
               {"blocked", nullptr},
               {"confirm", nullptr},
               {"healthy", plan.healthy},
               {"healthMessage", plan.health_message},
               {"drift", ListToJson(plan.drift)},
               {"findings", ListToJson(entry.findings)}};
  if (plan.wait) json["wait"] = {{"reason", plan.wait->reason}, {"message", plan.wait->message}};
  if (plan.blocked) json["blocked"] = ToJson(*plan.blocked);
  if (!plan.confirm.empty()) json["confirm"] = plan.confirm;
  return json;
}

Json ToJson(const PlanFailure& failure) {
  Json resources = Json::array();
  for (const ResourceKey& key : failure.resources) resources.push_back(key.ToString());
  return {{"subject", failure.subject},
          {"resources", std::move(resources)},
          {"error", ToJson(failure.error)}};
}

/// How many resources have each verb, by the verb.
Json SummaryToJson(const Plan& plan) {
  std::map<std::string, size_t> counts;
  for (const char* verb : {"create", "update", "replace", "restart", "adopt", "delete", "blocked",
                           "wait", "skip", "drift", "check"}) {
    counts[verb] = 0;
  }
  for (const ResourcePlanEntry& entry : plan.entries) ++counts[std::string(Verb(entry))];
  counts["unchanged"] = plan.unchanged;
  counts["refused"] = static_cast<size_t>(std::ranges::count_if(plan.entries, IsRefused));
  counts["failed"] = plan.failures.size();
  counts["held"] = 0;
  for (const HeldPrune& held : plan.held) counts["held"] += held.resources.size();
  return counts;
}

/// The enumerator with that name, or the first one.
template <typename Enum>
Enum FromName(std::string_view (*name_of)(Enum), Enum last, const std::string& name) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return static_cast<Enum>(0);
}

Action ReadAction(const Json& in) {
  return FromName(&ActionName, Action::kDelete, in.value("action", "none"));
}
Impact ReadImpact(const Json& in) {
  return FromName(&ImpactName, Impact::kDataLoss, in.value("impact", "none"));
}

SourceLocation ReadSource(const Json& in) {
  const auto found = in.find("source");
  if (found == in.end() || found->is_null()) return {};
  return {found->value("file", ""), found->value("line", 0), found->value("column", 0)};
}

FieldDiff ReadField(const Json& in) {
  FieldDiff diff;
  diff.path = in.value("path", "");
  diff.secret = in.value("secret", false);
  if (diff.secret) return diff;
  diff.actual = in.value("actual", "");
  diff.desired = in.value("desired", "");
  return diff;
}

Change ReadChange(const Json& in) {
  Change change;
  change.object = in.value("object", "");
  change.action = ReadAction(in);
  change.reason = in.value("reason", "");
  change.impact = ReadImpact(in);
  change.after = in.value("after", "");
  change.drift = in.value("drift", false);
  for (const Json& field : in.value("fields", Json::array())) {
    change.diffs.push_back(ReadField(field));
  }
  return change;
}

/// Throws when the text is no key, as nlohmann does when a value has another type.
ResourceKey ReadKey(const std::string& text) {
  const auto key = ResourceKey::Parse(text);
  if (!key)
    throw std::invalid_argument("\"" + text + "\" is no resource, such as App/default/shop");
  return *key;
}

Error ReadError(const Json& in) {
  const ErrorCode code =
      FromName(&ErrorCodeName, ErrorCode::kCancelled, in.value("code", "internal"));
  return Error(code, in.value("message", "")).WithReason(in.value("reason", ""));
}

ResourcePlanEntry ReadEntry(const Json& in) {
  ResourcePlanEntry entry;
  ResourcePlan& plan = entry.plan;
  plan.key = ReadKey(in.at("resource").get<std::string>());
  plan.action = ReadAction(in);
  plan.impact = ReadImpact(in);
  entry.source = ReadSource(in);
  for (const Json& c : in.value("changes", Json::array())) plan.changes.push_back(ReadChange(c));
  plan.notes = in.value("notes", std::vector<std::string>());
  if (const auto wait = in.find("wait"); wait != in.end() && !wait->is_null()) {
    plan.wait = Wait{wait->value("reason", ""), wait->value("message", "")};
  }
  if (const auto blocked = in.find("blocked"); blocked != in.end() && !blocked->is_null()) {
    plan.blocked = ReadError(*blocked);
  }
  if (const auto confirm = in.find("confirm"); confirm != in.end() && confirm->is_string())
    plan.confirm = confirm->get<std::string>();
  plan.healthy = in.value("healthy", false);
  plan.health_message = in.value("healthMessage", "");
  for (const Json& d : in.value("drift", Json::array())) {
    plan.drift.push_back(
        {d.value("path", ""), d.value("desired", ""), d.value("actual", ""), {}, {}});
  }
  for (const Json& f : in.value("findings", Json::array())) {
    entry.findings.push_back({f.value("rule", ""), ReadSource(f), f.value("message", ""),
                              f.value("path", ""),
                              FromName(&SeverityName, Severity::kError, f.value("severity", ""))});
  }
  return entry;
}

PlanFailure ReadFailure(const Json& in) {
  PlanFailure failure{in.value("subject", ""), {}, ReadError(in.at("error"))};
  for (const std::string& text : in.value("resources", std::vector<std::string>())) {
    failure.resources.push_back(ReadKey(text));
  }
  return failure;
}

}  // namespace

Json PlanToJson(const Plan& plan) {
  Json json = {{"apiVersion", kApiVersion},
               {"kind", "Plan"},
               {"host", plan.host},
               {"source", plan.source},
               {"observedAt", FormatTime(plan.observed_at)},
               {"impact", ImpactName(WorstImpact(plan))},
               {"summary", SummaryToJson(plan)},
               {"resources", ListToJson(plan.entries)},
               {"failures", ListToJson(plan.failures)},
               {"held", plan.held}};
  if (!plan.held_at.empty()) json["heldAt"] = plan.held_at;
  return json;
}

std::string RenderJson(const Plan& plan) {
  return PlanToJson(plan).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Plan> PlanFromJson(const Json& json) {
  try {
    if (json.value("kind", "") != "Plan" || json.value("apiVersion", "") != kApiVersion) {
      return Fail(ErrorCode::kInvalidArgument,
                  std::string("read a plan: expected kind Plan of ") + kApiVersion);
    }
    Plan plan;
    plan.host = json.value("host", "");
    plan.source = json.value("source", "");
    plan.held_at = json.value("heldAt", "");
    const auto time = ParseTime(json.value("observedAt", ""));
    if (!time) return Fail(ErrorCode::kInvalidArgument, "read a plan: observedAt is no time");
    plan.observed_at = *time;
    for (const Json& e : json.at("resources")) plan.entries.push_back(ReadEntry(e));
    plan.unchanged = json.at("summary").value("unchanged", size_t{0});
    for (const Json& f : json.at("failures")) plan.failures.push_back(ReadFailure(f));
    plan.held = json.value("held", std::vector<HeldPrune>());
    return plan;
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInvalidArgument, std::string("read a plan: ") + e.what());
  }
}

}  // namespace mooring
