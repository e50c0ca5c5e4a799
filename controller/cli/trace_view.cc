// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/trace_view.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/cli/selection.h"
#include "controller/cli/terminal.h"
#include "controller/plan/fields.h"
#include "reconcilers/caddy/route_renderer.h"

namespace mooring::cli {
namespace {

constexpr size_t kWhatWidth = 29;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Json SpecOf(const Json& document) {
  const auto spec = document.find("spec");
  return spec == document.end() || !spec->is_object() ? Json::object() : *spec;
}

bool AnyMatches(const Json& hosts, const std::string& host) {
  return std::any_of(hosts.begin(), hosts.end(), [&](const Json& pattern) {
    return pattern.is_string() && HostMatches(pattern.get<std::string>(), host);
  });
}

const Json* Find(const std::vector<Json>& all, const ResourceKey& key) {
  for (const Json& document : all) {
    if (KeyOf(document) == key) return &document;
  }
  return nullptr;
}

/// What a route without a backend of ours does.
std::string AnswerOf(const Json& route) {
  if (route.contains("redirect"))
    return fmt::format("redirect to {}", route["redirect"].value("to", ""));
  if (route.contains("respond"))
    return fmt::format("a fixed answer, status {}", route["respond"].value("status", 200));
  return "outside, " + route.value("backend", "");
}

}  // namespace

std::optional<Url> Url::Parse(const std::string& text) {
  std::string rest = text;
  const size_t scheme = rest.find("://");
  if (scheme != std::string::npos) rest.erase(0, scheme + 3);
  Url url;
  const size_t end = rest.find_first_of("/?#");
  url.host = Lower(rest.substr(0, end));
  url.host = url.host.substr(0, url.host.find(':'));
  if (end != std::string::npos && rest[end] == '/')
    url.path = rest.substr(end, rest.find_first_of("?#", end) - end);
  if (url.path.empty()) url.path = "/";
  if (url.host.empty() || url.host.find('.') == std::string::npos) return std::nullopt;
  return url;
}

bool PathMatches(std::string_view pattern, std::string_view path) {
  const std::string glob = Lower(pattern);
  const std::string text = Lower(path);
  size_t g = 0;
  size_t t = 0;
  size_t star = std::string::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string::npos;
}

bool HostMatches(const std::string& pattern, const std::string& host) {
  const std::string wanted = Lower(pattern);
  if (!wanted.starts_with("*.")) return wanted == host;
  const size_t dot = host.find('.');
  return dot != std::string::npos && dot > 0 && host.substr(dot) == wanted.substr(1);
}

std::optional<RouteHit> FindRoute(const std::vector<Json>& all, const Url& url) {
  for (const Json& site : all) {
    if (site.value("kind", "") != "Site") continue;
    const Json spec = SpecOf(site);
    const Json routes = spec.value("routes", Json::array());
    if (AnyMatches(spec.value("redirectFrom", Json::array()), url.host))
      return RouteHit{&site, routes.size(), true};
    if (!AnyMatches(spec.value("hosts", Json::array()), url.host)) continue;
    for (const size_t i : caddy::MatchOrder(routes)) {
      if (PathMatches(routes[i].value("path", "/*"), url.path)) return RouteHit{&site, i, false};
    }
    return RouteHit{&site, routes.size(), false};
  }
  return std::nullopt;
}

std::string TraceLine(const std::string& word, const std::string& what, const std::string& about) {
  const std::string shown = OneLine(what);
  const size_t width = DisplayWidth(shown);
  return fmt::format("{:<9}  {}{}  {}\n", word, shown,
                     std::string(width < kWhatWidth ? kWhatWidth - width : 0, ' '), OneLine(about));
}

std::string ServiceLines(const ResourceKey& app, const std::string& service,
                         const std::string& shown, const std::vector<Json>& all,
                         const LiveHost& live, const Locate& locate) {
  const Json* document = Find(all, app);
  if (document == nullptr) return TraceLine("service", shown, app.ToString() + " is not there");
  std::string out =
      TraceLine("service", shown,
                fmt::format("{}, {}", app.ToString(), locate(*document, "/services/" + service)));
  const auto containers = live.ContainersOf(app, service);
  if (containers.empty()) out += TraceLine("container", "none", "nothing runs for it");
  for (const docker::ContainerView& container : containers)
    out += TraceLine("container", container.name,
                     container.id.substr(0, 12) + ", " + HealthWord(container));
  return out;
}

std::string RouteLines(const Json& site, size_t route, const std::vector<Json>& all,
                       const LiveHost& live, const Locate& locate) {
  const Json spec = SpecOf(site);
  const Json routes = spec.value("routes", Json::array());
  const Json hosts = spec.value("hosts", Json::array());
  const std::string host = hosts.empty() ? "" : hosts.front().get<std::string>();
  const ResourceKey key = KeyOf(site);
  if (route >= routes.size()) {
    return TraceLine("route", host + " (no route)", key.ToString() + " answers 404 here");
  }
  const Json& hit = routes[route];
  std::string out =
      TraceLine("route", host + " " + hit.value("path", "/*"),
                key.ToString() + ", " + locate(site, fmt::format("/routes/{}", route)));
  const std::string backend = hit.value("backend", "");
  const std::vector<std::string> parts = Split(backend, '/');
  if (parts.size() != 3 || backend.find("://") != std::string::npos)
    return out + TraceLine("answer", AnswerOf(hit), "");
  return out + ServiceLines({"App", key.ns, parts[0]}, parts[1], backend, all, live, locate);
}

}  // namespace mooring::cli
