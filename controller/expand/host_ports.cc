// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/host_ports.h"

namespace mooring::expand {

SourceLocation HostPorts::Publication::Place() const {
  return app->LocationOf(fmt::format("/services/{}/ports/{}", service, index));
}

bool HostPorts::Publication::Collides(const Publication& other) const {
  return host_ip.empty() || other.host_ip.empty() || host_ip == other.host_ip;
}

void HostPorts::Add(const Resource& app) {
  for (const auto& [name, service] : app.spec.at("services").items()) {
    const auto ports = service.find("ports");
    if (ports == service.end()) continue;
    size_t index = 0;
    for (const Json& port : *ports) {
      std::string ip = port.value("host_ip", "");
      if (ip == "0.0.0.0" || ip == "::") ip.clear();
      Published(port, {&app, name, index++, std::move(ip)});
    }
  }
}

void HostPorts::Published(const Json& port, Publication publication) {
  const auto number = port.find("published");
  if (number == port.end()) return;
  // Of a range the engine takes a port that is free.
  if (number->get_ref<const std::string&>().find('-') != std::string::npos) return;
  const std::string name =
      fmt::format("{}/{}", number->get_ref<const std::string&>(), port.value("protocol", "tcp"));
  std::vector<Publication>& others = published_[name];
  for (const Publication& other : others) {
    if (!other.Collides(publication)) continue;
    diagnostics_.push_back(
        {publication.Place(),
         fmt::format("host port {} is published by service {} of {} already", name, other.service,
                     other.app->key.ToString()),
         fmt::format("the first is at {}; choose another port, or let a Site route to the service",
                     other.Place().ToString())});
    return;
  }
  others.push_back(std::move(publication));
}

}  // namespace mooring::expand
