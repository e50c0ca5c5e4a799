// SPDX-License-Identifier: Apache-2.0
// Who an engine says it is to a registry. Values and a pure function.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/secret_string.h"

namespace mooring::docker {

struct RegistryLogin {
  std::string server;  ///< "ghcr.io", "registry.example.com:5000"
  std::string username;
  SecretString password;
};

/// The registry of an image reference: "ghcr.io" of "ghcr.io/example/web:1"; "docker.io" of one
/// that names none. As Docker tells a registry from a repository: it has a dot or a port, or is
/// localhost.
std::string RegistryOf(std::string_view image);

}  // namespace mooring::docker
