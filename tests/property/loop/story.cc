// SPDX-License-Identifier: Apache-2.0
#include "tests/property/loop/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace mooring::testing {
namespace {

constexpr int kSteps = 12;
constexpr std::array kNames = {"commit",      "drift", "fault",      "engine down",
                               "events lost", "crash", "store lost", "pass"};
/// Of a hundred steps, how many are of each kind.
constexpr std::array kWeights = {34, 26, 12, 3, 4, 9, 3, 9};

}  // namespace

Story RandomStory(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::discrete_distribution<int> kind(kWeights.begin(), kWeights.end());
  Story story = {{Step::Kind::kCommit, 0, 0, 0}};
  while (story.size() < kSteps) {
    const auto number = [&] { return static_cast<unsigned>(random() % 10'000); };
    Step step{.kind = static_cast<Step::Kind>(kind(random))};
    step.a = number();
    step.b = number();
    step.c = number();
    story.push_back(step);
  }
  return story;
}

std::string ToString(const Story& story) {
  std::string text;
  for (const Step& step : story) {
    text += fmt::format("  {} {} {} {}\n", kNames.at(static_cast<size_t>(step.kind)), step.a,
                        step.b, step.c);
  }
  return text;
}

Story Shrink(Story story, const std::function<bool(const Story&)>& fails, int tries) {
  for (size_t chunk = std::max<size_t>(story.size() / 2, 1);; chunk /= 2) {
    for (size_t at = 0; at < story.size() && tries > 0;) {
      Story shorter = story;
      const size_t end = std::min(at + chunk, story.size());
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at),
                    shorter.begin() + static_cast<std::ptrdiff_t>(end));
      --tries;
      if (fails(shorter)) {
        story = std::move(shorter);
      } else {
        at = end;
      }
    }
    if (chunk <= 1) return story;
  }
}

}  // namespace mooring::testing
