// SPDX-License-Identifier: Apache-2.0
// What is held by hand now: who suspended what until when, and which source is held at which
// revision. Each change is on the disk before it counts. Thread-safe; main owns it, and its clock
// outlives it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/holds/held.h"

namespace mooring {

class Holds {
 public:
  /// Reads the file. One that is damaged is moved aside, and `damage` says so: what it held is then
  /// not held any more, and a person must know.
  Holds(std::filesystem::path file, Clock& clock);

  /// What was wrong with the file and where it is now; empty: nothing.
  const std::string& damage() const { return damage_; }

  /// What suspends the resource: of several the one that lasts longest.
  std::optional<Held> SuspensionOf(const ResourceKey& key) const;
  /// What holds the source at a revision.
  std::optional<Held> RollbackOf(const std::string& source) const;
  std::optional<Hold> RevisionHoldOf(const std::string& source) const;
  std::vector<Held> All() const;

  /// Takes the place of what was held of the same scope; times are kept in whole seconds. Fails
  /// when it cannot be written; then nothing is held that was not before.
  Status Put(Held held);
  /// Ends what is held of the scope and of all that it contains; what ended. NotFound when nothing
  /// is, FailedPrecondition when only something wider is, with the command that ends that.
  Result<std::vector<Held>> Resume(const HoldScope& scope);

  /// Waits until some have ended by themselves, and takes those out of the file; none at
  /// `deadline` or on a stop request.
  std::vector<Held> AwaitEnded(SteadyTime deadline, std::stop_token stop);

 private:
  SteadyTime NextLook(SteadyTime deadline) const;
  std::vector<Held> TakeEnded();
  Status Replace(std::vector<Held> holds);

  const std::filesystem::path file_;
  Clock& clock_;
  std::string damage_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Held> holds_;  ///< oldest first; those that ended are no longer said to be held
  uint64_t changes_ = 0;
};

}  // namespace mooring
