// SPDX-License-Identifier: Apache-2.0
// What one run of the loop over one resource ends with. Exactly one of four; nothing beside it.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring {

struct Done {};
struct Waiting {
  std::string reason;
  std::string message;
  Duration look_again{0};
};
struct Retry {
  Error error;
};
struct Stalled {
  Error error;
};
/// Shutting down: nothing is recorded.
struct Interrupted {};

using ReconcileOutcome = std::variant<Done, Waiting, Retry, Stalled, Interrupted>;

/// The one place that maps an error's code to what the loop does about it.
ReconcileOutcome ClassifyError(Error error);

/// "Done", "Waiting", "Retry", "Stalled".
std::string_view OutcomeName(const ReconcileOutcome& outcome);

}  // namespace mooring
