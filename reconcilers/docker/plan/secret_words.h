// SPDX-License-Identifier: Apache-2.0
// What in a container's configuration looks like a secret, and is therefore never shown. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace mooring::docker {

/// "DB_PASSWORD", "api-token": a name whose value is taken for a secret.
bool HasSecretWord(std::string_view name);

/// "postgres://user:password@host/db", "https://token@host".
bool HasUserInfo(std::string_view text);

/// "--requirepass x", "PGPASSWORD=x", "Authorization: Bearer x".
bool HasSecretArgument(std::string_view text);

/// The names in the label mooring.dev/secrets: variables that got the value of a Secret.
std::set<std::string> SecretVariables(std::string_view label);

}  // namespace mooring::docker
