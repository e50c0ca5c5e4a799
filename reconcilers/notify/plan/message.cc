// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/notify/plan/message.h"

#include <algorithm>

#include "controller/base/hmac.h"
#include "controller/base/text.h"

namespace mooring::notify {
namespace {

constexpr size_t kResourcesNamed = 10;

/// The text, or what its reference leads to; a newline at its end is not part of it. `what` names
/// it for people.
Result<std::string> ValueOf(const Json& value, const std::string& ns, std::string_view what,
                            const std::function<SecretDataPtr(const ResourceKey&)>& secrets) {
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else {
    const auto ref = ReadSecretRef(value, ns);
    const SecretDataPtr data = ref ? secrets(ref->Secret()) : nullptr;
    const auto found = data ? data->find(ref->key) : SecretData::const_iterator();
    if (!data || found == data->end())
      return Fail(ErrorCode::kUnavailable, "a Secret that it uses is not Ready");
    text = found->second.Reveal();
    if (text.ends_with('\n')) text.pop_back();
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  if (std::ranges::any_of(text, is_control))
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("{} has more than one line", what));
  return text;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<Webhook> WebhookOf(const Resource& notifier,
                          const std::function<SecretDataPtr(const ResourceKey&)>& secrets) {
  const Json& spec = notifier.spec.at("webhook");
  const std::string& ns = notifier.key.ns;
  MOORING_TRY(const std::string url, ValueOf(spec.at("url"), ns, "webhook.url", secrets));
  MOORING_TRY(std::string key, ValueOf(spec.at("hmacKey"), ns, "webhook.hmacKey", secrets));
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return Fail(ErrorCode::kFailedPrecondition,
                "webhook.url is no address with https:// or http://");
  const size_t path = std::min(url.find_first_of("/?#", url.find("://") + 3), url.size());
  Webhook webhook{
      .origin = url.substr(0, path), .path = url.substr(path), .key = SecretString(std::move(key))};
  if (!webhook.path.starts_with('/')) webhook.path.insert(0, "/");
  const Json headers = spec.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    MOORING_TRY(const std::string text, ValueOf(value, ns, "webhook.headers." + name, secrets));
    webhook.headers.push_back(fmt::format("{}: {}", name, text));
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
