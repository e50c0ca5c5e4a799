// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/source_watcher.h"

#include <random>

#include "controller/base/text.h"
#include "controller/metrics/metrics.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

constexpr double kJitter = 0.1;

}  // namespace

SourceWatcher::SourceWatcher(Options options, Source& source, Callbacks callbacks,
                             metrics::Metrics& metrics, Clock& clock, Log log)
    : options_(std::move(options)),
      source_(source),
      callbacks_(std::move(callbacks)),
      metrics_(metrics),
      clock_(clock),
      log_(std::move(log)) {}

void SourceWatcher::Run(std::stop_token stop) {
  std::mt19937 random{std::random_device{}()};
  std::uniform_real_distribution<double> factor(1 - kJitter, 1 + kJitter);
  while (!stop.stop_requested()) {
    const Requests waiting = TakeRequests();
    Look(stop);
    for (const auto& then : waiting) then();
    const auto pause = static_cast<long long>(static_cast<double>(options_.poll_interval.count()) *
                                              factor(random));
    std::unique_lock lock(mutex_);
    clock_.WaitUntil(lock, asked_, clock_.Steady() + Duration(pause), stop,
                     [&] { return !requests_.empty(); });
  }
}

void SourceWatcher::LookNow(std::function<void()> then) {
  std::scoped_lock lock(mutex_);
  requests_.push_back(std::move(then));
  asked_.notify_all();
}

SourceWatcher::Requests SourceWatcher::TakeRequests() {
  std::scoped_lock lock(mutex_);
  return std::exchange(requests_, {});
}

void SourceWatcher::Look(std::stop_token stop) {
  const auto revision = source_.Poll(stop);
  Status done;
  if (!revision) {
    done = std::unexpected(revision.error());
  } else if (*revision != seen_) {
    done = Take(*revision, stop);
    if (done) seen_ = *revision;
  }
  if (!has_good_) FallBack(stop);
  if (stop.stop_requested()) return;
  if (done) {
    metrics_.SourceFetched(options_.name, clock_.Now());
    return;
  }
  // Once it can be read again, it is judged again, and so said to be well.
  seen_ = {};
  metrics_.SourceFetchFailed(options_.name);
  log_.With("source", options_.name)
      .With("error", done.error().ToString())
      .Warn("source cannot be read");
  callbacks_.on_failed(done.error());
}

Status SourceWatcher::Take(const Revision& revision, std::stop_token stop) {
  MOORING_TRY(const auto artifact, source_.Fetch(revision, stop));
  MOORING_TRY(LoadedDesired loaded, loader_.Load(*artifact, revision.ToString()));
  const Log log = log_.With("source", options_.name).With("revision", revision.ToString());
  if (!loaded.set) {
    log.With("findings", loaded.diagnostics.size())
        .With("first", loaded.diagnostics.front().ToString())
        .Warn("commit is not valid, the last good one stays");
    callbacks_.on_invalid(revision, loaded.diagnostics);
    return {};
  }
  if (loaded.set->resources().empty()) {
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("{} has no resources; nothing is removed because of that, the last good "
                          "revision stays. If everything is really to go, leave one resource in it",
                          revision.ToShortString()))
            .WithReason(reason::kSourceEmpty));
  }
  log.With("resources", loaded.set->resources().size()).Info("new revision");
  has_good_ = true;
  metrics_.SetSourceRevision(options_.name, revision.ToString());
  callbacks_.on_desired(loaded.set);
  callbacks_.on_good(revision);
  return {};
}

/// After a restart the newest commit may be one that cannot be used: then the last that was good is
/// read again.
void SourceWatcher::FallBack(std::stop_token stop) {
  const size_t at = options_.last_good.find("sha1:");
  if (at == std::string::npos) return;
  const Revision revision{.branch = options_.last_good.substr(0, at == 0 ? 0 : at - 1),
                          .commit = options_.last_good.substr(at + 5)};
  const auto artifact = source_.Fetch(revision, stop);
  if (!artifact) {
    log_.With("error", artifact.error().ToString()).Warn("last good revision cannot be read");
    return;
  }
  auto loaded = loader_.Load(**artifact, revision.ToString());
  if (!loaded || !loaded->set) return;
  log_.With("revision", revision.ToString()).Info("the last good revision stays in force");
  has_good_ = true;
  metrics_.SetSourceRevision(options_.name, revision.ToString());
  callbacks_.on_desired(loaded->set);
}

}  // namespace mooring
