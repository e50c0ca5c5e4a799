// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/diff_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/plan/fields.h"
#include "controller/plan/words.h"

namespace mooring::cli {
namespace {

constexpr size_t kValueLimit = 60;

/// Steps that no field explains: a container that is missing, or was stopped by hand.
std::vector<const Change*> WholeObjects(const ResourcePlan& plan) {
  std::vector<const Change*> objects;
  for (const Change& change : plan.changes) {
    if (change.diffs.empty()) objects.push_back(&change);
  }
  return objects;
}

bool IsDrift(const ResourcePlan& plan, const std::string& path) {
  const bool changes = std::ranges::any_of(plan.changes, [&](const Change& change) {
    return !change.drift && std::ranges::any_of(change.diffs, [&](const FieldDiff& field) {
      return field.path == path;
    });
  });
  return !changes;
}

std::string_view Why(bool drift) { return drift ? "the host moved" : "not applied yet"; }

std::string EntryText(const ResourcePlanEntry& entry, const TableOptions& options) {
  std::string out = Paint(entry.plan.key.ToString(), Style::kBold, options.color);
  out += fmt::format("  {}\n", Place(entry.source));
  std::vector<Row> rows = {{"  FIELD", "ON THE HOST", "APPLIED", "WHY"}};
  for (const FieldDiff& field : ShownFields(entry.plan)) {
    const bool drift = IsDrift(entry.plan, field.path);
    const ShownValues values = Show(field, true, kValueLimit);
    rows.push_back({"  " + field.path,
                    {field.secret ? "(secret)" : values.actual, Style::kBad},
                    {field.secret ? "(secret, differs)" : values.desired, Style::kGood},
                    std::string(Why(drift))});
  }
  for (const Change* change : WholeObjects(entry.plan)) {
    rows.push_back({"  " + change->object,
                    {change->reason, Style::kBad},
                    std::string(ActionName(change->action)),
                    std::string(Why(change->drift))});
  }
  out += Table(std::move(rows), options);
  if (entry.plan.wait)
    out += fmt::format("  {}: {}\n", entry.plan.wait->reason, OneLine(entry.plan.wait->message));
  return out + "\n";
}

}  // namespace

size_t DifferenceCount(const ResourcePlanEntry& entry) {
  return ShownFields(entry.plan).size() + WholeObjects(entry.plan).size();
}

std::string DiffText(const Plan& plan, const TableOptions& options) {
  std::string out;
  size_t differences = 0;
  size_t resources = 0;
  for (const ResourcePlanEntry& entry : plan.entries) {
    const size_t count = DifferenceCount(entry);
    if (count == 0) continue;
    differences += count;
    ++resources;
    out += EntryText(entry, options);
  }
  for (const PlanFailure& failure : plan.failures) {
    out += fmt::format("{}  not compared: {}\n\n", OneLine(failure.subject),
                       OneLine(failure.error.ToString()));
  }
  const size_t looked_at = plan.entries.size() + plan.unchanged;
  if (differences == 0) {
    return out + fmt::format("No difference in {}, against the host at {}.\n",
                             Count(looked_at, "resource"), ClockTime(plan.observed_at));
  }
  return out + fmt::format("{} in {} of {}, against the host at {}. Nothing was changed.\n",
                           Count(differences, "difference"), resources,
                           Count(looked_at, "resource"), ClockTime(plan.observed_at));
}

}  // namespace mooring::cli
