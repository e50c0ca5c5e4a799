// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/liveness.h"

#include <fmt/format.h>

#include "controller/base/text.h"

namespace mooring {
namespace {

/// What is due finds a free worker at once; this long means that nobody was woken.
constexpr Duration kLongestIdleWithWork = std::chrono::minutes(2);

}  // namespace

void Liveness::Expect(const std::string& what, Duration limit) {
  expected_.With([&](auto& expected) { expected[what] = {clock_.Steady(), limit}; });
}

void Liveness::Progress(const std::string& what) {
  expected_.With([&](auto& expected) {
    const auto found = expected.find(what);
    if (found != expected.end()) found->second.heard = clock_.Steady();
  });
}

void Liveness::Done(const std::string& what) {
  expected_.With([&](auto& expected) { expected.erase(what); });
}

std::optional<std::string> Liveness::Stuck() const {
  if (read_queue_) {
    const Queue queue = read_queue_();
    if (queue.waiting > 0 && queue.processing == 0 && queue.oldest_age > kLongestIdleWithWork) {
      return fmt::format("{} due for {} and no worker takes any", Count(queue.waiting, "resource"),
                         FormatAge(queue.oldest_age));
    }
  }
  return expected_.With([&](const auto& expected) -> std::optional<std::string> {
    for (const auto& [what, expectation] : expected) {
      const Duration silent = clock_.Steady() - expectation.heard;
      if (silent <= expectation.limit) continue;
      return fmt::format("{} has not gone on for {}", what, FormatAge(silent));
    }
    return std::nullopt;
  });
}

}  // namespace mooring
