// SPDX-License-Identifier: Apache-2.0
// Proof that a message comes from one who knows a secret. Pure and thread-safe.
#pragma once

#include <string_view>

#include "controller/base/secret_string.h"

namespace mooring {

/// The HMAC-SHA256 of `message` under `key`, as 64 lower-case hex digits.
std::string HmacSha256Hex(std::string_view message, const SecretString& key);

/// Whether `hex` is the HMAC-SHA256 of `message` under `key`, as 64 hex digits in either case.
/// Takes as long for a wrong one as for the right one.
bool IsHmacSha256(std::string_view hex, std::string_view message, const SecretString& key);

/// Whether both are the same. The time tells nothing of the secret, not even its length.
bool IsSameSecret(std::string_view text, const SecretString& secret);

}  // namespace mooring
