// SPDX-License-Identifier: Apache-2.0
// Puts the values of a Secret where the resources that use it find them. Thread-safe.
#pragma once

#include "controller/reconcile/applier.h"
#include "reconcilers/secret/io/vault.h"

namespace mooring::secret {

class SecretApplier final : public Applier {
 public:
  explicit SecretApplier(Vault& vault) : vault_(vault) {}
  Result<Applied> Apply(const ResourceKey& key, const Change& change,
                        std::stop_token stop) override;

 private:
  Vault& vault_;
};

}  // namespace mooring::secret
