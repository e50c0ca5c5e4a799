// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/secret_observer.h"

#include "reconcilers/secret/plan/observation.h"

namespace mooring::secret {

Result<std::shared_ptr<const Observation>> SecretObserver::Observe(const ResourceKey& key,
                                                                   const Resource* desired,
                                                                   std::stop_token stop) {
  auto seen = std::make_shared<SecretObservation>();
  seen->applied = opener_.Applied(key);
  if (desired == nullptr) return seen;
  seen->origin = opener_.OriginOf(*desired);
  auto opened = opener_.Open(*desired, stop);
  if (!opened && opened.error().code() == ErrorCode::kCancelled)
    return std::unexpected(opened.error());
  if (opened) {
    seen->opened = *std::move(opened);
  } else {
    seen->failed = opened.error();
  }
  return seen;
}

}  // namespace mooring::secret
