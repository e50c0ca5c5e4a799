// SPDX-License-Identifier: Apache-2.0
// When a resource is looked at again: its interval, what is due, and the backoff after failures.
#include "controller/base/text.h"
#include "controller/runtime/run.h"

namespace mooring {
namespace {

Duration SpecDuration(const Resource* resource, const char* field, Duration fallback) {
  if (resource == nullptr) return fallback;
  const auto found = resource->spec.find(field);
  if (found == resource->spec.end() || !found->is_string()) return fallback;
  return ParseDuration(found->get<std::string>()).value_or(fallback);
}

std::string DigestOf(const Resource* resource) {
  return resource == nullptr ? "" : resource->spec_digest;
}

}  // namespace

Duration Controller::IntervalOf(const Resource* resource) const {
  return SpecDuration(resource, "interval", options_.interval);
}

/// A failed write makes events of its own (a container that does not start connects, dies and
/// disconnects), and they must not start the next attempt: until the backoff is over, only a commit
/// or a person does. Zero: not held back.
Duration Controller::HeldBack(const WorkQueue<ResourceKey>::Item& item) const {
  if (item.trigger >= Trigger::kRevision) return Duration(0);
  return failures_.With([&](const Failures& failures) {
    const auto found = failures.of.find(item.key);
    if (found == failures.of.end()) return Duration(0);
    return std::max<Duration>(found->second.not_before - parts_.clock.Steady(), Duration(0));
  });
}

/// Counts a failure; returns how long to wait for the next attempt, `at_least` that long.
Duration Controller::HoldBack(const Run& run, Duration at_least) {
  const Backoff backoff{
      .initial = SpecDuration(run.desired, "retryInterval", options_.retry_interval),
      .cap = max_backoff_};
  return failures_.With([&](Failures& failures) {
    Failure& failure = failures.of[run.key];
    const std::string digest = DigestOf(run.desired);
    if (failure.in_a_row == 0 || failure.digest != digest) {
      failure.since = parts_.clock.Steady();
      failure.digest = digest;
    }
    const Duration delay = std::max(at_least, backoff.Delay(++failure.in_a_row, failures.random));
    failure.not_before = parts_.clock.Steady() + delay;
    return delay;
  });
}

/// How long tries of this very spec have failed, one after the other.
Duration Controller::FailingFor(const Run& run) const {
  return failures_.With([&](const Failures& failures) {
    const auto found = failures.of.find(run.key);
    if (found == failures.of.end() || found->second.digest != DigestOf(run.desired))
      return Duration(0);
    return Duration(parts_.clock.Steady() - found->second.since);
  });
}

void Controller::ForgetFailures() {
  failures_.With([](Failures& failures) { failures.of.clear(); });
}

void Controller::Reschedule(const Run& run, const ReconcileOutcome& outcome) {
  if (std::holds_alternative<Retry>(outcome)) {
    const Error& error = std::get<Retry>(outcome).error;
    const Duration delay =
        HoldBack(run, error.retry_after().value_or(std::chrono::milliseconds(0)));
    queue_.AddRateLimited(run.key, delay);
    parts_.log.With("resource", run.key.ToString())
        .With("error", error.ToString())
        .With("retry_in", FormatElapsed(delay))
        .Warn("reconcile failed");
    return;
  }
  if (std::holds_alternative<Stalled>(outcome) && run.failed_writing) {
    HoldBack(run, Duration(0));
  } else {
    failures_.With([&](Failures& failures) { failures.of.erase(run.key); });
  }
  queue_.Forget(run.key);
  if (run.gone) return;
  if (run.plan && run.plan->due) {
    const Duration left = *run.plan->due - parts_.clock.Now();
    queue_.AddAfter(run.key, std::max<Duration>(left, Duration(0)), Trigger::kSchedule);
  }
  if (const auto* waiting = std::get_if<Waiting>(&outcome)) {
    queue_.AddAfter(run.key, waiting->look_again, Trigger::kRetry);
  } else if (const auto* stalled = std::get_if<Stalled>(&outcome)) {
    parts_.log.With("resource", run.key.ToString())
        .With("reason", stalled->error.reason())
        .With("error", stalled->error.ToString())
        .Warn("reconcile stalled");
    // What else the plan waits for goes on beside what a person must solve.
    const bool waits = run.plan && run.plan->wait;
    const Duration interval = IntervalOf(run.desired);
    queue_.AddAfter(run.key, waits ? std::min(run.plan->wait->look_again, interval) : interval,
                    waits ? Trigger::kRetry : Trigger::kResync);
  }
}

}  // namespace mooring
