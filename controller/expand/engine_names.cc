// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/engine_names.h"

namespace mooring::expand {

void EngineNames::Add(const Resource& app) {
  for (const auto& [name, service] : app.spec.at("services").items()) {
    const auto container = service.find("container_name");
    if (container != service.end())
      Named("container", {&app, fmt::format("/services/{}/container_name", name), *container});
  }
  const auto networks = app.spec.find("networks");
  if (networks == app.spec.end()) return;
  for (const auto& [key, network] : networks->items()) {
    if (network.is_object() && !network.value("external", false)) AddNetwork(app, key, network);
  }
}

void EngineNames::AddNetwork(const Resource& app, const std::string& key, const Json& network) {
  const std::string pointer = "/networks/" + key;
  if (const auto name = network.find("name"); name != network.end())
    Named("network", {&app, pointer + "/name", *name});
  const Json ipam = network.value("ipam", Json::object());
  const Json configs = ipam.value("config", Json::array());
  for (size_t i = 0; i < configs.size(); ++i) {
    AddSubnet({&app, fmt::format("{}/ipam/config/{}/subnet", pointer, i),
               configs[i].value("subnet", "")});
  }
}

void EngineNames::Named(const char* what, Claim claim) {
  const auto [owner, is_new] = names_.try_emplace(fmt::format("{} {}", what, claim.text), claim);
  if (is_new) return;
  const Claim& first = owner->second;
  diagnostics_.push_back(
      {claim.Place(),
       fmt::format("a {} named {} is of {} already", what, claim.text, first.app->key.ToString()),
       fmt::format("the first is at {}; choose another name", first.Place().ToString())});
}

void EngineNames::AddSubnet(Claim claim) {
  const auto range = Cidr::Parse(claim.text);
  if (!range) return;
  const Claim* first = subnets_.Find(*range);
  if (first == nullptr) {
    subnets_.Add(*range, std::move(claim));
    return;
  }
  // What overlaps within one App is a finding of its file.
  if (first->app == claim.app) return;
  diagnostics_.push_back({claim.Place(),
                          fmt::format("the subnet {} overlaps {} of {}", claim.text, first->text,
                                      first->app->key.ToString()),
                          fmt::format("the first is at {}; choose another, or leave ipam out",
                                      first->Place().ToString())});
}

}  // namespace mooring::expand
