// SPDX-License-Identifier: Apache-2.0
// {secretRef: {name, key}}: the place of a value that a spec does not hold itself. Values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/resource/key.h"

namespace mooring {

/// One key of a Secret.
struct SecretRef {
  std::string ns;
  std::string name;
  std::string key;
  auto operator<=>(const SecretRef&) const = default;
  ResourceKey Secret() const { return {"Secret", ns, name}; }
};

/// A reference and where it stands in the spec, as a JSON pointer.
struct SecretUse {
  std::string pointer;
  SecretRef ref;
  bool operator==(const SecretUse&) const = default;
};

/// The reference that `value` is; one without a namespace means `ns`. nullopt: it is none.
std::optional<SecretRef> ReadSecretRef(const nlohmann::json& value, const std::string& ns);

/// All of a validated spec, in the order in which it iterates.
std::vector<SecretUse> SecretUsesIn(const nlohmann::json& spec, const std::string& ns);

}  // namespace mooring
