// SPDX-License-Identifier: Apache-2.0
#include "controller/holds/hold_file.h"

#include <nlohmann/json.hpp>

#include "controller/base/private_file.h"
#include "controller/base/text.h"

namespace mooring {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::array<std::pair<HoldScope::Kind, const char*>, 4> kKinds = {
    {{HoldScope::Kind::kResource, "resource"},
     {HoldScope::Kind::kNamespace, "namespace"},
     {HoldScope::Kind::kAll, "all"},
     {HoldScope::Kind::kSource, "source"}}};

std::unexpected<Error> Damaged(const std::filesystem::path& file, std::string_view what) {
  return Fail(ErrorCode::kDataLoss,
              fmt::format("what is held by hand cannot be read from {}: {}", file.string(), what));
}

ordered_json ToJson(const Held& held) {
  ordered_json entry = {{"scope", std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& kind) {
                                    return kind.first == held.scope.kind;
                                  })->second}};
  entry["name"] = held.scope.name;
  entry["since"] = FormatTime(held.since);
  entry["hold"] = json(held.hold);
  return entry;
}

/// May throw what nlohmann throws. nullopt: it is not what was written.
std::optional<Held> FromJson(const json& entry) {
  Held held{.scope = {.name = entry.at("name").get<std::string>()}};
  const std::string kind = entry.at("scope").get<std::string>();
  const auto known = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& one) { return kind == one.second; });
  const auto since = ParseTime(entry.at("since").get<std::string>());
  if (known == kKinds.end() || !since) return std::nullopt;
  held.scope.kind = known->first;
  held.since = *since;
  held.hold = entry.at("hold").get<Hold>();
  const bool rollback = held.hold.act == Hold::Act::kRollback;
  if (rollback != (known->first == HoldScope::Kind::kSource)) return std::nullopt;
  if (rollback && held.hold.revision.empty()) return std::nullopt;
  // A suspension by hand always ends.
  if (!rollback && !held.hold.until) return std::nullopt;
  return held;
}

}  // namespace

std::filesystem::path HoldFileBeside(const std::filesystem::path& seal_key_file) {
  return seal_key_file.parent_path() / "holds.json";
}

Result<std::vector<Held>> ReadHolds(const std::filesystem::path& file) {
  const auto text = ReadPrivateFile(file);
  if (!text && text.error().code() == ErrorCode::kNotFound) return std::vector<Held>();
  if (!text) return std::unexpected(text.error());
  try {
    const json document = json::parse(*text);
    if (document.at("version") != kVersion) return Damaged(file, "another version wrote it");
    std::vector<Held> holds;
    for (const json& entry : document.at("holds")) {
      auto held = FromJson(entry);
      if (!held) return Damaged(file, "an entry is wrong");
      holds.push_back(*std::move(held));
    }
    return holds;
  } catch (const json::exception&) {
    return Damaged(file, "it is not what was written");
  }
}

Status WriteHolds(const std::filesystem::path& file, const std::vector<Held>& holds) {
  ordered_json document = {{"version", kVersion}, {"holds", ordered_json::array()}};
  for (const Held& held : holds) document["holds"].push_back(ToJson(held));
  return WritePrivateFile(file,
                          document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace mooring
