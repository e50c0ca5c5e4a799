// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_renderer.h"

#include "controller/resource/reasons.h"
#include "reconcilers/caddy/route_renderer.h"
#include "reconcilers/caddy/secret_places.h"
#include "reconcilers/caddy/site_secrets.h"

namespace mooring::caddy {
namespace {

/// ":8443" unless it is the scheme's own port.
std::string PortSuffix(const std::vector<std::string>& listen, std::string_view usual) {
  if (listen.empty()) return "";
  const size_t colon = listen.front().rfind(':');
  const std::string port = colon == std::string::npos ? "" : listen.front().substr(colon + 1);
  return port.empty() || port == usual ? "" : ":" + port;
}

Json HostRoute(const std::string& id, const Json& hosts, Json handlers) {
  return {{"@id", id},
          {"match", Json::array({{{"host", hosts}}})},
          {"handle", std::move(handlers)},
          {"terminal", true}};
}

Json RedirectTo(const std::string& location) {
  return Json::array({{{"handler", "static_response"},
                       {"status_code", 308},
                       {"headers", {{"Location", Json::array({location})}}}}});
}

Json Policy(const std::string& id, const Json& subjects, const std::string& issuer, const Json& tls,
            const GatewayOptions& options) {
  Json module = {{"module", issuer}};
  if (issuer == "acme") {
    const std::string email = tls.value("email", options.acme_email);
    if (!email.empty()) module["email"] = email;
    if (tls.contains("ca")) module["ca"] = tls["ca"];
  }
  return {{"@id", id}, {"subjects", subjects}, {"issuers", Json::array({module})}};
}

Result<SiteConfig> Render(const Resource& site, const GatewayOptions& options,
                          const Capabilities& capabilities, const SecretValues& secrets) {
  const Json tls = site.spec.value("tls", Json::object());
  const std::string issuer = tls.value("issuer", "acme");
  const bool https = issuer != "off";
  const std::string place = https ? kHttpsServer : kHttpServer;
  const std::string https_port = PortSuffix(options.https_listen, "443");
  const Json& hosts = site.spec.at("hosts");
  const Json moved = site.spec.value("redirectFrom", Json::array());
  Json all_hosts = hosts;
  all_hosts.insert(all_hosts.end(), moved.begin(), moved.end());

  SiteConfig config;
  const auto add = [&](std::string_view suffix, const std::string& where, Json value) {
    config.parts.emplace(PartId(site.key, suffix), SitePart{where, std::move(value)});
  };
  const auto id = [&](std::string_view suffix) { return PartId(site.key, suffix); };

  MOORING_TRY(Json routes, RenderRoutes(site.spec, site.key.ns, capabilities, secrets));
  Json subroute = {{"handler", "subroute"}, {"routes", std::move(routes)}};
  add(kMainPart, place, HostRoute(id(kMainPart), hosts, Json::array({std::move(subroute)})));
  if (!moved.empty()) {
    const std::string origin =
        https ? "https://" + hosts.at(0).get<std::string>() + https_port
              : "http://" + hosts.at(0).get<std::string>() + PortSuffix(options.http_listen, "80");
    add(kRedirectPart, place,
        HostRoute(id(kRedirectPart), moved, RedirectTo(origin + "{http.request.uri}")));
  }
  if (https) {
    add(kHttpPart, kHttpServer,
        HostRoute(id(kHttpPart), all_hosts,
                  RedirectTo("https://{http.request.host}" + https_port + "{http.request.uri}")));
  }
  if (issuer == "files") {
    MOORING_TRY(Json pair, CertificateFiles(tls.at("files"), site.key.ns, all_hosts, secrets));
    pair["@id"] = id(kFilesPart);
    add(kFilesPart, kTlsCertificates, std::move(pair));
  } else if (https) {
    add(kTlsPart, kTlsPolicies, Policy(id(kTlsPart), all_hosts, issuer, tls, options));
  }
  if (const std::string values = ValuesId(site.key, config); !values.empty())
    config.parts.at(id(kMainPart)).value[kValuesId] = values;
  return config;
}

}  // namespace

Result<SiteConfig> RenderSite(const Resource& site, const GatewayOptions& options,
                              const Capabilities& capabilities, const SecretValues& secrets) {
  const auto invalid = [&](std::string_view cause) {
    return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                 fmt::format("render {} for Caddy: {}", site.key.ToString(), cause))
                               .WithReason(reason::kInvalidSpec));
  };
  try {
    auto config = Render(site, options, capabilities, secrets);
    if (config || config.error().code() != ErrorCode::kInvalidArgument) return config;
    return invalid(config.error().ToString());
  } catch (const Json::exception& e) {
    return invalid(e.what());
  }
}

}  // namespace mooring::caddy
