// SPDX-License-Identifier: Apache-2.0
// Where the command line has its API token from.
#pragma once

#include <filesystem>
#include <string>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"

namespace mooring::cli {

struct ApiToken {
  SecretString text;  ///< empty: there is none
  std::string why;    ///< there is none: what was looked for; for a person
};

/// The first of: `token_file` (--token-file), $MOORING_TOKEN_FILE, $MOORING_TOKEN, and the file
/// that the daemon on this host has made beside `seal_key_file`. Fails when a file was named that
/// cannot be read; without any, the request goes without and the daemon decides.
Result<ApiToken> FindApiToken(const std::string& token_file,
                              const std::filesystem::path& seal_key_file);

}  // namespace mooring::cli
