// SPDX-License-Identifier: Apache-2.0
// Digests. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace mooring {

/// SHA-256 as 64 lower-case hex digits.
std::string Sha256Hex(std::string_view data);

/// SHA-1 as Git names blobs of these bytes: sha1("blob <size>\0" + data), 40 hex digits.
std::string GitBlobId(std::string_view data);

}  // namespace mooring
