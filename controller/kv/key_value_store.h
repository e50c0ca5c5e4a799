// SPDX-License-Identifier: Apache-2.0
// An ordered store of byte keys and values in one directory, small in memory and owned by one
// process at a time. Thread-safe. Failures: damaged files are DataLoss, a store that another
// process has open is FailedPrecondition, a full or failing disk is Unavailable.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/error.h"

namespace mooring::kv {

enum class Sync {
  kNo,   ///< in the log, which the kernel writes out: survives a crash of the process
  kYes,  ///< on the disk when the call returns: survives a crash of the machine
};

/// Writes that take effect together or not at all. A value; not thread-safe.
class WriteBatch {
 public:
  void Put(std::string key, std::string value);
  void Delete(std::string key);
  bool empty() const { return operations_.empty(); }

 private:
  friend class KeyValueStore;
  struct Operation {
    std::string key;
    std::optional<std::string> value;  ///< nullopt deletes
  };
  std::vector<Operation> operations_;
};

/// The keys from `begin` to before `end`, in byte order; an empty `end` has no bound.
struct KeyRange {
  std::string begin;
  std::string end;

  /// Every key that starts with `prefix`.
  static KeyRange WithPrefix(std::string_view prefix);
};

enum class Order { kAscending, kDescending };

class KeyValueStore {
 public:
  /// Opens the store in `directory`, made with mode 0700 if it is missing. The directory stays
  /// locked until the store is destroyed.
  static Result<std::unique_ptr<KeyValueStore>> Open(const std::string& directory);
  ~KeyValueStore();
  KeyValueStore(const KeyValueStore&) = delete;
  KeyValueStore& operator=(const KeyValueStore&) = delete;

  const std::string& directory() const { return directory_; }

  /// nullopt: no such key.
  Result<std::optional<std::string>> Get(std::string_view key) const;
  Status Put(std::string_view key, std::string_view value, Sync sync = Sync::kNo);
  /// Deleting what is not there is fine.
  Status Delete(std::string_view key, Sync sync = Sync::kNo);
  Status Write(const WriteBatch& batch, Sync sync = Sync::kNo);

  /// Called with each pair of a range; false ends the scan. The views live for the call only. It
  /// must not call the store.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  /// Visits one consistent state: writes made meanwhile are not seen.
  Status Scan(const KeyRange& range, Order order, const Visitor& visit) const;

 private:
  class Impl;
  KeyValueStore(std::string directory, std::unique_ptr<Impl> impl);
  std::string directory_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::kv
