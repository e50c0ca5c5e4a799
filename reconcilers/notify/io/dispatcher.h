// SPDX-License-Identifier: Apache-2.0
// Delivers events to Notifiers on a thread of its own. Whoever tells of an event never waits; a
// channel that fails is tried again with growing pauses, and holds up no other for longer than one
// try. What was not delivered when the daemon ends is lost. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/net/http_client.h"
#include "controller/reconcile/secret_values.h"
#include "controller/resource/status.h"
#include "reconcilers/notify/plan/message.h"
#include "reconcilers/notify/plan/observation.h"

namespace mooring::notify {

class Dispatcher {
 public:
  /// POSTs to `origin`; the HTTP status.
  using Send = std::function<Result<int>(const std::string& origin, const net::HttpRequest& request,
                                         std::stop_token stop)>;
  struct Options {
    std::string host;
    Duration first_pause = std::chrono::seconds(5);  ///< doubles with each failure
    Duration longest_pause = std::chrono::minutes(15);
    Duration keep_for = std::chrono::hours(24);     ///< a message that is older is given up
    size_t keep = 500;                              ///< messages of one Notifier
    Duration repeat_after = std::chrono::hours(1);  ///< the same event is not sent again sooner
  };
  /// `on_state`: a channel broke, or works again. All must outlive this.
  Dispatcher(Options options, SecretReader& secrets, Clock& clock,
             std::function<void(const ResourceKey&)> on_state, Log log, Send send = SendByHttp());

  /// The Notifiers from now on; one that is suspended is told nothing.
  void SetNotifiers(const std::vector<ResourcePtr>& notifiers);
  void Tell(const Event& event);
  /// Until stopped.
  void Run(std::stop_token stop);
  DeliveryState StateOf(const ResourceKey& notifier) const;

  static Send SendByHttp();

 private:
  struct Message {
    std::string id;
    std::string body;
    Time time;
  };
  struct Channel {
    ResourcePtr notifier;
    std::deque<Message> messages;
    DeliveryState state;
    int failures = 0;
    SteadyTime not_before;
    std::map<std::string, Time> told;  ///< by what an event says
    // The current window of the rate limit.
    Time window_begins;
    int in_window = 0;
    size_t left_out = 0;
    std::set<std::string> left_out_of;
  };
  static bool IsWanted(const Event& event, const Channel& channel);
  bool IsRepeated(const Event& event, Channel& channel) const;
  void CloseWindow(Channel& channel) const;
  void DropOld(Channel& channel) const;
  std::optional<ResourceKey> NextDue(SteadyTime& deadline);
  void Deliver(const ResourceKey& key, const std::stop_token& stop);
  std::string Try(const Resource& notifier, const Message& message, const std::stop_token& stop);

  const Options options_;
  SecretReader& secrets_;
  Clock& clock_;
  const std::function<void(const ResourceKey&)> on_state_;
  const Log log_;
  const Send send_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool news_ = false;
  std::map<ResourceKey, Channel> channels_;
};

}  // namespace mooring::notify
