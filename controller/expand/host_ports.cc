// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/host_ports.h"

#include <string_view>
#include <unordered_map>

namespace mooring::expand {
namespace {

struct Publication {
  const Resource* app = nullptr;
  std::string_view service;
  size_t index = 0;
  std::string host_ip;

  SourceLocation Place() const {
    return app->LocationOf(fmt::format("/services/{}/ports/{}", service, index));
  }
  bool OnAllAddresses() const { return host_ip.empty() || host_ip == "0.0.0.0" || host_ip == "::"; }
  bool Collides(const Publication& other) const {
    return OnAllAddresses() || other.OnAllAddresses() || host_ip == other.host_ip;
  }
};

using Published = std::unordered_map<std::string, std::vector<Publication>>;

void Add(const Json& port, Publication publication, Published& published,
         Diagnostics& diagnostics) {
  const auto number = port.find("published");
  if (number == port.end()) return;
  const std::string name = fmt::format("{}/{}", number->get<int>(), port.value("protocol", "tcp"));
  std::vector<Publication>& others = published[name];
  for (const Publication& other : others) {
    if (!other.Collides(publication)) continue;
    diagnostics.push_back(
        {publication.Place(),
         fmt::format("host port {} is published by service {} of {} already", name, other.service,
                     other.app->key.ToString()),
         fmt::format("the first is at {}; choose another port, or let a Site route to the service",
                     other.Place().ToString())});
    return;
  }
  others.push_back(std::move(publication));
}

}  // namespace

void CheckHostPorts(const std::vector<ResourcePtr>& resources, Diagnostics& diagnostics) {
  Published published;
  for (const ResourcePtr& resource : resources) {
    if (resource->key.kind != "App") continue;
    for (const auto& [name, service] : resource->spec.at("services").items()) {
      const auto ports = service.find("ports");
      if (ports == service.end()) continue;
      for (size_t i = 0; i < ports->size(); ++i) {
        const Json& port = (*ports)[i];
        Add(port, {resource.get(), name, i, port.value("host_ip", "")}, published, diagnostics);
      }
    }
  }
}

}  // namespace mooring::expand
