// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/log_merge.h"

#include <algorithm>

namespace mooring::cli {

void LogMerge::Put(Source source, docker::LogLine line, SteadyTime now) {
  sources_[source].lines.push_back({std::move(line), now});
}

void LogMerge::End(Source source) {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return;
  found->second.open = false;
  if (found->second.lines.empty()) sources_.erase(found);
}

std::map<LogMerge::Source, LogMerge::Queue>::iterator LogMerge::Earliest() {
  auto earliest = sources_.end();
  for (auto it = sources_.begin(); it != sources_.end(); ++it) {
    if (it->second.lines.empty()) continue;
    if (earliest == sources_.end() ||
        it->second.lines.front().line.time < earliest->second.lines.front().line.time) {
      earliest = it;
    }
  }
  return earliest;
}

std::optional<LogMerge::Taken> LogMerge::Take(SteadyTime now) {
  const auto earliest = Earliest();
  if (earliest == sources_.end()) return std::nullopt;
  std::deque<Waiter>& lines = earliest->second.lines;
  const bool all_told = std::all_of(sources_.begin(), sources_.end(), [](const auto& source) {
    return !source.second.open || !source.second.lines.empty();
  });
  // A line that has waited long enough takes those before it along.
  const auto next = NextAt();
  if (!all_told && !(next && *next <= now)) return std::nullopt;
  Taken taken{earliest->first, std::move(lines.front().line)};
  lines.pop_front();
  if (lines.empty() && !earliest->second.open) sources_.erase(earliest);
  return taken;
}

std::optional<SteadyTime> LogMerge::NextAt() const {
  if (!window_) return std::nullopt;
  std::optional<SteadyTime> next;
  for (const auto& [source, queue] : sources_) {
    if (queue.lines.empty()) continue;
    const SteadyTime at = queue.lines.front().came + *window_;
    if (!next || at < *next) next = at;
  }
  return next;
}

size_t LogMerge::Waiting(Source source) const {
  const auto found = sources_.find(source);
  return found == sources_.end() ? 0 : found->second.lines.size();
}

}  // namespace mooring::cli
