// SPDX-License-Identifier: Apache-2.0
// The host's own key: made on first start, mode 0600, outside the store. Digests that others can
// read (container labels) are keyed with it, so that a guessed secret cannot be checked against
// them. Immutable after loading; thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"

namespace mooring {

class HostKey {
 public:
  /// Reads the key, or makes one (and its folder) when there is no file. Fails with
  /// PermissionDenied when others than the owner can read the file, DataLoss when it is no key.
  static Result<HostKey> LoadOrCreate(const std::filesystem::path& file);
  /// Reads the key; NotFound when there is none yet.
  static Result<HostKey> Load(const std::filesystem::path& file);
  /// A key from 32 given bytes, for tests and for previews on a host that has none yet.
  static HostKey FromBytes(std::string bytes);

  /// "<key id>:<64 hex>": a keyed BLAKE2b of `data`. The key id (8 hex) tells which key made it.
  std::string Digest(std::string_view data) const;
  /// 32 bytes for one purpose that tell nothing of the key, nor of those for another purpose.
  SecretString Derive(std::string_view purpose) const;
  /// 8 hex digits that name this key and reveal nothing of it.
  const std::string& id() const { return id_; }

 private:
  explicit HostKey(SecretString bytes);
  SecretString bytes_;
  std::string id_;
};

}  // namespace mooring
