// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/plan/fields.h"
#include "controller/plan/markdown.h"
#include "controller/plan/render.h"
#include "controller/plan/words.h"

namespace mooring {
namespace {

constexpr size_t kCellFields = 3;
constexpr size_t kCellValueLimit = 40;
/// Forges refuse comments beyond 64 KiB.
constexpr size_t kMaxTable = 16'000;
constexpr size_t kMaxDetails = 32'000;

bool NeedsConfirmation(const ResourcePlanEntry& entry) {
  return std::ranges::any_of(entry.findings, [](const auto& f) { return f.rule == "data-loss"; });
}

std::string_view Interruption(const Plan& plan) {
  switch (WorstImpact(plan)) {
    case Impact::kNone:
      return plan.failures.empty() ? " · no downtime" : "";
    case Impact::kRestart:
      return " · restarts";
    case Impact::kDowntime:
      return " · downtime";
    case Impact::kDataLoss:
      return " · **data loss**";
  }
  return "";
}

std::string Title(const Plan& plan) {
  std::string title = fmt::format("### Plan: {} on {}", CountVerbs(plan), MarkdownValue(plan.host));
  if (HasChanges(plan)) title += Interruption(plan);
  const auto unconfirmed = std::ranges::count_if(plan.entries, NeedsConfirmation);
  const auto refused = std::ranges::count_if(plan.entries, IsRefused) - unconfirmed;
  const size_t confirmations = static_cast<size_t>(unconfirmed) + plan.held.size();
  if (confirmations > 0) {
    title += fmt::format(" · **{} needed**", Count(confirmations, "confirmation"));
  }
  if (refused > 0) title += fmt::format(" · **{} refused**", refused);
  if (!plan.failures.empty()) title += " · **incomplete**";
  return title;
}

std::string FieldCell(const FieldDiff& field) {
  if (field.secret) return CodeSpan(field.path) + " (secret, changed)";
  const ShownValues shown = Show(field, false, kCellValueLimit);
  return fmt::format("{} {} → {}", CodeSpan(field.path), MarkdownValue(shown.actual),
                     MarkdownValue(shown.desired));
}

std::string WhatCell(const ResourcePlanEntry& entry) {
  std::vector<std::string> parts;
  const std::vector<FieldDiff> fields = ShownFields(entry.plan);
  for (size_t i = 0; i < std::min(fields.size(), kCellFields); ++i) {
    parts.push_back(FieldCell(fields[i]));
  }
  if (fields.size() > kCellFields) {
    parts.push_back(fmt::format("{} more", fields.size() - kCellFields));
  }
  if (parts.empty() && entry.source.file.empty()) parts.push_back("file removed");
  if (parts.empty() && Verb(entry) == "create") parts.push_back("new");
  if (parts.empty() && entry.plan.HasChanges()) {
    parts.push_back(MarkdownProse(entry.plan.changes.front().reason));
  }
  return Join(parts, ", ");
}

/// "none: StartFirst" of "no downtime: StartFirst"; what loses data is set in bold.
std::string ImpactNote(std::string_view note) {
  constexpr std::string_view kNoDowntime = "no downtime";
  constexpr std::string_view kDataLoss = "data loss";
  if (note.starts_with(kNoDowntime)) {
    return "none" + MarkdownProse(note.substr(kNoDowntime.size()));
  }
  if (note.starts_with(kDataLoss)) {
    return "**data loss**" + MarkdownProse(note.substr(kDataLoss.size()));
  }
  return MarkdownProse(note);
}

std::string ImpactCell(const ResourcePlanEntry& entry) {
  std::vector<std::string> parts;
  parts.reserve(entry.plan.notes.size());
  for (const std::string& note : entry.plan.notes) parts.push_back(ImpactNote(note));
  if (parts.empty() && !ImpactWords(entry).empty()) parts.push_back(ImpactNote(ImpactWords(entry)));
  if (entry.plan.blocked) parts.push_back(MarkdownProse(Reasoned(*entry.plan.blocked)));
  if (entry.plan.wait) {
    parts.push_back(fmt::format("{}: {}", MarkdownProse(entry.plan.wait->reason),
                                MarkdownProse(entry.plan.wait->message)));
  }
  return Join(parts, "; ");
}

std::string Table(const Plan& plan) {
  if (plan.entries.empty()) return "";
  std::string table = "| | resource | what | impact |\n|---|---|---|---|\n";
  size_t rows = 0;
  for (const ResourcePlanEntry& entry : plan.entries) {
    if (table.size() > kMaxTable) break;
    table += fmt::format("| {} | {} | {} | {} |\n", Verb(entry),
                         CodeSpan(entry.plan.key.ToString()), WhatCell(entry), ImpactCell(entry));
    ++rows;
  }
  if (rows < plan.entries.size()) {
    table += fmt::format("\nand {} not shown here; `mooring plan` shows them.\n",
                         Count(plan.entries.size() - rows, "more resource"));
  }
  return table + "\n";
}

/// One line each, errors first.
std::string Findings(const Plan& plan) {
  std::vector<const PolicyFinding*> findings;
  for (const ResourcePlanEntry& entry : plan.entries) {
    for (const PolicyFinding& finding : entry.findings) findings.push_back(&finding);
  }
  std::ranges::stable_sort(findings,
                           [](const auto* a, const auto* b) { return a->severity > b->severity; });
  std::string text;
  for (const PolicyFinding* finding : findings) {
    if (text.size() > kMaxTable / 2) return text + "and more; `mooring plan` shows them.\n\n";
    text +=
        fmt::format("`{}` {} · {} · {}\n", finding->severity == Severity::kError ? "error" : "warn",
                    MarkdownProse(finding->rule), MarkdownProse(Place(finding->where)),
                    MarkdownProse(finding->message));
  }
  return text;
}

/// Deletes that are held back, and the one way to confirm them.
std::string HeldLines(const Plan& plan) {
  std::string text;
  for (const HeldPrune& held : plan.held) {
    // The line to commit as one piece of code.
    const std::string line = fmt::format("prune: {{confirm: {}}}", held.confirm);
    std::string message = held.message;
    if (const size_t at = message.find(line); at != std::string::npos)
      message.replace(at, line.size(), "`" + line + "`");
    text += fmt::format("`held` {} · {}\n", MarkdownProse(held.reason), MarkdownProse(message));
  }
  return text;
}

std::string FailureLines(const Plan& plan) {
  std::string text;
  for (const PlanFailure& failure : plan.failures) {
    text += fmt::format("`unknown` {} · {}\n", MarkdownProse(Unknown(failure)),
                        MarkdownProse(failure.error.ToString()));
  }
  return text;
}

std::string Details(const Plan& plan) {
  std::string rows;
  size_t left_out = 0;
  for (const ResourcePlanEntry& entry : plan.entries) {
    const std::string key = CodeSpan(entry.plan.key.ToString());
    for (const FieldDiff& field : ShownFields(entry.plan)) {
      std::string row =
          field.secret ? fmt::format("| {} | {} | (secret) | (secret, changed) |\n", key,
                                     CodeSpan(field.path))
                       : fmt::format("| {} | {} | {} | {} |\n", key, CodeSpan(field.path),
                                     field.actual.empty() ? "(unset)" : CodeSpan(field.actual),
                                     field.desired.empty() ? "(unset)" : CodeSpan(field.desired));
      if (rows.size() + row.size() > kMaxDetails) {
        ++left_out;
      } else {
        rows += row;
      }
    }
  }
  if (rows.empty() && left_out == 0) return "";
  std::string text =
      "<details><summary>All fields, both values</summary>\n\n"
      "| resource | field | on the host | in Git |\n|---|---|---|---|\n" +
      rows;
  if (left_out > 0) {
    text +=
        fmt::format("\n{} left out; `mooring plan -o json` has them.\n", Count(left_out, "field"));
  }
  return text + "\n</details>\n\n";
}

std::string Footer(const Plan& plan, const MarkdownContext& context) {
  std::string text;
  if (context.base.empty()) {
    text = fmt::format("{}, host state", MarkdownProse(plan.source));
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  } else {
    text =
        fmt::format("Base {}, head {}, host state", CodeSpan(context.base), CodeSpan(context.head));
  }
  if (!context.host_state.empty()) text += " " + CodeSpan(context.host_state);
  text +=
      fmt::format(" read {}. Marked stale when one of them moves.", ClockTime(plan.observed_at));
  std::vector<std::string> unknown;
  unknown.reserve(plan.failures.size() + context.not_checked.size());
  for (const PlanFailure& failure : plan.failures)
    unknown.push_back(MarkdownProse(Unknown(failure)));
  for (const std::string& other : context.not_checked) unknown.push_back(MarkdownProse(other));
  if (!unknown.empty()) text += " Not checked: " + Join(unknown, ", ") + ".";
  return text + "\n";
}

}  // namespace

std::string RenderMarkdown(const Plan& plan, const MarkdownContext& context) {
  const std::string lines = Findings(plan) + HeldLines(plan) + FailureLines(plan);
  const std::string details = Details(plan);
  const std::string held = plan.held_at.empty() ? "" : MarkdownProse(plan.held_at) + "\n\n";
  const bool gap = details.empty() && (!lines.empty() || plan.entries.empty());
  return "<!-- mooring:sticky v=1 key=plan -->\n" + Title(plan) + "\n" + held + Table(plan) +
         lines + details + (gap ? "\n" : "") + Footer(plan, context);
}

}  // namespace mooring
