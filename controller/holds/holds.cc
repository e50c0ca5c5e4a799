// SPDX-License-Identifier: Apache-2.0
#include "controller/holds/holds.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/holds/hold_file.h"

namespace mooring {
namespace {

/// The clock on the wall may be set meanwhile.
constexpr Duration kLookAgain = std::chrono::seconds(30);

/// Moves it out of the way, so that the next change does not write over it.
std::string MoveAside(const std::filesystem::path& file, const Error& error) {
  const std::filesystem::path aside = file.string() + ".damaged";
  std::error_code failed;
  std::filesystem::rename(file, aside, failed);
  return fmt::format(
      "{}; {}. What it held is not held any more: suspend or roll back again what "
      "must not go on",
      error.ToString(),
      failed ? "it could not be moved aside: " + failed.message() : "it is now " + aside.string());
}

}  // namespace

Holds::Holds(std::filesystem::path file, Clock& clock) : file_(std::move(file)), clock_(clock) {
  // It has no secret: one that others may read is made private again, and counts.
  std::error_code ignored;
  if (std::filesystem::exists(file_, ignored))
    std::filesystem::permissions(file_, std::filesystem::perms(0600), ignored);
  auto read = ReadHolds(file_);
  if (read) {
    holds_ = *std::move(read);
  } else {
    damage_ = MoveAside(file_, read.error());
  }
}

std::optional<Held> Holds::SuspensionOf(const ResourceKey& key) const {
  const Time now = clock_.Now();
  const std::scoped_lock lock(mutex_);
  const Held* longest = nullptr;
  for (const Held& held : holds_) {
    if (!held.scope.Covers(key) || held.EndedAt(now)) continue;
    if (longest == nullptr || held.hold.until > longest->hold.until) longest = &held;
  }
  return longest == nullptr ? std::nullopt : std::optional(*longest);
}

std::optional<Held> Holds::RollbackOf(const std::string& source) const {
  const Time now = clock_.Now();
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(holds_, HoldScope::Source(source), &Held::scope);
  if (found == holds_.end() || found->EndedAt(now)) return std::nullopt;
  return *found;
}

std::optional<Hold> Holds::RevisionHoldOf(const std::string& source) const {
  const auto held = RollbackOf(source);
  return held ? std::optional(held->hold) : std::nullopt;
}

std::vector<Held> Holds::All() const {
  const std::scoped_lock lock(mutex_);
  return holds_;
}

/// REQUIRES: the lock is held.
Status Holds::Replace(std::vector<Held> holds) {
  MOORING_RETURN_IF_ERROR(WriteHolds(file_, holds));
  holds_ = std::move(holds);
  ++changes_;
  changed_.notify_all();
  return {};
}

Status Holds::Put(Held held) {
  // As the file has them, so that a restart changes nothing.
  held.since = std::chrono::floor<std::chrono::seconds>(held.since);
  if (held.hold.until) held.hold.until = std::chrono::ceil<std::chrono::seconds>(*held.hold.until);
  const std::scoped_lock lock(mutex_);
  std::vector<Held> next = holds_;
  std::erase_if(next, [&](const Held& other) { return other.scope == held.scope; });
  next.push_back(std::move(held));
  return Replace(std::move(next));
}

Result<std::vector<Held>> Holds::Resume(const HoldScope& scope) {
  const std::scoped_lock lock(mutex_);
  std::vector<Held> ended;
  std::vector<Held> kept;
  for (const Held& held : holds_) (scope.Contains(held.scope) ? ended : kept).push_back(held);
  if (!ended.empty()) {
    MOORING_RETURN_IF_ERROR(Replace(std::move(kept)));
    return ended;
  }
  const auto wider =
      std::ranges::find_if(kept, [&](const Held& held) { return held.scope.Contains(scope); });
  if (wider == kept.end()) {
    return Fail(ErrorCode::kNotFound, scope.ToString() + " is not held by hand");
  }
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("{} is suspended with {}; end that with: {}", scope.ToString(),
                          wider->scope.ToString(), wider->scope.ResumeCommand()));
}

/// REQUIRES: the lock is held.
SteadyTime Holds::NextLook(SteadyTime deadline) const {
  const Time now = clock_.Now();
  Duration next = kLookAgain;
  for (const Held& held : holds_) {
    if (held.hold.until) next = std::min<Duration>(next, *held.hold.until - now);
  }
  return std::min(deadline, clock_.Steady() + std::max(next, Duration(0)));
}

/// REQUIRES: the lock is held. What cannot be written is taken out again at the next start.
std::vector<Held> Holds::TakeEnded() {
  const Time now = clock_.Now();
  std::vector<Held> ended;
  std::vector<Held> kept;
  for (const Held& held : holds_) (held.EndedAt(now) ? ended : kept).push_back(held);
  if (ended.empty() || Replace(kept)) return ended;
  holds_ = std::move(kept);
  return ended;
}

std::vector<Held> Holds::AwaitEnded(SteadyTime deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (std::vector<Held> ended = TakeEnded(); !ended.empty()) return ended;
    if (stop.stop_requested() || clock_.Steady() >= deadline) return {};
    const uint64_t seen = changes_;
    clock_.WaitUntil(lock, changed_, NextLook(deadline), stop, [&] { return changes_ != seen; });
  }
}

}  // namespace mooring
