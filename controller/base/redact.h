// SPDX-License-Identifier: Apache-2.0
// Texts of other programs that were given secrets: an error may quote what it was given. Pure and
// thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"

namespace mooring {

/// `text` with each secret masked as "(secret)", whole, line by line, and as it stands in quotes
/// with escapes. A secret too short to be told from other words hides the whole text.
std::string Redact(std::string text, const std::vector<SecretString>& secrets);

/// The same of what an error says.
Error Redact(const Error& error, const std::vector<SecretString>& secrets);

}  // namespace mooring
