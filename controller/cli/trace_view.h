// SPDX-License-Identifier: Apache-2.0
// Which route answers a URL, and the lines of `mooring trace`. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/cli/live_host.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

struct Url {
  std::string host;  ///< lower case, without the port
  std::string path;  ///< "/" at least, without the query

  /// "https://shop.example.com/api", "shop.example.com"; nullopt: it is none.
  static std::optional<Url> Parse(const std::string& text);
};

/// Whether a path matches as Caddy's path matcher does: without regard to case, * at either end or
/// in the middle.
bool PathMatches(std::string_view pattern, std::string_view path);
/// Whether one of a Site's hosts is meant: "shop.example.com", or "*.example.com" for one label.
bool HostMatches(const std::string& pattern, const std::string& host);

struct RouteHit {
  const Json* site = nullptr;
  size_t route = 0;         ///< index in the Site's routes
  bool redirected = false;  ///< the host is one of redirectFrom: no route is asked
};
/// The route that answers; nullopt when no Site has the host, a Site without a fitting route when
/// `route` is past the end.
std::optional<RouteHit> FindRoute(const std::vector<Json>& all, const Url& url);

/// Where a value of a resource stands in its file: the line of the resource itself when more is not
/// known.
using Locate = std::function<std::string(const Json& document, const std::string& pointer)>;

/// "service    shop/web/8080  App/default/shop, apps/shop/app.yaml:33" and the containers below it.
std::string RouteLines(const Json& site, size_t route, const std::vector<Json>& all,
                       const LiveHost& live, const Locate& locate);
std::string ServiceLines(const ResourceKey& app, const std::string& service,
                         const std::string& shown, const std::vector<Json>& all,
                         const LiveHost& live, const Locate& locate);
/// One line: "route      what                           about it".
std::string TraceLine(const std::string& word, const std::string& what, const std::string& about);

}  // namespace mooring::cli
