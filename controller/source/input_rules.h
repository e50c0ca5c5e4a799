// SPDX-License-Identifier: Apache-2.0
// What of a source is let in, and what is said of the rest. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring {

/// A folder of a repository as users write it ("./fleet/", "/fleet", ".") as "fleet" or "".
/// InvalidArgument if it leads out of the repository.
Result<std::string> NormalizeFolder(std::string_view folder);

/// InvalidArgument for a path that no file should have: parts that are empty, "." or "..", control
/// characters, bytes that are not UTF-8, more than 4096 bytes.
Status CheckPath(std::string_view path);

/// What somebody else wrote, fit for a message: on one line, '?' for control characters and for
/// bytes that are not UTF-8, at most about `max` bytes.
std::string ForPeople(std::string_view text, size_t max);

/// `what` is what was being done: "read a.yaml of commit main@4b1c9e2".
Error TooLarge(std::string_view what, uint64_t size, uint64_t limit);
Error IsSubmodule(std::string_view what);

}  // namespace mooring
