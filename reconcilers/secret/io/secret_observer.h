// SPDX-License-Identifier: Apache-2.0
// Looks at a Secret: what it says, and what was applied of it. Thread-safe.
#pragma once

#include "controller/reconcile/reconciler.h"
#include "reconcilers/secret/io/secret_opener.h"
#include "reconcilers/secret/io/vault.h"

namespace mooring::secret {

class SecretObserver final : public Observer {
 public:
  SecretObserver(SecretOpener& opener, const Vault& vault) : opener_(opener), vault_(vault) {}

  Result<std::shared_ptr<const Observation>> Observe(const ResourceKey& key,
                                                     const Resource* desired,
                                                     std::stop_token stop) override;
  Status Refresh(std::stop_token) override { return {}; }
  Result<std::vector<ResourceKey>> Owned(std::stop_token) override { return vault_.Keys(); }

 private:
  SecretOpener& opener_;
  const Vault& vault_;
};

}  // namespace mooring::secret
