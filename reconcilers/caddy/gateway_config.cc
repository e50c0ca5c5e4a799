// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/gateway_config.h"

#include "controller/base/text.h"

namespace mooring::caddy {
namespace {

const Json::json_pointer kServers("/apps/http/servers");
const Json::json_pointer kPolicies("/apps/tls/automation/policies");
const Json::json_pointer kCertificates("/apps/tls/certificates/load_pem");

const Json kNoServers = Json::object();
const Json kNothing = Json::array();

const Json& At(const Json& document, const Json::json_pointer& where, const Json& otherwise) {
  return document.is_object() && document.contains(where) ? document.at(where) : otherwise;
}

const Json& ObjectAt(const Json& document, const Json::json_pointer& where) {
  const Json& found = At(document, where, kNoServers);
  return found.is_object() ? found : kNoServers;
}

const Json& ArrayAt(const Json& document, const Json::json_pointer& where) {
  const Json& found = At(document, where, kNothing);
  return found.is_array() ? found : kNothing;
}

bool IsOurs(std::string_view server) { return server.starts_with("mooring_"); }

int PortOf(const std::vector<std::string>& listen, int usual) {
  if (listen.empty()) return usual;
  const size_t colon = listen.front().rfind(':');
  if (colon == std::string::npos) return usual;
  const std::string port = listen.front().substr(colon + 1);
  const bool number = !port.empty() && port.size() <= 5 &&
                      std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return number ? std::stoi(port) : usual;
}

Json NotFound() {
  return {{"handle", Json::array({{{"handler", "static_response"}, {"status_code", 404}}})}};
}

Json BaseServers(const GatewayOptions& options) {
  return {{kHttpServer,
           {{"listen", options.http_listen},
            {"automatic_https", {{"disable", true}}},
            {"routes", Json::array({NotFound()})}}},
          {kHttpsServer,
           {{"listen", options.https_listen},
            {"automatic_https", {{"disable_redirects", true}}},
            {"tls_connection_policies", Json::array({Json::object()})},
            {"routes", Json::array({NotFound()})}}}};
}

bool HasWildcard(const Json& value) {
  const Json& hosts =
      value.contains("subjects") ? value["subjects"] : ArrayAt(value, "/match/0/host"_json_pointer);
  return std::ranges::any_of(hosts, [](const Json& host) {
    return host.is_string() && host.get_ref<const std::string&>().find('*') != std::string::npos;
  });
}

/// The parts of all sites in one place: exact hosts first, then by id.
Json PartsIn(const std::string& place, const Sites& sites) {
  std::vector<std::tuple<bool, std::string, const Json*>> sorted;
  for (const auto& [key, site] : sites) {
    for (const auto& [id, part] : site.parts) {
      if (part.place == place) sorted.emplace_back(HasWildcard(part.value), id, &part.value);
    }
  }
  std::ranges::sort(sorted);
  Json parts = Json::array();
  for (const auto& [wildcard, id, value] : sorted) parts.push_back(*value);
  return parts;
}

/// Hosts and redirected hosts.
std::vector<std::string> HostsOf(const ResourceKey& key, const SiteConfig& site) {
  std::vector<std::string> hosts;
  for (const char* suffix : {kMainPart, kRedirectPart}) {
    const SitePart* part = site.Find(key, suffix);
    if (part == nullptr) continue;
    for (const Json& host : ArrayAt(part->value, "/match/0/host"_json_pointer)) {
      if (host.is_string()) hosts.push_back(host.get<std::string>());
    }
  }
  return hosts;
}

/// Hosts whose certificate is given: Caddy would get others for them as well. And one that is given
/// for a wildcard must not keep Caddy from getting those of other Sites.
void LeaveGivenCertificatesAlone(const Sites& sites, Json& automatic_https) {
  std::set<std::string> given;
  for (const auto& [key, site] : sites) {
    const SitePart* files = site.Find(key, kFilesPart);
    if (files == nullptr || files->place != kTlsCertificates) continue;
    for (std::string& host : HostsOf(key, site)) given.insert(std::move(host));
  }
  if (given.empty()) return;
  automatic_https["skip_certificates"] = given;
  automatic_https["ignore_loaded_certificates"] = true;
}

Json ServersWith(const GatewayOptions& options, const Sites& sites) {
  Json servers = BaseServers(options);
  for (auto& [name, server] : servers.items()) {
    Json routes = PartsIn(name, sites);
    routes.push_back(NotFound());
    server["routes"] = std::move(routes);
  }
  LeaveGivenCertificatesAlone(sites, servers[kHttpsServer]["automatic_https"]);
  return servers;
}

/// The live admin block, and always an address: without one Caddy moves to localhost:2019.
Json AdminBlock(const Json& live, const GatewayOptions& options) {
  Json admin = ObjectAt(live, "/admin"_json_pointer);
  if (!admin.contains("listen")) admin["listen"] = options.admin;
  return admin;
}

void Collect(const Json& values, const std::string& place, Sites& sites) {
  for (const Json& value : values) {
    const std::string id = IdOf(value);
    if (const auto key = KeyOfPartId(id)) sites[*key].parts.emplace(id, SitePart{place, value});
  }
}

std::vector<std::string> ListenOf(const Json& server) {
  std::vector<std::string> addresses;
  for (const Json& address : ArrayAt(server, "/listen"_json_pointer)) {
    if (address.is_string()) addresses.push_back(address.get<std::string>());
  }
  return addresses;
}

std::vector<std::string> ForeignIn(const Json& config) {
  std::vector<std::string> foreign;
  for (const auto& [name, server] : ObjectAt(config, kServers).items()) {
    if (!IsOurs(name))
      foreign.push_back(fmt::format("{} ({})", name, Join(ListenOf(server), ", ")));
  }
  for (const auto& [name, app] : ObjectAt(config, "/apps"_json_pointer).items()) {
    if (name != "http" && name != "tls" && name != "pki") foreign.push_back("app " + name);
  }
  return foreign;
}

/// ":443" of "tcp/[::]:443"; the whole address of a unix socket.
std::string PortPart(const std::string& address) {
  const size_t colon = address.rfind(':');
  return colon == std::string::npos || address.starts_with("unix/") ? address
                                                                    : address.substr(colon);
}

}  // namespace

Json BaseConfig(const GatewayOptions& options) {
  // admin.api logs each request to it; a poll per second would bury everything else.
  return {{"admin", {{"listen", options.admin}}},
          {"logging",
           {{"logs", {{"default", {{"exclude", Json::array({"admin.api", "http.log.access"})}}}}}}},
          {"apps",
           {{"http",
             {{"http_port", PortOf(options.http_listen, 80)},
              {"https_port", PortOf(options.https_listen, 443)},
              {"grace_period", "10s"},
              {"servers", BaseServers(options)}}},
            {"tls", {{"automation", {{"policies", Json::array()}}}}},
            {"pki", {{"certificate_authorities", {{"local", {{"install_trust", false}}}}}}}}}};
}

Json Assemble(const Json& live, const GatewayOptions& options, const Sites& sites) {
  Json config = BaseConfig(options);
  config["admin"] = AdminBlock(live, options);
  if (live.is_object() && live.contains("storage")) config["storage"] = live["storage"];
  config[kServers] = ServersWith(options, sites);
  config[kPolicies] = PartsIn(kTlsPolicies, sites);
  if (Json given = PartsIn(kTlsCertificates, sites); !given.empty())
    config[kCertificates] = std::move(given);
  return config;
}

LiveConfig Inspect(Json config, const GatewayOptions& options, const Capabilities& capabilities) {
  LiveConfig live;
  live.capabilities = capabilities;
  const Json& servers = ObjectAt(config, kServers);
  for (const char* name : {kHttpServer, kHttpsServer}) {
    if (!servers.contains(name)) continue;
    live.blank = false;
    Collect(ArrayAt(servers[name], "/routes"_json_pointer), name, live.sites);
  }
  Collect(ArrayAt(config, kPolicies), kTlsPolicies, live.sites);
  Collect(ArrayAt(config, kCertificates), kTlsCertificates, live.sites);
  live.foreign = ForeignIn(config);
  if (!live.blank && !live.Refused(options)) {
    const Json canonical = Assemble(config, options, live.sites);
    if (const auto where = FirstDifference(config, canonical)) {
      live.frame = FrameDifference{*where, ShortText(config, *where), ShortText(canonical, *where)};
    }
  }
  live.config = std::move(config);
  return live;
}

std::vector<Listener> NewListeners(const Json& live, const Json& next) {
  std::set<std::string> known;
  for (const auto& [name, server] : ObjectAt(live, kServers).items()) {
    for (const std::string& address : ListenOf(server)) known.insert(PortPart(address));
  }
  std::vector<Listener> listeners;
  for (const auto& [name, server] : ObjectAt(next, kServers).items()) {
    for (const std::string& address : ListenOf(server)) {
      if (!known.contains(PortPart(address))) listeners.push_back({name, address});
    }
  }
  return listeners;
}

std::optional<HostClash> FindHostClash(const Sites& sites, const std::set<ResourceKey>& edited) {
  std::map<std::string, ResourceKey> owners;
  for (const bool edits : {false, true}) {  // what is not edited has the older right
    for (const auto& [key, site] : sites) {
      if (edited.contains(key) != edits) continue;
      for (std::string& host : HostsOf(key, site)) {
        const auto [owner, fresh] = owners.try_emplace(host, key);
        if (edits && !fresh && owner->second != key) return HostClash{host, key, owner->second};
      }
    }
  }
  return std::nullopt;
}

std::string ForeignText(const LiveConfig& live) {
  return fmt::format(
      "Caddy already serves what is not Mooring's: {}; nothing was changed. Set caddy.foreign: "
      "adopt in mooring.yaml to let Mooring replace them",
      Join(live.foreign, ", "));
}

}  // namespace mooring::caddy
