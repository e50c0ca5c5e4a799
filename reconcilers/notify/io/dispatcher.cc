// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/notify/io/dispatcher.h"

#include <algorithm>

#include "controller/base/redact.h"
#include "controller/base/text.h"

namespace mooring::notify {
namespace {

constexpr std::chrono::seconds kTimeout{10};
/// Even without any message the windows of the rate limits are looked at.
constexpr Duration kIdle = std::chrono::minutes(1);

/// What an event says is remembered of so many, so that it is not said twice.
constexpr size_t kMostTold = 1000;

bool IsSuspended(const Resource& notifier) {
  return notifier.spec.value("suspend", false) || notifier.derived.contains("suspendedBy");
}

std::string WhatItSays(const Event& event) {
  return event.key.ToString() + " " + event.reason + " " + event.message;
}

}  // namespace

Dispatcher::Send Dispatcher::SendByHttp() {
  return [](const std::string& origin, const net::HttpRequest& request,
            std::stop_token stop) -> Result<int> {
    net::HttpClient client({.base_url = origin, .max_body = 1 << 20});
    MOORING_TRY(const net::HttpResponse answer, client.Do(request, stop));
    return answer.status;
  };
}

Dispatcher::Dispatcher(Options options, SecretReader& secrets, Clock& clock,
                       std::function<void(const ResourceKey&)> on_state, Log log, Send send)
    : options_(std::move(options)),
      secrets_(secrets),
      clock_(clock),
      on_state_(std::move(on_state)),
      log_(std::move(log)),
      send_(std::move(send)) {}

void Dispatcher::SetNotifiers(const std::vector<ResourcePtr>& notifiers) {
  const std::scoped_lock lock(mutex_);
  std::map<ResourceKey, Channel> next;
  for (const ResourcePtr& notifier : notifiers) {
    const auto known = channels_.find(notifier->key);
    Channel& channel = next[notifier->key];
    if (known != channels_.end()) channel = std::move(known->second);
    const bool changed =
        channel.notifier != nullptr && channel.notifier->spec_digest != notifier->spec_digest;
    if (changed) {  // whoever mended it need not wait
      channel.not_before = SteadyTime();
      channel.failures = 0;
    }
    if (channel.notifier == nullptr) channel.window_begins = clock_.Now();
    channel.notifier = notifier;
  }
  channels_ = std::move(next);
  news_ = true;
  changed_.notify_all();
}

/// A Notifier is not told of its own failures: it could not say them, and would then repeat them.
bool Dispatcher::IsWanted(const Event& event, const Channel& channel) {
  return event.severity != Severity::kInfo && event.key != channel.notifier->key &&
         !IsSuspended(*channel.notifier);
}

bool Dispatcher::IsRepeated(const Event& event, Channel& channel) const {
  const Time now = clock_.Now();
  std::erase_if(channel.told,
                [&](const auto& one) { return now - one.second >= options_.repeat_after; });
  if (channel.told.size() >= kMostTold) channel.told.clear();
  return !channel.told.emplace(WhatItSays(event), now).second;
}

/// When the window of the rate limit is over, one message says what was left out in it.
void Dispatcher::CloseWindow(Channel& channel) const {
  const RateLimit limit = RateLimitOf(*channel.notifier);
  const Time now = clock_.Now();
  if (now - channel.window_begins < limit.window && now >= channel.window_begins) return;
  channel.window_begins = now;
  channel.in_window = 0;
  if (channel.left_out == 0) return;
  const std::vector<std::string> resources(channel.left_out_of.begin(), channel.left_out_of.end());
  channel.messages.push_back({fmt::format("summary-{}", now.time_since_epoch().count()),
                              SummaryOf(channel.left_out, resources, options_.host, now), now});
  channel.left_out = 0;
  channel.left_out_of.clear();
}

void Dispatcher::DropOld(Channel& channel) const {
  const Time now = clock_.Now();
  auto& messages = channel.messages;
  while (!messages.empty() &&
         (messages.size() > options_.keep || now - messages.front().time > options_.keep_for)) {
    messages.pop_front();
    ++channel.state.dropped;
  }
  channel.state.waiting = messages.size();
}

void Dispatcher::Tell(const Event& event) {
  const std::scoped_lock lock(mutex_);
  for (auto& [key, channel] : channels_) {
    if (!IsWanted(event, channel) || IsRepeated(event, channel)) continue;
    CloseWindow(channel);
    if (channel.in_window >= RateLimitOf(*channel.notifier).events) {
      ++channel.left_out;
      channel.left_out_of.insert(event.key.ToString());
      continue;
    }
    ++channel.in_window;
    channel.messages.push_back({fmt::format("{}-{}", options_.host, event.sequence),
                                MessageOf(event, options_.host), clock_.Now()});
    DropOld(channel);
    news_ = true;
  }
  if (news_) changed_.notify_all();
}

/// A channel with a message that is due, the one that waits longest first; else `deadline` is when
/// to look again.
std::optional<ResourceKey> Dispatcher::NextDue(SteadyTime& deadline) {
  const std::scoped_lock lock(mutex_);
  news_ = false;
  const SteadyTime now = clock_.Steady();
  deadline = now + kIdle;
  const Channel* due = nullptr;
  for (auto& [key, channel] : channels_) {
    CloseWindow(channel);
    DropOld(channel);
    if (channel.messages.empty() || IsSuspended(*channel.notifier)) continue;
    if (channel.not_before > now) {
      deadline = std::min(deadline, channel.not_before);
    } else if (due == nullptr || channel.not_before < due->not_before) {
      due = &channel;
    }
  }
  return due == nullptr ? std::nullopt : std::optional(due->notifier->key);
}

void Dispatcher::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    SteadyTime deadline;
    if (const auto key = NextDue(deadline)) {
      Deliver(*key, stop);
      continue;
    }
    std::unique_lock lock(mutex_);
    clock_.WaitUntil(lock, changed_, deadline, stop, [&] { return news_; });
  }
}

