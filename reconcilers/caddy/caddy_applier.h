// SPDX-License-Identifier: Apache-2.0
// Brings Sites into Caddy: many edits, one load. `Apply` only collects; a thread of the applier
// merges what has gathered into the live configuration with one compare-and-swap and wakes the
// keys. Thread-safe; main owns it and destroys it before the cache.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "controller/base/log.h"
#include "controller/reconcile/applier.h"
#include "reconcilers/caddy/config_cache.h"

namespace mooring::caddy {

struct ApplierOptions {
  Duration quiet = std::chrono::milliseconds(30);      ///< no new edit for this long: load
  Duration max_wait = std::chrono::milliseconds(300);  ///< since the first edit, then load anyway
  Duration min_reload_interval = std::chrono::seconds(2);
  /// What must hold before a new address is handed to Caddy; replaced in tests.
  std::function<Status(const std::string& address)> probe_listen;
};

class CaddyApplier final : public Applier {
 public:
  /// Called from the applier's thread for keys that are on the host or have failed.
  using Wake = std::function<void(const std::vector<ResourceKey>&)>;

  /// All references must outlive the applier. The thread starts here and ends with Stop.
  CaddyApplier(ConfigCache& cache, ConfigWriter& writer, ApplierOptions options, Clock& clock,
               Wake wake, Log log = {});
  ~CaddyApplier() override;

  /// Ends the thread: nothing is loaded and nobody woken after it. Edits that are still pending are
  /// dropped, and planned again by the next process. Idempotent; not from within `wake`.
  void Stop();

  /// Pending when the edit was accepted. If the same edit failed in the meantime, its error, once:
  /// InvalidArgument (CaddyRejected) with Caddy's own words, FailedPrecondition (NameConflict: the
  /// Caddy is not ours alone; PortConflict), Unavailable (HostConflict: another Site has the host),
  /// or whatever reaching Caddy failed with.
  Result<Applied> Apply(const ResourceKey& key, const Change& change,
                        std::stop_token stop) override;

  /// For the loads from now on.
  void SetMinReloadInterval(Duration interval);

  /// Configurations loaded so far, refused ones included.
  uint64_t loads() const;

 private:
  struct Edit {
    SiteConfig config;  ///< empty: take it out
    std::string digest;
  };
  using Edits = std::map<ResourceKey, Edit>;
  struct Failure {
    std::string digest;
    Error error;
  };

  void Run(std::stop_token stop);
  Edits Gather(std::stop_token stop);
  void Flush(const Edits& edits, std::stop_token stop);
  /// Loads `edits` in as few loads as possible; parts them while Caddy rejects the whole.
  void Load(const Edits& edits, std::map<ResourceKey, Error>& failed, std::stop_token stop);
  Status TryLoad(const Edits& edits, std::stop_token stop);
  Result<std::optional<Json>> Write(const ConfigCache::Fresh& fresh, const Edits& edits,
                                    std::stop_token stop);
  Status CheckHosts(const Sites& sites, const Edits& edits) const;
  Status Preflight(const Json& live, const Json& next) const;

  ConfigCache& cache_;
  ConfigWriter& writer_;
  const ApplierOptions options_;
  Clock& clock_;
  const Wake wake_;
  const Log log_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool stopped_ = false;
  Duration min_reload_interval_;
  Edits pending_;
  uint64_t arrivals_ = 0;
  uint64_t loads_ = 0;
  std::map<ResourceKey, Failure> failures_;
  std::optional<SteadyTime> last_load_;
  std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace mooring::caddy
