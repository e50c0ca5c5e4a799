// SPDX-License-Identifier: Apache-2.0
// Specs that were tried and failed: none of them is tried again until it is another one, or until a
// person wants it. They lie in a small file beside the host key, which outlives the store.
// Thread-safe; main owns it.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/resource/key.h"

namespace mooring {

struct FailedSpec {
  ResourceKey key;
  std::string digest;    ///< of the spec that failed; empty: a person has it tried again
  std::string revision;  ///< that brought it, "main@sha1:<commit>"
  std::string reason;    ///< a constant of reasons.h: how it failed
  std::string cause;     ///< for a person; no secret
  Time since;            ///< in whole seconds
  std::string source;    ///< that has the resource
  /// What was applied before and runs in its place: a lost store leads back to it.
  std::string applied_revision;
  std::string applied_digest;
  bool operator==(const FailedSpec&) const = default;
};

class FailedSpecs {
 public:
  /// Reads the file. One that is damaged is moved aside, and `damage` says so: what it had is then
  /// tried again, once.
  explicit FailedSpecs(std::filesystem::path file);

  /// What was wrong with the file and where it is now; empty: nothing.
  const std::string& damage() const { return damage_; }

  /// Of each resource there is at most one.
  std::optional<FailedSpec> Find(const ResourceKey& key) const;
  std::vector<FailedSpec> All() const;
  /// Takes the place of what was known of the resource. It is on the disk before it counts.
  Status Put(FailedSpec failed);
  /// Fine when nothing is known of it.
  Status Forget(const ResourceKey& key);

 private:
  Status Replace(std::vector<FailedSpec> failed);

  const std::filesystem::path file_;
  std::string damage_;
  mutable std::mutex mutex_;
  std::vector<FailedSpec> failed_;
};

/// "failed.json" beside the host key.
std::filesystem::path FailedFileBeside(const std::filesystem::path& seal_key_file);

/// Empty when there is no file. DataLoss when it is damaged; PermissionDenied when it is not
/// private, or not ours to read.
Result<std::vector<FailedSpec>> ReadFailedSpecs(const std::filesystem::path& file);

/// Why it failed, what runs in its place, and how it is tried again.
std::string DescribeFailedSpec(const FailedSpec& failed);

}  // namespace mooring
