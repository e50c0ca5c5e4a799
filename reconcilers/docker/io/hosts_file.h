// SPDX-License-Identifier: Apache-2.0
// The host's hosts file, of which one marked block is ours. Other programs and people write there
// too: it is read afresh before each write, and watched. Thread-safe.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/guarded.h"
#include "reconcilers/docker/plan/hosts_block.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

class HostsFile {
 public:
  HostsFile(std::filesystem::path path, Clock& clock) : path_(std::move(path)), clock_(clock) {}

  /// The names that end with `suffix` (".hello.default.mooring.internal"); `addresses` are those of
  /// the App's containers: one that is not in the block counts as having left it when first seen
  /// so. `left` has these and what was taken out of the block lately. The file is read again only
  /// when it has changed.
  Result<HostsView> View(const std::string& suffix, const std::vector<std::string>& addresses);

  /// That of a View now; 0: the file cannot be read.
  uint64_t Version();

  /// Puts each name to its addresses, leaves the others; a name without addresses goes. The file is
  /// not touched when nothing changes.
  Status Set(const HostsNames& names);

  /// Calls `on_change` whenever somebody else changed the file, until stopped.
  Status Watch(const std::function<void()>& on_change, std::stop_token stop);

 private:
  /// Orders names by their ends, so that those of one App stand together.
  struct ByEnd {
    bool operator()(std::string_view a, std::string_view b) const {
      return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
    }
  };
  using NamesByEnd = std::map<std::string, std::vector<std::string>, ByEnd>;
  /// Of a file, for as long as it is not written.
  struct Stamp {
    int64_t seconds = 0;
    int64_t nanoseconds = 0;
    uint64_t inode = 0;
    int64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Memory {
    NamesByEnd last_written;
    std::map<std::string, Time> left;
    std::map<std::string, Time> freed;  ///< of `left`: taken out of the block by us, lately
    std::string content;                ///< as last read or written by us
    bool read = false;                  ///< `content` has been read or written
    bool foreign = false;               ///< somebody else changed it, and Watch has not told yet
    uint64_t version = 1;               ///< of `content`
    NamesByEnd names;                   ///< of `content`
    std::set<std::string> addresses;    ///< of `names`
    std::optional<Stamp> stamp;         ///< of the file when `content` was read; none: read it
  };
  Result<std::string> Read() const;
  Status Reread(Memory& memory) const;
  void Remember(Memory& memory, std::string content, std::optional<Stamp> stamp) const;
  void NoteForeign(Memory& memory, const std::string& content) const;
  static void Pick(const NamesByEnd& names, std::string_view suffix, HostsNames& to);
  std::optional<Stamp> StampNow() const;
  Status Write(const std::string& content) const;

  const std::filesystem::path path_;
  Clock& clock_;
  Guarded<Memory> memory_;
};

}  // namespace mooring::docker
