// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/holding.h"

#include "controller/base/text.h"
#include "controller/cli/tables.h"
#include "controller/resource/reasons.h"

namespace mooring::cli {
namespace {

std::string RollbackText(const Held& held) {
  return fmt::format("{} is held at {} {}", held.scope.ToString(),
                     ShortRevision(held.hold.revision), DescribeHold(held.hold));
}

/// Whole seconds, as they are kept.
Time After(Time now, Duration how_long) {
  return now + std::chrono::ceil<std::chrono::seconds>(how_long);
}

}  // namespace

void AddHolds(const std::vector<Held>& holds, Time now, PreviewInput& input) {
  std::vector<Held> standing;
  std::vector<std::string> rollbacks;
  for (const Held& held : holds) {
    if (held.EndedAt(now)) continue;
    if (held.scope.kind == HoldScope::Kind::kSource) {
      rollbacks.push_back(RollbackText(held));
    } else {
      standing.push_back(held);
    }
  }
  input.held_at = Join(rollbacks, "; ");
  input.suspended = [standing](const ResourceKey& key) {
    const auto found =
        std::ranges::find_if(standing, [&](const Held& held) { return held.scope.Covers(key); });
    return found == standing.end() ? "" : DescribeSuspension(*found);
  };
}

void AddFailed(const std::vector<FailedSpec>& failed, PreviewInput& input) {
  input.failed = [failed](const Resource& resource) {
    const auto found = std::ranges::find_if(failed, [&](const FailedSpec& one) {
      return one.key == resource.key && one.digest == resource.spec_digest;
    });
    return found == failed.end() ? "" : DescribeFailedSpec(*found);
  };
}

Holding::Holding(const Parts& parts, const Config& config)
    : parts_(parts), host_{"Host", "", config.host_name}, default_(config.manual_suspend_for) {}

void Holding::TellDamage() {
  for (const std::string& damage : {parts_.holds.damage(), parts_.failed.damage()}) {
    if (damage.empty()) continue;
    parts_.log.With("error", damage).Error("what was held back is lost");
    parts_.events.Record(Severity::kError, host_, reason::kHoldsDamaged, damage, "");
  }
}

ResourceKey Holding::Subject(const HoldScope& scope) const {
  if (scope.kind != HoldScope::Kind::kResource) return host_;
  return ResourceKey::Parse(scope.name).value_or(host_);
}

void Holding::Tell(Severity severity, const char* reason, const Held& held, const std::string& text,
                   const std::string& actor) {
  const auto set = parts_.controller.desired();
  parts_.log.With("what", held.scope.ToString())
      .With("actor", actor.empty() ? "mooring" : actor)
      .Info(reason);
  parts_.events.Record(severity, Subject(held.scope), reason, text, set ? set->revision() : "",
                       {.actor = actor});
}

void Holding::Wake(const HoldScope& scope) {
  if (scope.kind == HoldScope::Kind::kSource) {
    // What it changes is woken by the new desired set; the others say by whom they are held.
    parts_.sources.LookNow([this] { parts_.controller.WakeAll(Trigger::kRevision); });
    return;
  }
  std::vector<ResourceKey> keys = parts_.controller.KnownKeys();
  std::erase_if(keys, [&](const ResourceKey& key) { return !scope.Covers(key); });
  parts_.controller.Wake(keys, Trigger::kHuman);
}

Held Holding::Make(const http::HoldRequest& request, HoldScope scope) const {
  const Time now = std::chrono::floor<std::chrono::seconds>(parts_.clock.Now());
  Held held{.scope = std::move(scope),
            .hold = {.actor = request.who, .reason = request.reason},
            .since = now};
  if (request.how_long) held.hold.until = After(now, *request.how_long);
  return held;
}

Result<Held> Holding::Suspend(const http::HoldRequest& request) {
  Held held = Make(request, request.scope);
  if (!held.hold.until) held.hold.until = After(held.since, default_);
  MOORING_RETURN_IF_ERROR(parts_.holds.Put(held));
  Tell(Severity::kWarning, reason::kSuspendedByHand, held,
       fmt::format("{} is suspended {}", held.scope.ToString(), DescribeHold(held.hold)),
       request.who);
  Wake(held.scope);
  return held;
}

Result<std::string> Holding::SourceOf(const http::HoldRequest& request) const {
  const std::vector<std::string>& names = parts_.sources.names();
  const std::string& name = request.scope.name;
  if (std::ranges::find(names, name) != names.end()) return name;
  if (name.empty() && names.size() == 1) return names.front();
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}; this host follows: {}",
                          name.empty() ? "name the source" : "no source is called " + name,
                          Join(names, ", ")));
}

/// The commit that is meant; it could be applied.
Result<Revision> Holding::Resolve(const std::string& source, const std::string& name,
                                  const std::stop_token& stop) {
  GitSource& repository = *parts_.sources.Find(source);
  MOORING_TRY(Revision revision, repository.FindInHistory(name));
  MOORING_TRY(const auto artifact, repository.Fetch(revision, stop));
  MOORING_TRY(const LoadedDesired loaded,
              parts_.sources.Preview(source, *artifact, revision.ToString()));
  if (!loaded.diagnostics.empty() || !loaded.set) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} has {} and cannot be applied: {}", revision.ToShortString(),
                            Count(loaded.diagnostics.size(), "finding"),
                            loaded.diagnostics.empty() ? "" : loaded.diagnostics[0].ToString()));
  }
  if (loaded.empty) return std::unexpected(manifest::EmptySource(revision.ToShortString()));
  return revision;
}

Result<Held> Holding::RollBack(const http::HoldRequest& request, const std::stop_token& stop) {
  MOORING_TRY(const std::string source, SourceOf(request));
  MOORING_TRY(const Revision revision, Resolve(source, request.revision, stop));
  Held held = Make(request, HoldScope::Source(source));
  held.hold.act = Hold::Act::kRollback;
  held.hold.revision = revision.ToString();
  MOORING_RETURN_IF_ERROR(parts_.holds.Put(held));
  Tell(Severity::kWarning, reason::kHeldByRollback, held, RollbackText(held), request.who);
  Wake(held.scope);
  return held;
}

Result<std::vector<Held>> Holding::Resume(const http::HoldRequest& request) {
  HoldScope scope = request.scope;
  if (scope.kind == HoldScope::Kind::kSource) {
    MOORING_TRY(scope.name, SourceOf(request));
  }
  auto ended = parts_.holds.Resume(scope);
  if (!ended) return ended;
  for (const Held& held : *ended) {
    Tell(Severity::kInfo, reason::kResumed, held,
         fmt::format("{} goes on: {} resumed it", held.scope.ToString(), request.who), request.who);
  }
  Wake(scope);
  return ended;
}

bool Holding::EndUntil(SteadyTime deadline, const std::stop_token& stop) {
  while (!stop.stop_requested() && parts_.clock.Steady() < deadline) {
    for (const Held& held : parts_.holds.AwaitEnded(deadline, stop)) {
      const bool rollback = held.hold.act == Hold::Act::kRollback;
      Tell(Severity::kInfo, reason::kResumed, held,
           fmt::format("{} goes on: the {} by {} is over", held.scope.ToString(),
                       rollback ? "rollback" : "suspension", held.hold.actor),
           "");
      Wake(held.scope);
    }
  }
  return !stop.stop_requested();
}

}  // namespace mooring::cli
