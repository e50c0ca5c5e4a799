// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/source_watcher.h"

#include "controller/base/text.h"
#include "controller/metrics/metrics.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/liveness.h"

namespace mooring {

std::string DepartsFrom(Source& source, const std::string& applied, const Revision& after) {
  const Revision before = Revision::Parse(applied);
  if (before.commit.empty() || before == after) return "";
  if (before.branch != after.branch) return applied;
  const auto goes_on = source.GoesOn(before, after);
  return goes_on && *goes_on ? "" : applied;
}

namespace {

/// A server that comes back is noticed soon, one that stays away is not pestered.
constexpr Duration kFirstRetry = std::chrono::seconds(5);
constexpr Duration kLastRetry = std::chrono::minutes(5);

}  // namespace

SourceWatcher::SourceWatcher(Options options, Source& source, DesiredUnion& desired,
                             Callbacks callbacks, metrics::Metrics& metrics, Clock& clock, Log log)
    : options_(std::move(options)),
      source_(source),
      desired_(desired),
      callbacks_(std::move(callbacks)),
      metrics_(metrics),
      clock_(clock),
      log_(std::move(log)),
      loader_(options_.host),
      taken_(Revision::Parse(options_.last_good)),
      pause_(options_.poll_interval),
      poll_interval_(options_.poll_interval) {}

void SourceWatcher::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const Requests waiting = TakeRequests();
    Duration interval;
    {
      std::scoped_lock lock(mutex_);
      interval = poll_interval_;
    }
    pause_ = Jittered(interval, random_);
    ExpectLook(Duration(0));
    Look(stop);
    callbacks_.on_looked();
    for (const auto& then : waiting) then();
    ExpectLook(pause_);
    std::unique_lock lock(mutex_);
    clock_.WaitUntil(lock, asked_, clock_.Steady() + pause_, stop,
                     [&] { return !requests_.empty() || poll_interval_ != interval; });
  }
}

/// The next look begins within `pause` and takes no longer than the longest step.
void SourceWatcher::ExpectLook(Duration pause) {
  if (options_.liveness == nullptr) return;
  options_.liveness->Expect("source " + options_.name,
                            pause + options_.longest_look + kLongestStep);
}

void SourceWatcher::SetPollInterval(Duration interval) {
  std::scoped_lock lock(mutex_);
  poll_interval_ = interval;
  asked_.notify_all();
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
  const auto newest = source_.Poll(stop);
  Status done;
  if (!newest) {
    done = std::unexpected(newest.error());
  } else if (const Revision revision = Wanted(*newest); revision != seen_) {
    done = Take(revision, stop);
    // One that was refused is looked at again: a signer may be added, a program installed.
    if (done) seen_ = refused_.empty() ? revision : Revision();
  }
  if (!has_good_) FallBack(stop);
  if (stop.stop_requested()) return;
  if (done) {
    if (held_ && refused_.empty()) callbacks_.on_held(*newest);
    failures_ = 0;
    metrics_.SourceFetched(options_.name, clock_.Now());
    return;
  }
  // Once it can be read again, it is judged again, and so said to be well.
  seen_ = {};
  refused_.clear();
  if (done.error().code() == ErrorCode::kDataLoss) source_.Distrust();
  Error error = done.error();
  pause_ = NextTry(error);
  metrics_.SourceFetchFailed(options_.name);
  log_.With("source", options_.name).With("error", error.ToString()).Warn("source cannot be read");
  callbacks_.on_failed(error);
}

/// What is to be judged: the revision that a person holds the source at, else the newest.
Revision SourceWatcher::Wanted(const Revision& newest) {
  const Revision held = Revision::Parse(options_.held_at());
  // It is judged anew, and so said to be followed again, also where it is the newest.
  if (held_ && held.commit.empty()) seen_ = {};
  held_ = !held.commit.empty();
  return held_ ? held : newest;
}

