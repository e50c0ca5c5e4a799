// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/route_renderer.h"

#include <array>

#include "controller/base/text.h"
#include "controller/reconcile/outputs.h"
#include "reconcilers/caddy/site_secrets.h"

namespace mooring::caddy {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kDefaultHeaders{{
    {"Referrer-Policy", "strict-origin-when-cross-origin"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "SAMEORIGIN"},
}};

// Caddyfile shorthands (caddyserver.com/docs/caddyfile/concepts, "Placeholders").
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kPlaceholders{{
    {"dir", "http.request.uri.path.dir"},
    {"file", "http.request.uri.path.file"},
    {"host", "http.request.host"},
    {"hostport", "http.request.hostport"},
    {"method", "http.request.method"},
    {"path", "http.request.uri.path"},
    {"port", "http.request.port"},
    {"query", "http.request.uri.query"},
    {"remote", "http.request.remote"},
    {"remote_host", "http.request.remote.host"},
    {"remote_port", "http.request.remote.port"},
    {"scheme", "http.request.scheme"},
    {"uri", "http.request.uri"},
    {"uuid", "http.request.uuid"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPlaceholderPrefixes{{
    {"cookie.", "http.request.cookie."},
    {"header.", "http.request.header."},
    {"labels.", "http.request.host.labels."},
    {"path.", "http.request.uri.path."},
    {"query.", "http.request.uri.query."},
    {"re.", "http.regexp."},
}};

std::string LongPlaceholder(std::string_view name) {
  for (const auto& [shorthand, full] : kPlaceholders) {
    if (name == shorthand) return std::string(full);
  }
  for (const auto& [shorthand, full] : kPlaceholderPrefixes) {
    if (name.starts_with(shorthand)) {
      return std::string(full) + std::string(name.substr(shorthand.size()));
    }
  }
  return std::string(name);
}

/// {"set": {"X": "v"}, "delete": ["Y"]} in Caddy's shape; null when it changes nothing.
Json HeaderOps(const Json& spec) {
  Json ops;
  const Json wanted = spec.value("set", Json::object());
  for (const auto& [name, value] : wanted.items()) {
    ops["set"][name] = Json::array({ExpandPlaceholders(value.get<std::string>())});
  }
  if (const Json removed = spec.value("delete", Json::array()); !removed.empty()) {
    ops["delete"] = removed;
  }
  return ops;
}

Json HeadersHandler(const Json& headers) {
  Json handler;
  if (const Json ops = HeaderOps(headers.value("request", Json::object())); !ops.is_null()) {
    handler["request"] = ops;
  }
  if (Json ops = HeaderOps(headers.value("response", Json::object())); !ops.is_null()) {
    ops["deferred"] = true;  // after the backend has answered, so that ours win
    handler["response"] = std::move(ops);
  }
  if (!handler.is_null()) handler["handler"] = "headers";
  return handler;
}

struct OutsideAddress {
  std::string host;  ///< as a Host header says it
  std::string dial;
  bool tls = false;
};

Result<OutsideAddress> ParseOutside(const std::string& url) {
  OutsideAddress address;
  address.tls = url.starts_with("https://");
  std::string rest = url.substr(url.find("://") + 3);
  if (rest.ends_with('/')) rest.pop_back();
  if ((!address.tls && !url.starts_with("http://")) || rest.empty() ||
      rest.find_first_of("/?#@") != std::string::npos) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("backend \"{}\" must be http:// or https:// and a host, without a path", url));
  }
  const size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string::npos && rest.find(']', colon) == std::string::npos;
  address.host = rest;
  address.dial = has_port ? rest : rest + (address.tls ? ":443" : ":80");
  return address;
}

Result<Json> ServiceUpstreams(const std::string& backend, const std::string& ns) {
  const std::vector<std::string> parts = Split(backend, '/');
  if (parts.size() != 3 || parts[0].empty() || parts[1].empty() || parts[2].empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("backend \"{}\" must be app/service/port or a URL", backend));
  }
  // The name stands in the hosts file. A resolver that refuses makes a missing name fail at once,
  // where a real one would be asked under a lock that all sites share.
  return Json{{"source", "a"},
              {"name", RoutingName(ns, parts[0], parts[1])},
              {"port", parts[2]},
              {"refresh", "1s"},
              {"resolver", {{"addresses", Json::array({"127.0.0.1:1"})}}}};
}

Result<Json> ReverseProxy(const Json& route, const std::string& ns,
                          const Capabilities& capabilities) {
  const std::string backend = route.at("backend").get<std::string>();
  const Json proxy = route.value("proxy", Json::object());
  const Json balancing = proxy.value("loadBalancing", Json::object());
  const Json transport = proxy.value("transport", Json::object());
  Json handler = {
      {"handler", "reverse_proxy"},
      {"load_balancing",
       {{"selection_policy", {{"policy", balancing.value("policy", "round_robin")}}},
        {"try_duration", balancing.value("tryDuration", "5s")},
        {"try_interval", balancing.value("tryInterval", "20ms")}}},
      {"transport",
       {{"protocol", "http"}, {"dial_timeout", transport.value("dialTimeout", "300ms")}}}};
  if (balancing.contains("retries")) handler["load_balancing"]["retries"] = balancing["retries"];
  if (transport.contains("responseHeaderTimeout")) {
    handler["transport"]["response_header_timeout"] = transport["responseHeaderTimeout"];
  }
  if (proxy.contains("flushInterval")) handler["flush_interval"] = proxy["flushInterval"];
  if (capabilities.keeps_streams) handler["stream_close_delay"] = "1h";
  if (backend.find("://") == std::string::npos) {
    MOORING_TRY(handler["dynamic_upstreams"], ServiceUpstreams(backend, ns));
    return handler;
  }
  MOORING_TRY(const OutsideAddress outside, ParseOutside(backend));
  handler["upstreams"] = Json::array({{{"dial", outside.dial}}});
  handler["headers"]["request"]["set"]["Host"] = Json::array({outside.host});
  if (outside.tls) {
    Json tls = Json::object();
    const Json wanted = transport.value("tls", Json::object());
    if (wanted.contains("serverName")) tls["server_name"] = wanted["serverName"];
    handler["transport"]["tls"] = std::move(tls);
  }
  return handler;
}

Json Redirect(const Json& redirect) {
  return {
      {"handler", "static_response"},
      {"status_code", redirect.value("status", 308)},
      {"headers",
       {{"Location", Json::array({ExpandPlaceholders(redirect.at("to").get<std::string>())})}}}};
}

Json Respond(const Json& respond) {
  Json handler = {{"handler", "static_response"}, {"status_code", respond.value("status", 200)}};
  if (respond.contains("body")) {
    handler["body"] = ExpandPlaceholders(respond["body"].get<std::string>());
  }
  const Json headers = respond.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    handler["headers"][name] = Json::array({ExpandPlaceholders(value.get<std::string>())});
  }
  return handler;
}

