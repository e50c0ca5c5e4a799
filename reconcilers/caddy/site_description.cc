// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_description.h"

#include <set>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "reconcilers/caddy/secret_places.h"

namespace mooring::caddy {
namespace {

constexpr auto kReplace = Json::error_handler_t::replace;

std::string Scalar(const Json& value) {
  std::string text =
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, kReplace);
  constexpr size_t kLongest = 80;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

/// Strings of an array, joined; anything else as JSON.
std::string List(const Json& value) {
  if (!value.is_array()) return Scalar(value);
  std::vector<std::string> parts;
  for (const Json& part : value) parts.push_back(Scalar(part));
  return Join(parts, ", ");
}

const Json* Look(const Json& value, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  return value.contains(at) ? &value.at(at) : nullptr;
}

bool IsCommon(const Json& route) { return route.is_object() && !route.contains("match"); }

class Describer {
 public:
  Describer(const ResourceKey& key, const SiteConfig& config) : key_(key), config_(config) {}

  SiteDescription Run() {
    if (const SitePart* main = config_.Find(key_, kMainPart)) Main(*main);
    if (const SitePart* moved = config_.Find(key_, kRedirectPart)) {
      Put("redirectFrom", Look(moved->value, "/match/0/host"));
    }
    if (const SitePart* tls = config_.Find(key_, kTlsPart)) {
      Put("tls.issuer", Look(tls->value, "/issuers/0/module"));
      Put("tls.email", Look(tls->value, "/issuers/0/email"));
      Put("tls.ca", Look(tls->value, "/issuers/0/ca"));
    }
    if (const SitePart* files = config_.Find(key_, kFilesPart)) {
      words_["tls.issuer"] = "files";
      PutSecret("tls.files.certificate", Look(files->value, "/certificate"));
      PutSecret("tls.files.key", Look(files->value, "/key"));
    }
    return std::move(words_);
  }

 private:
  void Put(const std::string& field, const Json* value) {
    if (value != nullptr) words_[field] = List(*value);
  }

  void PutSecret(const std::string& field, const Json* value) {
    if (value != nullptr) words_[field] = Sha256Hex(value->dump(-1, ' ', false, kReplace));
  }

  void Main(const SitePart& main) {
    Put("hosts", Look(main.value, "/match/0/host"));
    if (main.place == kHttpServer) words_["tls.issuer"] = "off";
    words_["encode"] = "off";
    words_["defaultHeaders"] = "false";
    const Json* routes = Look(main.value, "/handle/0/routes");
    if (routes == nullptr) return;
    for (const Json& route : *routes) {
      if (IsCommon(route)) {
        Common(route);
      } else {
        Route(route);
      }
    }
  }

  void Common(const Json& route) {
    const Json* handlers = Look(route, "/handle");
    if (handlers == nullptr) return;
    for (const Json& handler : *handlers) {
      if (!handler.is_object()) continue;
      const std::string kind = handler.value("handler", "");
      if (kind == "encode") Put("encode", Look(handler, "/prefer"));
      if (kind == "headers") words_["defaultHeaders"] = "true";
    }
  }

  void Route(const Json& route) {
    const Json* path = Look(route, "/match/0/path/0");
    std::string name = "routes[" + (path == nullptr ? std::string("?") : Scalar(*path)) + "]";
    while (!seen_.insert(name).second) name += "'";
    const Json* handlers = Look(route, "/handle");
    if (handlers == nullptr) return;
    for (const Json& handler : *handlers) {
      if (handler.is_object()) Handler(name, handler);
    }
  }

  void Handler(const std::string& route, const Json& handler) {
    const std::string kind = handler.value("handler", "");
    if (kind == "rewrite") {
      Put(route + ".stripPrefix", Look(handler, "/strip_path_prefix"));
    } else if (kind == "headers") {
      Headers(route, handler);
    } else if (kind == "authentication") {
      BasicAuth(route, handler);
    } else if (kind == "reverse_proxy") {
      Proxy(route, handler);
    } else if (kind == "static_response") {
      const Json* location = Look(handler, "/headers/Location/0");
      const std::string field = route + (location != nullptr ? ".redirect" : ".respond");
      Put(field + ".to", location);
      Put(field + ".status", Look(handler, "/status_code"));
      Put(field + ".body", Look(handler, "/body"));
    } else {
      words_[route + ".handler"] = kind;
    }
  }

  void BasicAuth(const std::string& route, const Json& handler) {
    const Json* accounts = Look(handler, "/providers/http_basic/accounts");
    if (accounts == nullptr || !accounts->is_array()) return;
    std::vector<std::string> names;
    for (const Json& account : *accounts) {
      const Json* name = Look(account, "/username");
      PutSecret(fmt::format("{}.basicAuth.{}.password", route, names.size()),
                Look(account, "/password"));
      names.push_back(name == nullptr ? "?" : Scalar(*name));
    }
    words_[route + ".basicAuth"] = Join(names, ", ");
  }

  void Headers(const std::string& route, const Json& handler) {
    for (const char* side : {"request", "response"}) {
      const std::string field = route + ".headers." + side;
      if (const Json* set = Look(handler, "/" + std::string(side) + "/set")) {
        for (const auto& [name, value] : set->items())
          words_[fmt::format("{}.set.{}", field, name)] = List(value);
      }
      Put(field + ".delete", Look(handler, "/" + std::string(side) + "/delete"));
    }
  }

