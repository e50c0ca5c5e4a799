// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/caddy_applier.h"

#include "controller/resource/reasons.h"
#include "reconcilers/caddy/listen_probe.h"
#include "reconcilers/caddy/site_planner.h"

namespace mooring::caddy {

using std::chrono_literals::operator""h;

CaddyApplier::CaddyApplier(ConfigCache& cache, ConfigWriter& writer, ApplierOptions options,
                           Clock& clock, Wake wake, Log log)
    : cache_(cache),
      writer_(writer),
      options_(std::move(options)),
      clock_(clock),
      wake_(std::move(wake)),
      log_(std::move(log)),
      min_reload_interval_(options_.min_reload_interval),
      thread_([this](std::stop_token stop) { Run(stop); }) {}

CaddyApplier::~CaddyApplier() { Stop(); }

void CaddyApplier::Stop() {
  {
    std::scoped_lock lock(mutex_);
    stopped_ = true;
    pending_.clear();
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Result<Applied> CaddyApplier::Apply(const ResourceKey& key, const Change& change,
                                    std::stop_token stop) {
  const auto* operation = dynamic_cast<const SiteOperation*>(change.operation.get());
  if (operation == nullptr) {
    return Fail(ErrorCode::kInternal, key.ToString() + ": this change is not one of Caddy's");
  }
  if (operation->error) return std::unexpected(*operation->error);
  if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
  std::scoped_lock lock(mutex_);
  if (stopped_) return Fail(ErrorCode::kCancelled, "Mooring is stopping");
  if (const auto failed = failures_.find(key); failed != failures_.end()) {
    const Failure failure = std::move(failed->second);
    failures_.erase(failed);
    if (failure.digest == operation->digest) return std::unexpected(failure.error);
  }
  pending_[key] = Edit{operation->config, operation->digest};
  ++arrivals_;
  changed_.notify_all();
  return Applied::kPending;
}

void CaddyApplier::SetMinReloadInterval(Duration interval) {
  std::scoped_lock lock(mutex_);
  min_reload_interval_ = interval;
}

uint64_t CaddyApplier::loads() const {
  std::scoped_lock lock(mutex_);
  return loads_;
}

void CaddyApplier::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const Edits edits = Gather(stop);
    if (!edits.empty() && !stop.stop_requested()) Flush(edits, stop);
  }
}

CaddyApplier::Edits CaddyApplier::Gather(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto some = [this] { return !pending_.empty(); };
  if (!clock_.WaitUntil(lock, changed_, clock_.Steady() + 1h, stop, some)) return {};
  const SteadyTime latest = clock_.Steady() + options_.max_wait;
  for (bool more = true; more && clock_.Steady() < latest && !stop.stop_requested();) {
    const uint64_t seen = arrivals_;
    const SteadyTime quiet = std::min(latest, clock_.Steady() + options_.quiet);
    more = clock_.WaitUntil(lock, changed_, quiet, stop, [&] { return arrivals_ != seen; });
  }
  if (last_load_) {
    clock_.WaitUntil(lock, changed_, *last_load_ + min_reload_interval_, stop,
                     [] { return false; });
  }
  return std::exchange(pending_, {});
}

void CaddyApplier::Flush(const Edits& edits, std::stop_token stop) {
  std::map<ResourceKey, Error> failed;
  Load(edits, failed, stop);
  if (stop.stop_requested()) return;
  std::vector<ResourceKey> keys;
  {
    std::scoped_lock lock(mutex_);
    for (const auto& [key, edit] : edits) {
      keys.push_back(key);
      const auto error = failed.find(key);
      if (error != failed.end()) {
        failures_.insert_or_assign(key, Failure{edit.digest, error->second});
      } else {
        failures_.erase(key);
      }
    }
  }
  log_.With("sites", edits.size())
      .With("failed", failed.size())
      .Debug("Caddy's configuration written");
  wake_(keys);
}

void CaddyApplier::Load(const Edits& edits, std::map<ResourceKey, Error>& failed,
                        std::stop_token stop) {
  const Status loaded = TryLoad(edits, stop);
  if (loaded) return;
  // Only what is said about the content can be the fault of some of the Sites.
  const bool content = loaded.error().code() == ErrorCode::kInvalidArgument ||
                       loaded.error().reason() == reason::kHostConflict;
  if (!content || edits.size() == 1) {
    for (const auto& [key, edit] : edits) failed.insert_or_assign(key, loaded.error());
    return;
  }
  const auto middle = std::next(edits.begin(), static_cast<long>(edits.size() / 2));
  Load(Edits(edits.begin(), middle), failed, stop);
  Load(Edits(middle, edits.end()), failed, stop);
}

Status CaddyApplier::TryLoad(const Edits& edits, std::stop_token stop) {
  constexpr int kAttempts = 5;
  Status loaded;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    loaded = cache_.Change(
        [&](const ConfigCache::Fresh& fresh) { return Write(fresh, edits, stop); }, stop);
    if (loaded || loaded.error().code() != ErrorCode::kAborted) return loaded;
  }
  return loaded;
}

Result<std::optional<Json>> CaddyApplier::Write(const ConfigCache::Fresh& fresh, const Edits& edits,
                                                std::stop_token stop) {
  const LiveConfig& live = *fresh.live;
  if (live.Refused(cache_.options())) {
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition, ForeignText(live)).WithReason(reason::kNameConflict));
  }
  // Caddy lost everything: what it is known to have held comes back with this load.
  Sites sites = live.blank ? cache_.Known() : live.sites;
  for (const auto& [key, edit] : edits) {
    if (edit.config.parts.empty()) {
      sites.erase(key);
    } else {
      sites[key] = edit.config;
    }
  }
  MOORING_RETURN_IF_ERROR(CheckHosts(sites, edits));
  Json next = Assemble(live.config, cache_.options(), sites);
  if (next == live.config) return std::nullopt;
  MOORING_RETURN_IF_ERROR(Preflight(live.config, next));
  {
    std::scoped_lock lock(mutex_);
    ++loads_;
    last_load_ = clock_.Steady();
  }
  MOORING_RETURN_IF_ERROR(writer_.Replace(fresh.reading.from, fresh.reading.etag, next, stop));
  for (const auto& [key, edit] : edits) {
    if (edit.config.parts.empty()) cache_.Forget(key);
  }
  return next;
}

Status CaddyApplier::CheckHosts(const Sites& sites, const Edits& edits) const {
  std::set<ResourceKey> edited;
  for (const auto& [key, edit] : edits) edited.insert(key);
  const auto clash = FindHostClash(sites, edited);
  if (!clash) return {};
  // To be tried again: the other Site may be about to let go of it.
  return std::unexpected(
      Error(ErrorCode::kUnavailable,
            fmt::format("host {} is already served by {}; a host belongs to one "
                        "Site: take it out there or in {}",
                        clash->host, clash->other.ToString(), clash->edited.ToString()))
          .WithReason(reason::kHostConflict));
}

Status CaddyApplier::Preflight(const Json& live, const Json& next) const {
  for (const Listener& listener : NewListeners(live, next)) {
    const Status free = options_.probe_listen
                            ? options_.probe_listen(listener.address)
                            : ProbeListen(listener.address, listener.server == kHttpsServer);
    if (!free) {
      return std::unexpected(free.error().WithContext("let Caddy listen on " + listener.address +
                                                      " (server " + listener.server + ")"));
    }
  }
  return {};
}

}  // namespace mooring::caddy
