// SPDX-License-Identifier: Apache-2.0
// The token that a person commits to confirm what may lose something. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mooring {

/// "<act>-<8 hex>": the same for the same act and the same `bound_to` in the same order, another
/// one for anything else. `act` is a lower-case word: "prune".
std::string ConfirmationToken(std::string_view act, const std::vector<std::string>& bound_to);

}  // namespace mooring