  void Proxy(const std::string& route, const Json& handler) {
    words_[route + ".backend"] = Backend(handler);
    static const std::map<std::string, std::string> kFields = {
        {"loadBalancing.policy", "/load_balancing/selection_policy/policy"},
        {"loadBalancing.tryDuration", "/load_balancing/try_duration"},
        {"loadBalancing.tryInterval", "/load_balancing/try_interval"},
        {"loadBalancing.retries", "/load_balancing/retries"},
        {"transport.dialTimeout", "/transport/dial_timeout"},
        {"transport.responseHeaderTimeout", "/transport/response_header_timeout"},
        {"flushInterval", "/flush_interval"},
    };
    for (const auto& [field, pointer] : kFields) {
      Put(fmt::format("{}.proxy.{}", route, field), Look(handler, pointer));
    }
  }

  /// "app/service/port" of the routing name; else the outside address.
  std::string Backend(const Json& handler) const {
    const Json* name = Look(handler, "/dynamic_upstreams/name");
    const Json* port = Look(handler, "/dynamic_upstreams/port");
    if (name != nullptr && port != nullptr) {
      const std::vector<std::string> parts = Split(Scalar(*name), '.');
      const bool ours =
          parts.size() >= 3 && parts[2] == key_.ns && Scalar(*name).ends_with(".mooring.internal");
      return (ours ? parts[1] + "/" + parts[0] + "/" : Scalar(*name) + ":") + Scalar(*port);
    }
    const Json* host = Look(handler, "/headers/request/set/Host/0");
    const Json* dial = Look(handler, "/upstreams/0/dial");
    const std::string scheme = Look(handler, "/transport/tls") != nullptr ? "https://" : "http://";
    if (host != nullptr && dial != nullptr && Scalar(*dial).starts_with(Scalar(*host))) {
      return scheme + Scalar(*host);
    }
    return dial == nullptr ? "(none)" : scheme + Scalar(*dial);
  }

  const ResourceKey& key_;
  const SiteConfig& config_;
  SiteDescription words_;
  std::set<std::string> seen_;
};

/// "routes[/api/*].backend" -> "routes.0.backend", as far as the spec has such a route.
std::string InSpecWords(const Resource& site, const std::string& field) {
  if (!field.starts_with("routes[")) return field;
  const size_t close = field.rfind(']');
  const std::string path = field.substr(7, close - 7);
  size_t skip = 0;  // routes of the same path before this one
  size_t rest = close + 1;
  for (; rest < field.size() && field[rest] == '\''; ++rest) ++skip;
  const Json& routes = site.spec.contains("routes") ? site.spec["routes"] : Json::array();
  for (size_t i = 0; i < routes.size(); ++i) {
    if (routes[i].value("path", "/*") != path) continue;
    if (skip-- == 0) return "routes." + std::to_string(i) + field.substr(rest);
  }
  return field;
}

bool IsOrMayBeSecret(std::string_view field) {
  if (field.starts_with("tls.files.")) return true;
  if (field.find(".basicAuth.") != std::string_view::npos) return true;
  const size_t set = field.find(".headers.");
  return set != std::string_view::npos && HasSecretWord(field.substr(set));
}

/// The first place in Caddy's JSON where the parts differ.
FieldDiff RawDifference(const SiteConfig& actual, const SiteConfig& desired) {
  for (const auto& [id, part] : desired.parts) {
    const auto found = actual.parts.find(id);
    if (found == actual.parts.end()) return {"route", "no " + id, "present"};
    if (found->second.place != part.place) {
      return {"route", id + " in " + found->second.place, "in " + part.place};
    }
    if (const auto where = FirstDifference(found->second.value, part.value)) {
      if (IsSecretPlace(*where)) return {"route", "", "", true};
      return {"route", id + *where + ": " + ShortText(found->second.value, *where),
              ShortText(part.value, *where)};
    }
  }
  for (const auto& [id, part] : actual.parts) {
    if (!desired.parts.contains(id)) return {"route", "unexpected " + id, "(none)"};
  }
  return {"route", "", ""};
}

}  // namespace

SiteDescription Describe(const ResourceKey& key, const SiteConfig& config) {
  return Describer(key, config).Run();
}

std::vector<FieldDiff> DiffSites(const Resource& site, const SiteConfig& actual,
                                 const SiteConfig& desired) {
  std::vector<FieldDiff> diffs;
  if (actual == desired) return diffs;
  const SiteDescription before = Describe(site.key, actual);
  const SiteDescription after = Describe(site.key, desired);
  const auto text = [](const SiteDescription& words, const std::string& field) {
    const auto found = words.find(field);
    return found == words.end() ? std::string("(none)") : found->second;
  };
  std::set<std::string> fields;
  for (const auto& [field, value] : before) fields.insert(field);
  for (const auto& [field, value] : after) fields.insert(field);
  for (const std::string& field : fields) {
    const std::string was = text(before, field);
    const std::string wanted = text(after, field);
    if (was == wanted) continue;
    const bool secret = IsOrMayBeSecret(field);
    diffs.push_back({InSpecWords(site, field), secret ? "" : was, secret ? "" : wanted, secret});
  }
  if (diffs.empty()) diffs.push_back(RawDifference(actual, desired));
  return diffs;
}

}  // namespace mooring::caddy
