// SPDX-License-Identifier: Apache-2.0
// The last reading of Caddy's configuration, and the Sites that it is known to have held. Observer,
// applier and watcher share it; main owns it. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "reconcilers/caddy/admin_client.h"

namespace mooring::caddy {

class ConfigCache {
 public:
  /// `reader` and `clock` must outlive the cache.
  ConfigCache(ConfigReader& reader, GatewayOptions options, Clock& clock)
      : reader_(reader), options_(std::move(options)), clock_(clock) {}

  using Live = std::shared_ptr<const LiveConfig>;

  /// The last reading, or a new one if it is dirty. A failure is remembered for a second, so that
  /// many callers do not each wait for a Caddy that hangs.
  Result<Live> Get(std::stop_token stop);
  Status Refresh(std::stop_token stop);
  void MarkDirty();

  /// Reads again; true when the configuration is not the one of the last Poll, nor what Change made
  /// of that. Other readings do not count: a change that one of them saw is still news here.
  Result<bool> Poll(std::stop_token stop);

  struct Fresh {
    ConfigReading reading;
    Live live;
  };
  /// Gets a fresh reading; returns the configuration that it loaded, nullopt if there was no need.
  using ChangeFunction = std::function<Result<std::optional<Json>>(const Fresh&)>;
  /// Runs `change`, then reads again. No other reading of this process falls between the two, so
  /// nobody takes our own write for somebody else's. Fails with the error of `change`.
  Status Change(const ChangeFunction& change, std::stop_token stop);

  /// Sites that Caddy held when it last had our servers; what to restore when it lost them.
  Sites Known() const;
  /// The Site was taken out of Caddy: do not restore it.
  void Forget(const ResourceKey& key);

  const GatewayOptions& options() const { return options_; }

 private:
  Result<Fresh> ReadLocked(std::stop_token stop);
  /// Whether a Caddy that lost its admin address is the one that this process has talked to.
  bool IsOurs(const std::string& body) const;
  void StoreLocked(const Fresh& fresh);

  ConfigReader& reader_;
  const GatewayOptions options_;
  Clock& clock_;
  std::mutex io_mutex_;  ///< one exchange with Caddy at a time; taken before mutex_

  mutable std::mutex mutex_;
  Live live_;
  bool dirty_ = true;
  std::string body_;
  std::optional<std::string> polled_;  ///< what Poll compares with; guarded by io_mutex_
  Sites known_;
  std::optional<Error> failure_;
  SteadyTime failed_at_;
};

}  // namespace mooring::caddy
