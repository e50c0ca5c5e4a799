// SPDX-License-Identifier: Apache-2.0
// The token that the command line on this host uses by itself: whoever may read its file (root)
// needs no other. Thread-safe.
#pragma once

#include <filesystem>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/secret_string.h"

namespace mooring::tokens {

/// "cli-token" beside the host key.
std::filesystem::path CliTokenFileBeside(const std::filesystem::path& seal_key_file);

/// Makes the token and its file, mode 0600, unless there is one that works.
Status EnsureCliToken(const std::filesystem::path& seal_key_file, Clock& clock);

/// The first line of a file with a token in it; the file must be private.
Result<SecretString> ReadTokenText(const std::filesystem::path& file);

}  // namespace mooring::tokens
