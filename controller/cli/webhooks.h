// SPDX-License-Identifier: Apache-2.0
// The webhooks of the configuration with their secrets, for the daemon: what is refused, or cannot
// be read, becomes an event of the Host. `ReadAgain` from one thread, the receiver from any.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/secret_string.h"
#include "controller/cli/config.h"
#include "controller/metrics/metrics.h"
#include "controller/status/event_recorder.h"
#include "controller/webhook/receiver.h"

namespace mooring::cli {

/// What a source follows, as a push names it: "refs/heads/main"; empty for one commit.
std::string FollowedRef(const SourceConfig& source);

/// The secret in a file that only its owner can read, without the line's end. FailedPrecondition
/// when there is nothing else in it.
Result<SecretString> ReadWebhookSecret(const std::filesystem::path& file);

class Webhooks {
 public:
  struct Parts {
    std::function<void(const std::string& source)> look_now;
    EventRecorder& events;
    metrics::Metrics& metrics;
    Clock& clock;
    Log log;
  };
  Webhooks(const Config& config, const Parts& parts);

  /// Reads the secrets, and takes over which webhooks there are. A file that cannot be read leaves
  /// the secret of before in force; without one, deliveries are answered with 503.
  void ReadAgain(const Config& config);
  webhook::Receiver& receiver() { return receiver_; }

 private:
  SecretString SecretOf(const WebhookConfig& config);
  void Tell(const char* reason, const std::string& message);

  const std::string host_name_;
  EventRecorder& events_;
  const Log log_;
  std::map<std::filesystem::path, SecretString> secrets_;  ///< as they were last read
  webhook::Receiver receiver_;
};

}  // namespace mooring::cli
