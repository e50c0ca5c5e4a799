// SPDX-License-Identifier: Apache-2.0
// What a token may do. Each role includes those before it. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mooring {

enum class Role {
  kRead,     ///< see everything that is no secret, and plan
  kOperate,  ///< also ask for what the daemon would do by itself: reconcile
  kAdmin,    ///< everything
};

/// "read", "operate", "admin".
std::string_view RoleName(Role role);
std::optional<Role> ParseRole(std::string_view name);

/// Who calls: a token that was checked.
struct Caller {
  std::string id;
  std::string name;
  Role role = Role::kRead;
  bool unlimited = false;  ///< the command line of this host: no rate limit locks its people out
};

}  // namespace mooring
