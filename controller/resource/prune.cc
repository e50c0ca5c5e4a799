// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/prune.h"

namespace mooring {
namespace {

nlohmann::json ToTexts(const std::vector<ResourceKey>& keys) {
  nlohmann::json list = nlohmann::json::array();
  for (const ResourceKey& key : keys) list.push_back(key.ToString());
  return list;
}

std::vector<ResourceKey> ToKeys(const nlohmann::json& holder, const char* field) {
  std::vector<ResourceKey> keys;
  for (const std::string& text : holder.value(field, std::vector<std::string>())) {
    if (auto key = ResourceKey::Parse(text)) keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace

void to_json(nlohmann::json& json, const HeldPrune& value) {
  json = {{"source", value.source},
          {"reason", value.reason},
          {"message", value.message},
          {"confirm", value.confirm},
          {"resources", ToTexts(value.resources)}};
}

void from_json(const nlohmann::json& json, HeldPrune& value) {
  value = {.source = json.value("source", ""),
           .reason = json.value("reason", ""),
           .message = json.value("message", ""),
           .confirm = json.value("confirm", ""),
           .resources = ToKeys(json, "resources")};
}

void to_json(nlohmann::json& json, const PruneState& value) {
  json = {{"sources", nlohmann::json::array()}, {"held", value.held}};
  for (const auto& [source, record] : value.records) {
    json["sources"].push_back({{"source", source},
                               {"revision", record.revision},
                               {"maxPercent", record.max_percent},
                               {"resources", record.resources},
                               {"accepted", ToTexts(record.accepted)},
                               {"spent", record.spent}});
  }
}

void from_json(const nlohmann::json& json, PruneState& value) {
  value = {};
  for (const nlohmann::json& item : json.value("sources", nlohmann::json::array())) {
    value.records[item.value("source", "")] = {.revision = item.value("revision", ""),
                                               .max_percent = item.value("maxPercent", 50),
                                               .resources = item.value("resources", uint64_t{0}),
                                               .accepted = ToKeys(item, "accepted"),
                                               .spent = item.value("spent", "")};
  }
  value.held = json.value("held", std::vector<HeldPrune>());
}

PruneState PruneStateOf(const ResourceStatus& host) {
  const auto found = host.details.find("prune");
  return found != host.details.end() && found->is_object() ? found->get<PruneState>()
                                                           : PruneState();
}

bool RunsNothing(std::string_view kind) { return kind == "Host" || kind == "Namespace"; }

}  // namespace mooring
