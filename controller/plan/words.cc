// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

struct VerbForm {
  std::string_view verb;
  std::string_view counted;  ///< "waiting" of "2 waiting"; empty: "2 updates"
};

/// In the order in which they are counted.
constexpr std::array<VerbForm, 11> kVerbs = {{{"create", ""},
                                              {"update", ""},
                                              {"replace", ""},
                                              {"restart", ""},
                                              {"adopt", "to adopt"},
                                              {"delete", ""},
                                              {"blocked", "blocked"},
                                              {"wait", "waiting"},
                                              {"skip", "skipped"},
                                              {"drift", "drifted"},
                                              {"check", "to check"}}};

}  // namespace

std::string_view Verb(const ResourcePlanEntry& entry) {
  const ResourcePlan& plan = entry.plan;
  if (plan.HasChanges()) {
    return ActionName(plan.action == Action::kNone ? plan.changes.front().action : plan.action);
  }
  if (plan.blocked) return "blocked";
  if (plan.wait) return plan.wait->reason == reason::kReconcilerDisabled ? "skip" : "wait";
  return plan.drift.empty() ? "check" : "drift";
}

std::string CountVerbs(const Plan& plan) {
  std::vector<std::string> parts;
  for (const VerbForm& form : kVerbs) {
    const auto n = static_cast<size_t>(std::ranges::count_if(
        plan.entries, [&](const ResourcePlanEntry& entry) { return Verb(entry) == form.verb; }));
    if (n == 0) continue;
    parts.push_back(form.counted.empty() ? Count(n, form.verb)
                                         : fmt::format("{} {}", n, form.counted));
  }
  return parts.empty() ? "no changes" : Join(parts, ", ");
}

std::string_view ImpactWords(const ResourcePlanEntry& entry) {
  if (!entry.plan.HasChanges()) return "";
  switch (entry.plan.impact) {
    case Impact::kRestart:
      return "restart";
    case Impact::kDowntime:
      return "downtime";
    case Impact::kDataLoss:
      return "data loss";
    case Impact::kNone:
      break;
  }
  const std::string_view verb = Verb(entry);
  return verb == "create" || verb == "delete" ? "" : "no downtime";
}

std::string Place(const SourceLocation& where) {
  if (where.file.empty()) return "file removed";
  return where.line == 0 ? where.file : fmt::format("{}:{}", where.file, where.line);
}

std::string ClockTime(Time time) { return FormatTime(time).substr(11, 8) + " UTC"; }

std::string Reasoned(const Error& error) {
  return error.reason().empty() ? error.ToString() : error.reason() + ": " + error.ToString();
}

std::string Unknown(const PlanFailure& failure) {
  const bool itself =
      failure.resources.size() == 1 && failure.resources[0].ToString() == failure.subject;
  if (itself || failure.resources.empty()) return failure.subject;
  return failure.subject + ": " + Count(failure.resources.size(), "resource");
}

}  // namespace mooring