Duration SourceWatcher::NextTry(Error& error) {
  // An empty source is read well enough: the next commit is as welcome as ever.
  if (error.reason() == reason::kSourceEmpty) return pause_;
  const Backoff backoff{.initial = std::min(kFirstRetry, options_.poll_interval),
                        .cap = kLastRetry};
  const Duration pause = backoff.Delay(++failures_, random_);
  const Time next = clock_.Now() + std::chrono::duration_cast<std::chrono::milliseconds>(pause);
  error = Error(error.code(), fmt::format("{}; next try at {}", error.ToString(), FormatTime(next)))
              .WithReason(error.reason());
  return pause;
}

void SourceWatcher::TellRewritten(const Revision& after) {
  if (held_ || taken_.commit.empty() || after.branch.empty() || after.branch != taken_.branch)
    return;
  const auto goes_on = source_.GoesOn(taken_, after);
  if (!goes_on || *goes_on) return;
  log_.With("source", options_.name)
      .With("before", taken_.ToString())
      .With("revision", after.ToString())
      .Warn("history was rewritten");
  callbacks_.on_rewritten(taken_, after);
}

Result<bool> SourceWatcher::IsTrusted(const Revision& revision, const std::stop_token& stop) {
  if (options_.verifier == nullptr) return true;
  const auto signer = options_.verifier->Verify(revision, taken_, stop);
  if (signer) {
    refused_.clear();
    callbacks_.on_verified(revision, *signer);
    return true;
  }
  const Error& error = signer.error();
  if (error.reason() != reason::kSignatureInvalid) return std::unexpected(error);
  const std::string why = error.ToString();
  if (std::exchange(refused_, why) == why) return false;
  log_.With("source", options_.name)
      .With("revision", revision.ToString())
      .With("error", why)
      .Warn("revision is refused, the last good one stays");
  callbacks_.on_refused(revision, error);
  return false;
}

Status SourceWatcher::Take(const Revision& revision, std::stop_token stop) {
  MOORING_TRY(const bool trusted, IsTrusted(revision, stop));
  if (!trusted) return {};
  MOORING_TRY(const auto artifact, source_.Fetch(revision, stop));
  MOORING_TRY(manifest::LoadResult loaded, loader_.Load(*artifact, revision.ToString()));
  if (loaded.IsEmpty()) return std::unexpected(manifest::EmptySource(revision.ToShortString()));
  const Log log = log_.With("source", options_.name).With("revision", revision.ToString());
  const size_t resources = loaded.resources.size();
  const std::string note = manifest::NoteOn(loaded.policy);
  const Diagnostics findings = desired_.Offer(options_.name, revision.ToString(), std::move(loaded),
                                              artifact->revision().author,
                                              DepartsFrom(source_, options_.applied(), revision));
  if (!findings.empty()) {
    log.With("findings", findings.size())
        .With("first", findings.front().ToString())
        .Warn("commit is not valid, the last good one stays");
    callbacks_.on_invalid(revision, findings);
    return {};
  }
  log.With("resources", resources).Info("new revision");
  if (!note.empty()) log.With("what", note).Warn("policy");
  TellRewritten(revision);
  taken_ = revision;
  has_good_ = true;
  metrics_.SetSourceRevision(options_.name, revision.ToString());
  callbacks_.on_good(revision);
  return {};
}

/// After a restart the newest commit may be one that cannot be used: then the last that was good is
/// read again.
void SourceWatcher::FallBack(std::stop_token stop) {
  const Revision revision = Revision::Parse(options_.last_good);
  if (revision.commit.empty()) return;
  const auto artifact = source_.Fetch(revision, stop);
  if (!artifact) {
    log_.With("error", artifact.error().ToString()).Warn("last good revision cannot be read");
    return;
  }
  auto loaded = loader_.Load(**artifact, revision.ToString());
  if (!loaded || loaded->IsEmpty()) return;
  const Diagnostics findings =
      desired_.OfferLastGood(options_.name, revision.ToString(), *std::move(loaded),
                             DepartsFrom(source_, options_.applied(), revision));
  if (!findings.empty()) return;
  log_.With("revision", revision.ToString()).Info("the last good revision stays in force");
  has_good_ = true;
  metrics_.SetSourceRevision(options_.name, revision.ToString());
}

}  // namespace mooring
