// SPDX-License-Identifier: Apache-2.0
// Whether a revision may be followed at all. Used by the one thread that follows the source.
#pragma once

#include <stop_token>
#include <string>

#include "controller/base/error.h"
#include "controller/source/revision.h"

namespace mooring {

class RevisionVerifier {
 public:
  virtual ~RevisionVerifier() = default;
  /// Who answers for it: "ops@example.com". `in_force` is what was followed until now; without a
  /// commit at the very first. An error with the reason SignatureInvalid refuses the revision and
  /// says what a person can do; any other leaves it unknown.
  virtual Result<std::string> Verify(const Revision& revision, const Revision& in_force,
                                     const std::stop_token& stop) = 0;
};

}  // namespace mooring
