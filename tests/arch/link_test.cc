// SPDX-License-Identifier: Apache-2.0
// The agent cannot act on a host: a binary of everything that it may link, all members of it, holds
// no code that writes to one, and none of the daemon's store or loop.
#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "tests/arch/repository.h"

namespace mooring::arch {
namespace {

// Parts of demangled names. Appliers are known by the signature of what they override.
constexpr std::array<std::string_view, 10> kForbidden = {
    "::Apply(mooring::ResourceKey const&, mooring::Change const&",
    "mooring::docker::",
    "mooring::caddy::",
    "mooring::kopia::",
    "mooring::Store::",
    "mooring::RocksDbStore::",
    "mooring::MemoryStore::",
    "mooring::Controller::",
    "mooring::Executor::",
    "mooring::StatusWriter::",
};

std::string Symbols(std::string_view binary) {
  return RunCommand(std::string(MOORING_NM) + " -C --defined-only '" + std::string(binary) + "'");
}

std::vector<std::string> ForbiddenSymbols(std::string_view binary) {
  std::vector<std::string> findings;
  std::istringstream symbols(Symbols(binary));
  for (std::string line; std::getline(symbols, line);) {
    for (const std::string_view part : kForbidden) {
      if (line.find(part) != std::string::npos) findings.push_back(line);
    }
  }
  return findings;
}

TEST(AgentLink, HoldsNothingThatWritesToAHost) {
  EXPECT_EQ(Lines(ForbiddenSymbols(MOORING_AGENT_LINK)), "");
}

TEST(AgentLink, HoldsAllOfWhatItMayLink) {
  // One function each that nothing calls: proof that whole libraries were looked at.
  const std::string symbols = Symbols(MOORING_AGENT_LINK);
  EXPECT_NE(symbols.find("mooring::HostKey::LoadOrCreate"), std::string::npos);
  EXPECT_NE(symbols.find("mooring::Diagnostic::ToString"), std::string::npos);
}

TEST(AgentLink, WouldBeFound) {
  const std::string findings = Lines(ForbiddenSymbols(MOORING_AGENT_LINK_CONTROL));
  EXPECT_NE(findings.find("Apply(mooring::ResourceKey const&"), std::string::npos) << findings;
  EXPECT_NE(findings.find("mooring::docker::"), std::string::npos) << findings;
}

}  // namespace
}  // namespace mooring::arch
