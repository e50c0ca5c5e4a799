// SPDX-License-Identifier: Apache-2.0
// The way back: a spec that was tried and failed is put aside, and what was applied before it is
// looked after in its place, until the spec is another one or a person wants it again.
#include "controller/base/text.h"
#include "controller/holds/failed_specs.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/run.h"

namespace mooring {
namespace {

constexpr Duration kUsualHealthTimeout = std::chrono::minutes(2);

Json RolloutOf(const Resource& resource) {
  const Json rollout = resource.spec.value("rollout", Json::object());
  return rollout.is_object() ? rollout : Json::object();
}

bool RollsBackByItself(const Resource& resource) {
  return resource.key.kind == "App" && RolloutOf(resource).value("autoRollback", true);
}

Duration HealthTimeoutOf(const Resource& resource) {
  return ParseDuration(RolloutOf(resource).value("healthTimeout", ""))
      .value_or(kUsualHealthTimeout);
}

enum class Blame {
  kOthers,  ///< the engine, a registry that does not answer: trying again is right
  kMaybe,   ///< it may pass; where it does not, the version is not to be had
  kVersion  ///< the version has shown that it does not run
};

Blame Judge(const Error& error, bool failed_writing) {
  const std::string& why = error.reason();
  for (const char* own : {reason::kHealthTimeout, reason::kCrashLoop, reason::kOutOfMemory,
                          reason::kJobFailed, reason::kPortConflict}) {
    if (why == own) return Blame::kVersion;
  }
  const bool passes = error.code() == ErrorCode::kUnavailable ||
                      error.code() == ErrorCode::kDeadlineExceeded ||
                      error.code() == ErrorCode::kAborted;
  if (!failed_writing || passes) return Blame::kOthers;
  // What the engine takes for wrong is wrong again; an image may be pushed a moment later.
  const bool wrong = error.code() == ErrorCode::kInvalidArgument;
  return wrong && why != reason::kImagePullFailed ? Blame::kVersion : Blame::kMaybe;
}

}  // namespace

ReconcileOutcome Controller::ConvergeOrRollBack(Run& run) {
  if (parts_.failed == nullptr || !parts_.find_applied || run.desired == nullptr)
    return Converge(run, run.desired);
  if (const auto failed = StandingFailure(run)) {
    if (const ResourcePtr applied = parts_.find_applied(run.before, cut_.get_token()))
      return StayBack(run, *failed, *applied);
    return Stalled{Error(ErrorCode::kFailedPrecondition,
                         DescribeFailedSpec(*failed) +
                             "; the spec that was applied before cannot be read any more, so what "
                             "runs is left as it is")
                       .WithReason(reason::kRolledBack)};
  }
  ReconcileOutcome outcome = Converge(run, run.desired);
  if (auto back = RollBack(run, outcome)) return *std::move(back);
  if (std::holds_alternative<Done>(outcome)) ForgetFailedSpec(run.key);
  return outcome;
}

/// That of the very spec that is desired now. A person who asks for it wants it tried again; the
/// way back stays known until a version is well.
std::optional<FailedSpec> Controller::StandingFailure(Run& run) const {
  auto failed = parts_.failed->Find(run.key);
  if (!failed) return std::nullopt;
  // A store that was lost knows nothing of it.
  if (run.before.last_applied_digest.empty()) {
    run.before.source_name = failed->source;
    run.before.last_applied_revision = failed->applied_revision;
    run.before.last_applied_digest = failed->applied_digest;
  }
  if (failed->digest != run.desired->spec_digest) return std::nullopt;
  if (run.trigger != Trigger::kHuman) return failed;
  failed->digest.clear();
  KeepFailedSpec(*failed);
  return std::nullopt;
}

/// Goes back to what was applied before, if the outcome is a failure of this version and there is
/// anything to go back to.
std::optional<ReconcileOutcome> Controller::RollBack(Run& run, const ReconcileOutcome& outcome) {
  const Error* error = ErrorOf(outcome);
  const std::string& applied_digest = run.before.last_applied_digest;
  if (error == nullptr || applied_digest.empty() || applied_digest == run.desired->spec_digest ||
      !RollsBackByItself(*run.desired))
    return std::nullopt;
  const Blame blame = Judge(*error, run.failed_writing);
  if (blame == Blame::kOthers) return std::nullopt;
  if (blame == Blame::kMaybe && FailingFor(run) < HealthTimeoutOf(*run.desired))
    return Retry{*error};
  const ResourcePtr applied = parts_.find_applied(run.before, cut_.get_token());
  if (!applied) return std::nullopt;
  const FailedSpec failed{.key = run.key,
                          .digest = run.desired->spec_digest,
                          .revision = run.context.revision,
                          .reason = error->reason(),
                          .cause = error->ToString(),
                          .since = parts_.clock.Now(),
                          .source = run.before.source_name,
                          .applied_revision = run.before.last_applied_revision,
                          .applied_digest = applied_digest};
  KeepFailedSpec(failed);
  run.failed_writing = false;
  run.way_back = true;
  return StayBack(run, failed, *applied);
}

ReconcileOutcome Controller::StayBack(Run& run, const FailedSpec& failed, const Resource& applied) {
  ReconcileOutcome kept = Converge(run, &applied);
  if (std::holds_alternative<Interrupted>(kept)) return kept;
  const Error rolled_back = Error(ErrorCode::kFailedPrecondition, DescribeFailedSpec(failed))
                                .WithReason(reason::kRolledBack);
  const Error* trouble = ErrorOf(kept);
  if (trouble == nullptr) return Stalled{rolled_back};
  // What runs in its place is in trouble, too: that is what a person must hear of first.
  Error both(trouble->code(),
             fmt::format("{}; and what was applied before: {}", failed.cause, trouble->ToString()));
  if (const auto after = trouble->retry_after()) both = both.WithRetryAfter(*after);
  both = both.WithReason(trouble->reason());
  if (std::holds_alternative<Retry>(kept)) return Retry{std::move(both)};
  return Stalled{std::move(both)};
}

/// Where it cannot be kept, the next start tries the same once more; better than to stay with a
/// version that does not run.
void Controller::KeepFailedSpec(const FailedSpec& failed) const {
  const Status kept = parts_.failed->Put(failed);
  if (kept) return;
  parts_.log.With("resource", failed.key.ToString())
      .With("error", kept.error().ToString())
      .Error("which spec has failed cannot be kept");
}

void Controller::ForgetFailedSpec(const ResourceKey& key) const {
  const Status forgotten = parts_.failed->Forget(key);
  if (forgotten) return;
  parts_.log.With("resource", key.ToString())
      .With("error", forgotten.error().ToString())
      .Error("a spec that failed cannot be forgotten");
}

}  // namespace mooring
