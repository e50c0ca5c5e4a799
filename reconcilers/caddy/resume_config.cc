// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/resume_config.h"

#include <nlohmann/json.hpp>

namespace mooring::caddy {

Result<std::string> WithAdminAt(const std::string& saved, const std::string& listen) {
  // Saved by a Caddy that had been given no configuration yet.
  if (saved.empty() || saved == "null")
    return nlohmann::json{{"admin", {{"listen", listen}}}}.dump();
  nlohmann::json config = nlohmann::json::parse(saved, nullptr, false);
  if (!config.is_object()) {
    return Fail(ErrorCode::kDataLoss, "it is no JSON object");
  }
  nlohmann::json& admin = config["admin"];
  if (!admin.is_object()) admin = nlohmann::json::object();
  nlohmann::json wanted = admin;
  wanted["listen"] = listen;
  for (const char* barrier : {"disabled", "origins", "enforce_origin"}) wanted.erase(barrier);
  if (wanted == admin) return saved;
  admin = std::move(wanted);
  return config.dump();
}

}  // namespace mooring::caddy
