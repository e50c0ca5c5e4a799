// SPDX-License-Identifier: Apache-2.0
// What a Notifier sends: an event, or how many were left out, as JSON, and its headers. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/reconcile/secret_values.h"
#include "controller/resource/status.h"

namespace mooring::notify {

/// Where a webhook goes, with the values of its references.
struct Webhook {
  std::string origin;                ///< "https://hooks.example.com"; for people: it has no secret
  std::string path;                  ///< "/mooring"; may be a secret
  SecretString key;                  ///< signs
  std::vector<std::string> headers;  ///< "Name: value"; may be secret
};

/// Unavailable: a value that it refers to is not known yet; FailedPrecondition: it cannot be sent.
Result<Webhook> WebhookOf(const Resource& notifier,
                          const std::function<SecretDataPtr(const ResourceKey&)>& secrets);

struct RateLimit {
  int events = 60;
  Duration window = std::chrono::hours(1);
};
RateLimit RateLimitOf(const Resource& notifier);

/// The body for one event.
std::string MessageOf(const Event& event, const std::string& host);
/// The body that says how many were left out, and of what.
std::string SummaryOf(size_t left_out, const std::vector<std::string>& resources,
                      const std::string& host, Time now);

/// All headers of a message: what it is, its id and its signature among them.
std::vector<std::string> HeadersOf(const Webhook& webhook, const std::string& id,
                                   const std::string& body);

}  // namespace mooring::notify
