// SPDX-License-Identifier: Apache-2.0
// What `mooring doctor` says of signed commits: the files of trusted signers, the programs that
// verify, and whether what is on this machine of a source would be taken. REQUIRES: a git::Library.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "controller/cli/config.h"

namespace mooring::cli {

struct TrustFinding {
  enum class Verdict { kGood, kBad, kNote };
  Verdict verdict = Verdict::kGood;
  std::string text;
  bool operator==(const TrustFinding&) const = default;
};

/// Of every source whose commits must be signed; starts programs, changes nothing, uses no network.
std::vector<TrustFinding> ExamineTrust(const Config& config, const std::stop_token& stop);

}  // namespace mooring::cli
