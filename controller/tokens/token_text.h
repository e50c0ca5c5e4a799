// SPDX-License-Identifier: Apache-2.0
// A token as it is sent: mrg_<id>_<secret>. Pure but for randomness; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"

namespace mooring::tokens {

/// A new one of 256 random bits; `id` gets its 8 hex digits. Fails when the system has no
/// randomness.
Result<SecretString> MakeTokenText(std::string* id);
/// The id of "mrg_<id>_<secret>"; nullopt when it has another form.
std::optional<std::string> IdOfToken(std::string_view text);
/// What is kept of a token.
SecretString DigestOfToken(std::string_view text);

}  // namespace mooring::tokens
