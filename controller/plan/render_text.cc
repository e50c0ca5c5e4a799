// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/plan/fields.h"
#include "controller/plan/render.h"
#include "controller/plan/words.h"

namespace mooring {
namespace {

constexpr size_t kValueLimit = 60;
constexpr size_t kMinResourceWidth = 28;
constexpr size_t kMaxResourceWidth = 60;
constexpr size_t kMaxPathWidth = 60;

/// "<action>  <resource>  <place>"; lines about it are indented to the resource.
std::string HeadLine(std::string_view verb, std::string_view what, size_t width,
                     std::string_view place) {
  return fmt::format("  {:<7}  {:<{}}  {}\n", verb, what, width, place);
}

std::string DetailLine(std::string_view text) {
  return fmt::format("           {}\n", OneLine(text));
}

size_t ResourceWidth(const Plan& plan) {
  size_t width = kMinResourceWidth;
  for (const auto& e : plan.entries) width = std::max(width, e.plan.key.ToString().size());
  return std::min(width, kMaxResourceWidth);
}

size_t PathWidth(const std::vector<std::vector<FieldDiff>>& fields) {
  size_t width = 0;
  for (const auto& of_one : fields) {
    for (const FieldDiff& field : of_one) width = std::max(width, OneLine(field.path).size());
  }
  return std::min(width, kMaxPathWidth);
}

std::string FieldLine(const FieldDiff& field, size_t width) {
  std::string values = "(secret, changed)";
  if (!field.secret) {
    const ShownValues shown = Show(field, true, kValueLimit);
    values = shown.actual + " -> " + shown.desired;
  }
  return fmt::format("             {:<{}}   {}\n", OneLine(field.path), width, values);
}

std::string FindingLine(const PolicyFinding& finding) {
  const std::string_view level = finding.severity == Severity::kError ? "error" : "warn";
  return DetailLine(
      fmt::format("{} {}, {}: {}", level, finding.rule, Place(finding.where), finding.message));
}

std::string EntryText(const ResourcePlanEntry& entry, const std::vector<FieldDiff>& fields,
                      size_t resource_width, size_t path_width) {
  const ResourcePlan& plan = entry.plan;
  std::string text =
      HeadLine(Verb(entry), OneLine(plan.key.ToString()), resource_width, Place(entry.source));
  for (const FieldDiff& field : fields) text += FieldLine(field, path_width);
  if (plan.notes.empty() && !ImpactWords(entry).empty()) text += DetailLine(ImpactWords(entry));
  for (const std::string& note : plan.notes) text += DetailLine(note);
  if (plan.blocked) text += DetailLine(Reasoned(*plan.blocked));
  if (plan.wait) {
    text += DetailLine(fmt::format("{}: {}", plan.wait->reason, plan.wait->message));
  }
  for (const PolicyFinding& finding : entry.findings) text += FindingLine(finding);
  return text;
}

std::string FailureText(const PlanFailure& failure, size_t width) {
  const std::string count = failure.resources.size() > 1
                                ? Count(failure.resources.size(), "resource") + " not compared"
                                : "not compared";
  return HeadLine("unknown", OneLine(failure.subject), width, count) +
         DetailLine(failure.error.ToString());
}

/// What is to be done about deletes that are held back.
std::string HeldText(const Plan& plan) {
  std::string text;
  for (const HeldPrune& held : plan.held)
    text += fmt::format("\n{}: {}.\n", held.reason, OneLine(held.message));
  return text;
}

std::string Summary(const Plan& plan) {
  std::string text = CountVerbs(plan);
  if (plan.unchanged > 0) text += fmt::format(", {} unchanged", plan.unchanged);
  text += ".";
  const auto refused = std::ranges::count_if(plan.entries, IsRefused);
  if (refused > 0) {
    text += fmt::format(" {} {} refused by policy.", refused, refused == 1 ? "is" : "are");
  }
  for (const HeldPrune& held : plan.held) {
    text +=
        fmt::format(" {} for {}.",
                    held.resources.size() == 1 ? "1 delete waits"
                                               : Count(held.resources.size(), "delete") + " wait",
                    held.confirm);
  }
  if (WorstImpact(plan) == Impact::kDataLoss) {
    text += " Data is lost.";
  } else if (!plan.failures.empty()) {
    text += " Incomplete: what is unknown may change too.";
  } else if (std::ranges::any_of(plan.entries,
                                 [](const auto& entry) { return entry.plan.data_unknown; })) {
    text += " Whether data goes, only the daemon knows.";
  } else if (HasChanges(plan)) {
    text += " No data is lost.";
  }
  return text + " Nothing was changed.";
}

}  // namespace

std::string RenderText(const Plan& plan) {
  const std::string title =
      fmt::format("Plan for {}: {}, against the host at {}", OneLine(plan.host),
                  OneLine(plan.source), ClockTime(plan.observed_at));
  const std::string held = plan.held_at.empty() ? "" : OneLine(plan.held_at) + "\n";
  if (plan.entries.empty() && plan.failures.empty())
    return title + ": " + Summary(plan) + "\n" + held;

  std::vector<std::vector<FieldDiff>> fields;
  fields.reserve(plan.entries.size());
  for (const auto& entry : plan.entries) fields.push_back(ShownFields(entry.plan));
  const size_t resource_width = ResourceWidth(plan);
  const size_t path_width = PathWidth(fields);
  std::string text = title + "\n" + held + "\n";
  for (size_t i = 0; i < plan.entries.size(); ++i) {
    text += EntryText(plan.entries[i], fields[i], resource_width, path_width);
  }
  for (const PlanFailure& failure : plan.failures) text += FailureText(failure, resource_width);
  return text + HeldText(plan) + "\n" + Summary(plan) + "\n";
}

}  // namespace mooring
