// SPDX-License-Identifier: Apache-2.0
// Files with secrets that containers mount. In clear they lie in memory only (a tmpfs), and sealed
// on the disk, from where a boot brings them back before the engine starts containers. A file that
// is there never changes: another content has another path. Thread-safe.
#pragma once

#include <filesystem>
#include <string>

#include "controller/base/error.h"
#include "controller/base/host_key.h"
#include "controller/base/seal.h"
#include "reconcilers/docker/plan/observation.h"
#include "reconcilers/docker/plan/operations.h"

namespace mooring::docker {

class SecretFiles {
 public:
  struct Options {
    std::filesystem::path folder =
        "/run/mooring/secrets";    ///< in memory; made, and mounted if need be
    std::filesystem::path sealed;  ///< on the disk; made
  };
  SecretFiles(Options options, const HostKey& key);

  /// What there is of the App whose names begin with `app`: "default_shop".
  SecretFilesView View(const std::string& app) const;

  /// Writes it, sealed and in clear. FailedPrecondition when its folder is not in memory.
  Status Write(const SecretFileContent& file);
  /// Gone already is fine.
  Status Remove(const std::string& path);

  struct Restored {
    size_t files = 0;
    std::vector<Error> failed;
  };
  /// Brings back all that is sealed and not in memory.
  Restored Restore();

 private:
  std::filesystem::path SealedOf(const std::string& path) const;
  Status EnsureInMemory() const;
  Status WriteClear(const SecretFileContent& file) const;
  Result<SecretFileContent> Unseal(const std::filesystem::path& sealed) const;

  const Options options_;
  const Sealer sealer_;
};

}  // namespace mooring::docker