Result<Json> RenderRoute(const Json& route, const std::string& ns, const Capabilities& capabilities,
                         const SecretValues& secrets) {
  Json handlers = Json::array();
  if (route.contains("basicAuth")) {
    MOORING_TRY(Json guard, BasicAuthHandler(route["basicAuth"], ns, secrets));
    handlers.push_back(std::move(guard));
  }
  if (route.contains("stripPrefix")) {
    handlers.push_back({{"handler", "rewrite"}, {"strip_path_prefix", route["stripPrefix"]}});
  }
  if (Json headers = HeadersHandler(route.value("headers", Json::object())); !headers.is_null()) {
    handlers.push_back(std::move(headers));
  }
  if (route.contains("redirect")) {
    handlers.push_back(Redirect(route["redirect"]));
  } else if (route.contains("respond")) {
    handlers.push_back(Respond(route["respond"]));
  } else if (route.contains("backend")) {
    MOORING_TRY(Json proxy, ReverseProxy(route, ns, capabilities));
    handlers.push_back(std::move(proxy));
  } else {
    return Fail(ErrorCode::kInvalidArgument, "it has none of backend, redirect and respond");
  }
  return Json{{"match", Json::array({{{"path", Json::array({route.value("path", "/*")})}}})},
              {"handle", std::move(handlers)},
              {"terminal", true}};
}

/// Encoding and default headers: what holds for every route. Null when there is nothing.
Json CommonHandlers(const Json& spec) {
  Json handlers;
  const Json encode = spec.value("encode", Json::array({"zstd", "gzip"}));
  if (!encode.empty()) {
    Json encodings;
    for (const Json& name : encode) encodings[name.get<std::string>()] = Json::object();
    handlers.push_back({{"handler", "encode"}, {"encodings", encodings}, {"prefer", encode}});
  }
  if (spec.value("defaultHeaders", true)) {
    for (const auto& [name, value] : kDefaultHeaders) {
      // Only where nobody else has set it.
      handlers.push_back({{"handler", "headers"},
                          {"response",
                           {{"deferred", true},
                            {"require", {{"headers", {{name, nullptr}}}}},
                            {"set", {{name, Json::array({value})}}}}}});
    }
  }
  return handlers;
}

bool MatchesEverything(const Json& route) {
  return route.contains("/match/0/path/0"_json_pointer) &&
         route["/match/0/path/0"_json_pointer] == "/*";
}

}  // namespace

std::vector<size_t> MatchOrder(const Json& routes) {
  struct Rank {
    int priority;
    size_t length;  ///< of the path without its wildcard
    bool exact;
  };
  std::vector<Rank> ranks;
  std::vector<size_t> order;
  for (const Json& route : routes) {
    const std::string path = route.value("path", "/*");
    const bool exact = path.find('*') == std::string::npos;
    ranks.push_back({route.value("priority", 0), exact ? path.size() : path.find('*'), exact});
    order.push_back(order.size());
  }
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    const auto rank = [&](size_t i) {
      return std::tuple(-ranks[i].priority, -static_cast<long>(ranks[i].length), !ranks[i].exact);
    };
    return rank(a) < rank(b);
  });
  return order;
}

std::string ExpandPlaceholders(std::string_view text) {
  std::string expanded;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    expanded.append(text.substr(0, open + 1));
    expanded += LongPlaceholder(text.substr(open + 1, close - open - 1)) + "}";
    text.remove_prefix(close + 1);
  }
  return expanded.append(text);
}

Result<Json> RenderRoutes(const Json& spec, const std::string& ns, const Capabilities& capabilities,
                          const SecretValues& secrets) {
  Json routes = Json::array();
  if (Json common = CommonHandlers(spec); !common.is_null()) {
    routes.push_back({{"handle", std::move(common)}});
  }
  const Json& wanted = spec.at("routes");
  for (const size_t index : MatchOrder(wanted)) {
    auto route = RenderRoute(wanted[index], ns, capabilities, secrets);
    if (!route) return std::unexpected(route.error().WithContext(fmt::format("routes.{}", index)));
    routes.push_back(*std::move(route));
  }
  if (!std::ranges::any_of(routes, MatchesEverything)) {
    routes.push_back(
        {{"handle", Json::array({{{"handler", "static_response"}, {"status_code", 404}}})}});
  }
  return routes;
}

}  // namespace mooring::caddy