/// Why it failed; "" when it was delivered.
std::string Dispatcher::Try(const Resource& notifier, const Message& message,
                            const std::stop_token& stop) {
  const auto webhook =
      WebhookOf(notifier, [&](const ResourceKey& secret) { return secrets_.Applied(secret); });
  if (!webhook) return webhook.error().ToString();
  // What is wrong with an address is said without it: it may be a secret.
  const bool is_secret = !notifier.spec["webhook"]["url"].is_string();
  const std::string where = is_secret ? "its address" : webhook->origin;
  const auto status = send_(webhook->origin,
                            {.method = "POST",
                             .path = webhook->path,
                             .headers = HeadersOf(*webhook, message.id, message.body),
                             .body = message.body,
                             .timeout = kTimeout},
                            stop);
  if (!status) {
    const std::string why = is_secret
                                ? std::string(ErrorCodeName(status.error().code()))
                                : Redact(status.error().ToString(), {SecretString(webhook->path)});
    return fmt::format("{} does not answer: {}", where, why);
  }
  if (*status >= 200 && *status < 300) return "";
  return fmt::format("{} answers with status {}", where, *status);
}

void Dispatcher::Deliver(const ResourceKey& key, const std::stop_token& stop) {
  ResourcePtr notifier;
  Message message;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = channels_.find(key);
    if (found == channels_.end() || found->second.messages.empty()) return;
    notifier = found->second.notifier;
    message = found->second.messages.front();
  }
  const std::string failure = Try(*notifier, message, stop);
  if (stop.stop_requested()) return;
  bool changed = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = channels_.find(key);
    if (found == channels_.end()) return;
    Channel& channel = found->second;
    // What was tried is not what is desired now: the next try tells how that does.
    if (!failure.empty() && channel.notifier != notifier) return;
    changed = channel.state.failure != failure;
    channel.state.failure = failure;
    if (failure.empty()) {
      channel.failures = 0;
      channel.not_before = SteadyTime();
      ++channel.state.delivered;
      if (!channel.messages.empty() && channel.messages.front().id == message.id)
        channel.messages.pop_front();
    } else {
      const int doublings = std::min(channel.failures++, 16);
      channel.not_before = clock_.Steady() + std::min(options_.first_pause * (1 << doublings),
                                                      options_.longest_pause);
    }
    channel.state.waiting = channel.messages.size();
  }
  if (!changed) return;
  log_.With("resource", key.ToString())
      .With("state", failure.empty() ? "delivers again" : failure)
      .Info("notifier");
  on_state_(key);
}

DeliveryState Dispatcher::StateOf(const ResourceKey& notifier) const {
  const std::scoped_lock lock(mutex_);
  const auto found = channels_.find(notifier);
  return found == channels_.end() ? DeliveryState() : found->second.state;
}

}  // namespace mooring::notify
