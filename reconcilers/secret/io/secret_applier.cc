// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/secret_applier.h"

#include "reconcilers/secret/plan/observation.h"

namespace mooring::secret {

Result<Applied> SecretApplier::Apply(const ResourceKey& key, const Change& change,
                                     std::stop_token) {
  const auto& operation = static_cast<const SecretOperation&>(*change.operation);
  const Status done =
      operation.data ? vault_.Put(key, {operation.origin, operation.data}) : vault_.Remove(key);
  if (!done) return std::unexpected(done.error().WithContext("keep the values of " + key.name));
  return Applied::kDone;
}

}  // namespace mooring::secret
