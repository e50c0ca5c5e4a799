// SPDX-License-Identifier: Apache-2.0
// Values that lie on a disk: encrypted and bound to the place where they lie, so that one sealed
// value cannot be put in the place of another. XChaCha20-Poly1305 of libsodium under a key that is
// derived from the host's. Immutable; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/base/host_key.h"
#include "controller/base/secret_string.h"

namespace mooring {

class Sealer {
 public:
  /// Those of another purpose cannot open what this one sealed.
  Sealer(const HostKey& key, std::string_view purpose);

  /// Two seals of one value differ. `place`: what it is bound to, in clear elsewhere.
  std::string Seal(const SecretString& value, std::string_view place) const;
  /// DataLoss when it was sealed with another key or for another place, or was changed since.
  Result<SecretString> Open(std::string_view sealed, std::string_view place) const;

 private:
  const SecretString key_;
};

}  // namespace mooring
