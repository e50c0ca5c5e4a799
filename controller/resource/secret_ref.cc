// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/secret_ref.h"

#include <nlohmann/json.hpp>

namespace mooring {
namespace {

void Collect(const nlohmann::json& value, const nlohmann::json::json_pointer& place,
             const std::string& ns, std::vector<SecretUse>& uses) {
  if (auto ref = ReadSecretRef(value, ns)) {
    uses.push_back({place.to_string(), *std::move(ref)});
    return;
  }
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (member.is_structured()) Collect(member, place / name, ns, uses);
    }
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (value[i].is_structured()) Collect(value[i], place / i, ns, uses);
    }
  }
}

}  // namespace

std::optional<SecretRef> ReadSecretRef(const nlohmann::json& value, const std::string& ns) {
  if (!value.is_object() || value.size() != 1 || value.begin().key() != "secretRef")
    return std::nullopt;
  const nlohmann::json& ref = value.front();
  const auto is_text = [&](const char* field) {
    return ref.contains(field) && ref[field].is_string();
  };
  // Something else may have that name: a label, a volume.
  if (!ref.is_object() || !is_text("name") || !is_text("key")) return std::nullopt;
  return SecretRef{ref.value("namespace", ns), ref["name"], ref["key"]};
}

std::vector<SecretUse> SecretUsesIn(const nlohmann::json& spec, const std::string& ns) {
  std::vector<SecretUse> uses;
  Collect(spec, nlohmann::json::json_pointer(), ns, uses);
  return uses;
}

}  // namespace mooring
