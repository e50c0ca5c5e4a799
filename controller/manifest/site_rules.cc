// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

std::string_view Issuer(const Node& spec) {
  const Node* tls = spec.Find("tls");
  const std::string_view issuer = tls == nullptr ? "" : tls->StringAt("issuer");
  return issuer.empty() ? "acme" : issuer;
}

void CheckTls(const Node& spec, Findings& findings) {
  if (Issuer(spec) == "acme") {
    for (const std::string_view field : {"hosts", "redirectFrom"}) {
      const Node* hosts = spec.Find(field);
      if (hosts == nullptr) continue;
      for (const Node& host : hosts->items) {
        if (!host.text.starts_with("*.")) continue;
        findings.Add(host.at,
                     fmt::format("a certificate for {} needs the ACME DNS challenge, which is not "
                                 "in this release",
                                 host.text),
                     "name each host, or set tls.issuer to internal or off");
      }
    }
    return;
  }
  if (Issuer(spec) != "internal" && Issuer(spec) != "off") return;
  const Node* tls = spec.Find("tls");
  for (const std::string_view field : {"email", "ca"}) {
    if (const Node* value = tls->Find(field)) {
      findings.Add(
          value->at,
          fmt::format("tls.{} is only used with issuer acme, here it is {}", field, Issuer(spec)),
          "remove it");
    }
  }
}

/// Two routes of the same path and priority: the second would never be asked.
void CheckPaths(const Node& routes, Findings& findings) {
  std::map<std::pair<std::string, std::string>, Position> seen;
  for (const Node& route : routes.items) {
    if (!route.IsMap()) continue;
    const Node* path = route.Find("path");
    const Node* priority = route.Find("priority");
    std::string text(path == nullptr ? "/*" : path->text);
    if (text == "*") text = "/*";
    const auto [first, is_new] =
        seen.try_emplace({text, priority == nullptr ? "0" : priority->text}, route.at);
    if (is_new) continue;
    findings.Add(path == nullptr ? route.at : path->at,
                 fmt::format("two routes have the path {}; this one would never be reached", text),
                 fmt::format("the first is at {}; change one of them",
                             findings.Place(first->second).ToString()));
  }
}

void CheckProxy(const Node& routes, Findings& findings) {
  for (const Node& route : routes.items) {
    const Node* proxy = route.Find("proxy");
    if (proxy == nullptr || route.Find("backend") != nullptr) continue;
    findings.Add(proxy->at, "proxy is only for a route with a backend", "remove it");
  }
}

}  // namespace

void CheckSiteRules(const Node& spec, Findings& findings) {
  CheckTls(spec, findings);
  if (const Node* routes = spec.Find("routes")) {
    CheckPaths(*routes, findings);
    CheckProxy(*routes, findings);
  }
}

}  // namespace mooring::manifest
