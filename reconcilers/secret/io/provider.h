// SPDX-License-Identifier: Apache-2.0
// Values that lie outside of Git: in files of a folder, in variables of the daemon, or with a
// program such as pass, op or vault. Only mooring.yaml names them. Thread-safe.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/secret_string.h"
#include "reconcilers/secret/io/sops.h"

namespace mooring::secret {

/// Exactly one of command, directory, environment_prefix is set.
struct Provider {
  std::string name;
  std::vector<std::string> command;  ///< no shell; "{key}" in an argument is what is asked for
  std::filesystem::path directory;   ///< a file for each key
  std::string environment_prefix;    ///< in front of the variable's name
  Duration timeout = std::chrono::seconds(10);
  Duration cache_for = std::chrono::minutes(5);
  bool operator==(const Provider&) const = default;
};

/// What `provider` has for `key`; one newline at the end of a file or of an answer is not part of
/// it. Errors carry ProviderFailed, and nothing that a program said.
Result<SecretString> Ask(const Provider& provider, const std::string& key, const RunChild& run,
                         std::stop_token stop);

}  // namespace mooring::secret
