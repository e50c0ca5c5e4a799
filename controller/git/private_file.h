// SPDX-License-Identifier: Apache-2.0
// Files with credentials, and what can be said of a private key without using it. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"

namespace mooring::git {

/// The content of a small file that nobody but its owner may read. `what` names it for people:
/// "the private key", "the token". NotFound, PermissionDenied (also: others can read it), or
/// FailedPrecondition when it is empty or far too large.
Result<SecretString> ReadPrivateFile(const std::string& path, std::string_view what);

enum class KeyProblem { kNone, kEncrypted, kPublic, kPutty, kNoKey };

struct KeyFacts {
  KeyProblem problem = KeyProblem::kNone;
  bool rsa = false;  ///< as far as the file says in clear
};

/// What stands in a private key's file (PEM or OpenSSH's form).
KeyFacts InspectKey(std::string_view text);

/// What is wrong with the key at `path` and what to do, or nothing.
Status CheckKey(const std::string& path, const KeyFacts& facts);

}  // namespace mooring::git
