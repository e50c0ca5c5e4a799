// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::cli {
namespace {

std::vector<std::string> Shown(const Readiness& readiness) {
  std::vector<std::string> shown;
  for (const http::ReadinessPart& part : readiness.Parts()) {
    shown.push_back(fmt::format("{} {} {}", part.name, part.ready, part.reason));
  }
  return shown;
}

TEST(Readiness, NothingIsReadyBeforeItWasLookedAt) {
  EXPECT_THAT(
      Shown(Readiness(Config())),
      ::testing::ElementsAre("caddy false not looked at yet", "engine false not looked at yet",
                             "git false not looked at yet", "store false not looked at yet"));
}

TEST(Readiness, WhatIsOffIsNoPart) {
  Config config;
  config.docker_enabled = config.caddy_enabled = false;
  Readiness readiness(config);
  readiness.Set("git", true, "main@4b1c9e2");
  EXPECT_THAT(Shown(readiness),
              ::testing::ElementsAre("git true main@4b1c9e2", "store false not looked at yet"));
}

}  // namespace
}  // namespace mooring::cli
