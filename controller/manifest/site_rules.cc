// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

std::string_view Issuer(const Node& spec) {
  const Node* tls = spec.Find("tls");
  const std::string_view issuer = tls == nullptr ? "" : tls->StringAt("issuer");
  return issuer.empty() ? "acme" : issuer;
}

void CheckFiles(const Node& spec, Findings& findings) {
  const Node* tls = spec.Find("tls");
  if (tls == nullptr || !tls->IsMap()) return;
  const Node* files = tls->Find("files");
  const std::string_view issuer = Issuer(spec);
  if (issuer == "files" && files == nullptr) {
    findings.Add(tls->Find("issuer")->at, "tls.issuer is files, and there is no tls.files",
                 "add files: {certificate: {secretRef: {name, key}}, key: {secretRef: {name, "
                 "key}}} beside it");
  } else if (issuer != "files" && files != nullptr) {
    findings.Add(files->at,
                 fmt::format("tls.files is only used with issuer files, here it is {}", issuer),
                 "write issuer: files, or remove it");
  }
}

void CheckTls(const Node& spec, Findings& findings) {
  CheckFiles(spec, findings);
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
                     "name each host, or set tls.issuer to internal, files or off");
      }
    }
    return;
  }
  static constexpr std::string_view kOthers[] = {"internal", "files", "off"};
  if (std::ranges::find(kOthers, Issuer(spec)) == std::end(kOthers)) return;
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

void CheckBasicAuth(const Node& routes, Findings& findings) {
  for (const Node& route : routes.items) {
    const Node* accounts = route.Find("basicAuth");
    if (accounts == nullptr) continue;
    std::map<std::string_view, Position> seen;
    for (const Node& account : accounts->items) {
      const Node* name = account.Find("username");
      if (name == nullptr) continue;
      const auto [first, is_new] = seen.try_emplace(name->text, name->at);
      if (is_new) continue;
      findings.Add(name->at, fmt::format("two accounts have the username {}", name->text),
                   fmt::format("the first is at {}; remove one of them",
                               findings.Place(first->second).ToString()));
    }
  }
}

}  // namespace

void CheckSiteRules(const Node& spec, Findings& findings) {
  CheckTls(spec, findings);
  if (const Node* routes = spec.Find("routes")) {
    CheckPaths(*routes, findings);
    CheckProxy(*routes, findings);
    CheckBasicAuth(*routes, findings);
  }
}

}  // namespace mooring::manifest
