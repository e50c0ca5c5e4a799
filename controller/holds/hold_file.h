// SPDX-License-Identifier: Apache-2.0
// The file of what is held by hand, beside the host key: it outlives the store. Thread-safe; one
// process writes it.
#pragma once

#include <filesystem>
#include <vector>

#include "controller/base/error.h"
#include "controller/holds/held.h"

namespace mooring {

/// "holds.json" beside the host key.
std::filesystem::path HoldFileBeside(const std::filesystem::path& seal_key_file);

/// Oldest first; empty when there is no file. DataLoss when it is damaged; PermissionDenied when it
/// is not private, or not ours to read.
Result<std::vector<Held>> ReadHolds(const std::filesystem::path& file);
/// Replaces it, mode 0600: after a crash there is the old one or the new one.
Status WriteHolds(const std::filesystem::path& file, const std::vector<Held>& holds);

}  // namespace mooring
