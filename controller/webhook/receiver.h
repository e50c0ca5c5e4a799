// SPDX-License-Identifier: Apache-2.0
// The webhooks of the configuration: takes deliveries, has the source looked at, and remembers what
// came of the last. Thread-safe; main owns it, and what its parts name outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/secret_string.h"
#include "controller/metrics/metrics.h"
#include "controller/web/rate_limiter.h"
#include "controller/webhook/replay_memory.h"
#include "controller/webhook/sender.h"

namespace mooring::webhook {

struct Hook {
  std::string name;
  Sender sender = Sender::kGithub;
  std::string source;   ///< that is looked at
  std::string ref;      ///< that it follows, "refs/heads/main"; empty: one commit
  SecretString secret;  ///< empty: it cannot be read now, and nothing is taken
};

/// What came of a delivery.
enum class Outcome {
  kAccepted,     ///< the source is looked at now
  kIgnored,      ///< signed well, and nothing to do about it
  kRepeated,     ///< it was taken before
  kRefused,      ///< the signature is missing or wrong
  kLimited,      ///< too many at once
  kInvalid,      ///< signed well, and not to be understood
  kUnavailable,  ///< the hook's secret cannot be read
};
/// "accepted", "ignored", ...: the metric's label and the API's word.
std::string_view OutcomeName(Outcome outcome);
/// All of them.
std::vector<std::string> OutcomeNames();

struct Answer {
  Outcome outcome = Outcome::kAccepted;
  std::string message;  ///< for a person; for one without the secret it tells nothing
  Duration wait{0};     ///< kLimited: until one may come
};

struct LastDelivery {
  Time at;
  std::string id;
  std::string event;
  std::string signature;  ///< "valid", "missing", "wrong"; "unchecked" without a secret
  Outcome outcome = Outcome::kAccepted;
  std::string message;
};

/// A hook and what it has seen since the daemon started.
struct HookReport {
  std::string name;
  Sender sender = Sender::kGithub;
  std::string source;
  std::string ref;
  bool has_secret = false;
  uint64_t deliveries = 0;
  std::optional<LastDelivery> last;
  std::optional<Time> last_valid;    ///< with a right signature
  std::optional<Time> source_moved;  ///< when the source last had something new
};

class Receiver {
 public:
  struct Parts {
    std::function<void(const std::string& source)> look_now;
    std::function<void(const std::string& hook)> on_refused;  ///< at most 20 a minute for each hook
    metrics::Metrics& metrics;
    Clock& clock;
    Log log;
  };
  explicit Receiver(Parts parts);

  /// These and no others from now on. Those that stay remember what they have seen.
  void Configure(const std::vector<Hook>& hooks);
  /// nullopt: there is no such hook.
  std::optional<Answer> Receive(const std::string& name, const Headers& headers,
                                std::string_view body);
  /// The source is at another revision than before, or at its first.
  void SourceTook(const std::string& source, const std::string& revision);

  /// In the order of the configuration.
  std::vector<HookReport> Reports() const;

 private:
  struct State {
    std::shared_ptr<const Hook> hook;
    ReplayMemory taken;
    uint64_t deliveries = 0;
    std::optional<LastDelivery> last;
    std::optional<Time> last_valid;
  };
  struct Movement {
    std::string revision;
    std::optional<Time> moved;
  };

  std::shared_ptr<const Hook> Find(const std::string& name) const;
  Answer Judge(const Hook& hook, Signature signature, const Envelope& envelope,
               const Headers& headers, std::string_view body);
  Answer Refuse(const Hook& hook);
  /// Takes the marks of a delivery; false if one was taken before.
  bool TakeOnce(const std::string& hook, const std::vector<std::string>& marks);
  void Keep(const Hook& hook, LastDelivery last, bool valid);

  const Parts parts_;
  web::RateLimiter right_;
  web::RateLimiter wrong_;
  mutable std::mutex mutex_;
  std::vector<State> states_;
  std::map<std::string, Movement> movements_;  ///< by source
};

}  // namespace mooring::webhook
