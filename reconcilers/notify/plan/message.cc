// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/notify/plan/message.h"

#include "controller/base/hmac.h"
#include "controller/base/text.h"

namespace mooring::notify {
namespace {

constexpr size_t kResourcesNamed = 10;

/// The text, or what its reference leads to; nullopt: that is not known.
std::optional<std::string> ValueOf(
    const Json& value, const std::string& ns,
    const std::function<SecretDataPtr(const ResourceKey&)>& secrets) {
  if (value.is_string()) return value.get<std::string>();
  const auto ref = ReadSecretRef(value, ns);
  const SecretDataPtr data = ref ? secrets(ref->Secret()) : nullptr;
  const auto found = data ? data->find(ref->key) : SecretData::const_iterator();
  if (!data || found == data->end()) return std::nullopt;
  return found->second.Reveal();
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::optional<Webhook> WebhookOf(const Resource& notifier,
                                 const std::function<SecretDataPtr(const ResourceKey&)>& secrets) {
  const Json& spec = notifier.spec.at("webhook");
  const std::string& ns = notifier.key.ns;
  const auto url = ValueOf(spec.at("url"), ns, secrets);
  auto key = ValueOf(spec.at("hmacKey"), ns, secrets);
  if (!url || !key) return std::nullopt;
  const size_t path = url->find('/', url->find("://") + 3);
  Webhook webhook{.origin = url->substr(0, path),
                  .path = path == std::string::npos ? "/" : url->substr(path),
                  .key = SecretString(*std::move(key))};
  const Json headers = spec.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    const auto text = ValueOf(value, ns, secrets);
    if (!text) return std::nullopt;
    webhook.headers.push_back(fmt::format("{}: {}", name, *text));
  }
  return webhook;
}

RateLimit RateLimitOf(const Resource& notifier) {
  const Json json = notifier.spec.value("rateLimit", Json::object());
  RateLimit limit{.events = json.value("events", 60)};
  if (const auto window = ParseDuration(json.value("window", "1h"))) limit.window = *window;
  return limit;
}

std::string MessageOf(const Event& event, const std::string& host) {
  Json json = event;
  json["host"] = host;
  json["type"] = "event";
  return Dump(json);
}

std::string SummaryOf(size_t left_out, const std::vector<std::string>& resources,
                      const std::string& host, Time now) {
  std::vector<std::string> named = resources;
  const bool more = named.size() > kResourcesNamed;
  if (more) named.resize(kResourcesNamed);
  return Dump(
      {{"type", "summary"},
       {"host", host},
       {"time", FormatTime(now)},
       {"leftOut", left_out},
       {"message", fmt::format("{} left out by the rate limit, of {}{}", Count(left_out, "event"),
                               Join(named, ", "), more ? " and others" : "")}});
}

std::vector<std::string> HeadersOf(const Webhook& webhook, const std::string& id,
                                   const std::string& body) {
  std::vector<std::string> headers = webhook.headers;
  headers.emplace_back("Content-Type: application/json");
  headers.emplace_back("User-Agent: mooring");
  headers.push_back("X-Mooring-Delivery: " + id);
  headers.push_back("X-Mooring-Signature: sha256=" + HmacSha256Hex(body, webhook.key));
  return headers;
}

}  // namespace mooring::notify
