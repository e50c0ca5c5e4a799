// SPDX-License-Identifier: Apache-2.0
// Whatever is committed, whatever happens to the host, and whenever the daemon dies: the loop comes
// to rest at what Git says, writes nothing more, touches nothing of others, removes no volume, and
// has told of what it did. In any order of the same triggers the end is the same.
// MOORING_TEST_SEED=<n> repeats one case, MOORING_TEST_RUNS=<n> makes so many from there on.
#include <gtest/gtest.h>

#include <cstdlib>

#include "controller/base/text.h"
#include "tests/property/loop/story.h"
#include "tests/property/loop/world.h"

namespace mooring::testing {
namespace {

constexpr uint64_t kCases = 1'000;
constexpr uint64_t kShares = 4;
constexpr uint64_t kShuffledEvery = 4;
constexpr int kShrinkTries = 100;

uint64_t FromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// What is wrong with a case, or with the same triggers in another order; empty: nothing.
std::vector<std::string> Judge(const Story& story, uint64_t order) {
  World world;
  std::vector<std::string> problems = world.Play(story);
  if (order == 0 || !problems.empty()) return problems;
  World shuffled(order);
  problems = shuffled.Play(story);
  if (problems.empty() && shuffled.End() != world.End()) {
    problems.push_back("in another order the end is\n" + shuffled.End() + "\nand not\n" +
                       world.End());
  }
  return problems;
}

/// Empty: the case is as it should be; else what went wrong, and the shortest story that does.
std::string Failure(uint64_t seed) {
  const uint64_t order = seed % kShuffledEvery == 0 ? seed : 0;
  const Story story = RandomStory(seed);
  const std::vector<std::string> problems = Judge(story, order);
  if (problems.empty()) return "";
  const auto fails = [&](const Story& s) { return !Judge(s, order).empty(); };
  const Story shorter = Shrink(story, fails, kShrinkTries);
  return fmt::format(
      "MOORING_TEST_SEED={}: {}\n\nthe whole story:\n{}\nas short as it fails:\n{}"
      "\nwith {}",
      seed, Join(problems, "\n"), ToString(story), ToString(shorter),
      Join(Judge(shorter, order), "\n"));
}

/// A share of the cases each, so that they can run beside each other.
class LoopConvergence : public ::testing::TestWithParam<uint64_t> {};

TEST_P(LoopConvergence, WhateverHappensItComesToRestAtWhatGitSays) {
  const uint64_t share = kCases / kShares;
  const uint64_t given = FromEnvironment("MOORING_TEST_SEED", 0);
  const uint64_t first = given != 0 ? given : 1 + GetParam() * share;
  const uint64_t runs = FromEnvironment("MOORING_TEST_RUNS", given != 0 ? 1 : share);
  std::puts(fmt::format("seeds {} to {}", first, first + runs - 1).c_str());
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    const std::string failure = Failure(seed);
    ASSERT_TRUE(failure.empty()) << failure;
  }
}

INSTANTIATE_TEST_SUITE_P(Shares, LoopConvergence, ::testing::Range<uint64_t>(0, kShares));

}  // namespace
}  // namespace mooring::testing
