// SPDX-License-Identifier: Apache-2.0
// What was seen of a Secret: what it says, and what was applied of it last. Values.
#pragma once

#include <optional>

#include "controller/reconcile/reconciler.h"
#include "controller/reconcile/secret_values.h"

namespace mooring::secret {

struct SecretObservation final : Observation {
  SecretDataPtr applied;        ///< null: nothing
  SecretDataPtr opened;         ///< what the spec says; null: it is to go, or could not be opened
  std::optional<Error> failed;  ///< why not
  std::string origin;           ///< names what `opened` was opened from
  bool exists() const override { return applied != nullptr; }
};

/// What the planner asks the applier to do.
struct SecretOperation final : Operation {
  SecretOperation(std::string from, SecretDataPtr values)
      : origin(std::move(from)), data(std::move(values)) {}
  std::string origin;
  SecretDataPtr data;  ///< what is to be applied; null: nothing any more
};

}  // namespace mooring::secret
