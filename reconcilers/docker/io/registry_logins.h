// SPDX-License-Identifier: Apache-2.0
// The host's logins for registries, in the file that `docker login` writes. Thread-safe: it is read
// when it is asked, so that a new login counts at once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "controller/base/error.h"
#include "reconcilers/docker/plan/registry_login.h"

namespace mooring::docker {

class RegistryLogins {
 public:
  /// `file` empty: the host has none.
  explicit RegistryLogins(std::filesystem::path file) : file_(std::move(file)) {}

  /// nullopt: none for that registry. FailedPrecondition when the file cannot be read, or keeps the
  /// login in a program ("credsStore"), which is not asked.
  Result<std::optional<RegistryLogin>> Find(const std::string& registry) const;

 private:
  const std::filesystem::path file_;
};

/// X-Registry-Auth of the Engine API: URL-safe base64 of JSON.
std::string RegistryAuth(const RegistryLogin& login);

}  // namespace mooring::docker
