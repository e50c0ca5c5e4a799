// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/autoscale.h"

#include <algorithm>
#include <cmath>

namespace mooring::docker {
namespace {

constexpr double kTolerance = 0.1;
/// So that what is exact on paper is not a little more here.
constexpr double kRounding = 1e-9;
/// After this long without a look nobody knows what was recommended in between.
constexpr Duration kGap = std::chrono::minutes(1);

int Needed(int current, double measured, int target) {
  const double ratio = measured / target;
  if (std::abs(ratio - 1) <= kTolerance + kRounding) return current;
  return static_cast<int>(std::ceil(current * ratio - kRounding));
}

}  // namespace

std::optional<int> Recommend(const AutoscaleRule& rule, int current, const Load& load) {
  int needed = 0;
  const auto add = [&](const std::optional<int>& target, const std::optional<double>& measured) {
    if (!target) return true;
    if (!measured) return false;
    needed = std::max(needed, Needed(current, *measured, *target));
    return true;
  };
  if (!add(rule.cpu_percent, load.cpu) || !add(rule.memory_percent, load.memory))
    return std::nullopt;
  return std::clamp(needed, rule.min_replicas, rule.max_replicas);
}

int ScaleWindow::Decide(const AutoscaleRule& rule, int current, std::optional<int> recommended,
                        SteadyTime now) {
  if (!looks_.empty() && now - looks_.back().at > kGap) looks_.clear();
  looks_.push_back({now, recommended.value_or(current)});
  const Duration longest = std::max(rule.scale_up_after, rule.scale_down_after);
  // The newest of those that are older than a window says what stood when it began.
  while (looks_.size() > 1 && now - looks_[1].at >= longest) looks_.pop_front();
  int lowest = looks_.back().count;
  int highest = lowest;
  for (auto next = looks_.rbegin(); next + 1 != looks_.rend(); ++next) {
    const int count = (next + 1)->count;
    if (now - next->at < rule.scale_up_after) lowest = std::min(lowest, count);
    if (now - next->at < rule.scale_down_after) highest = std::max(highest, count);
  }
  if (lowest > current && Covers(rule.scale_up_after, now)) return lowest;
  if (highest < current && Covers(rule.scale_down_after, now)) return highest;
  return current;
}

bool ScaleWindow::Covers(Duration window, SteadyTime now) const {
  return now - looks_.front().at >= window;
}

}  // namespace mooring::docker
