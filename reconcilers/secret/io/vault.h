// SPDX-License-Identifier: Apache-2.0
// The values of Secrets as they were applied last: in memory, and sealed on the disk, so that a
// start needs neither keys nor programs for what has not changed. An entry that cannot be opened is
// as good as none. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/guarded.h"
#include "controller/base/host_key.h"
#include "controller/base/seal.h"
#include "controller/reconcile/secret_values.h"

namespace mooring::secret {

class Vault {
 public:
  /// `folder` is made when something is put into it.
  Vault(std::filesystem::path folder, const HostKey& key);

  struct Entry {
    std::string origin;  ///< names what the values were opened from
    SecretDataPtr data;  ///< never null
  };
  std::optional<Entry> Find(const ResourceKey& secret) const;
  Status Put(const ResourceKey& secret, Entry entry);
  /// Gone already is fine.
  Status Remove(const ResourceKey& secret);
  std::vector<ResourceKey> Keys() const;

 private:
  std::filesystem::path FileOf(const ResourceKey& secret) const;
  std::optional<Entry> Read(const ResourceKey& secret) const;

  const std::filesystem::path folder_;
  const Sealer sealer_;
  mutable Guarded<std::map<ResourceKey, std::optional<Entry>>> known_;  ///< what was looked for
};

}  // namespace mooring::secret
