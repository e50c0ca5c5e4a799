// SPDX-License-Identifier: Apache-2.0
// The host's hosts file, of which one marked block is ours. Other programs and people write there
// too: it is read afresh before each write, and watched. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
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

  /// Puts each name to its addresses, leaves the others; a name without addresses goes. The file is
  /// not touched when nothing changes.
  Status Set(const HostsNames& names);

  /// Calls `on_change` whenever somebody else changed the file, until stopped.
  Status Watch(const std::function<void()>& on_change, std::stop_token stop);

 private:
  struct Memory {
    HostsNames last_written;
    std::map<std::string, Time> left;
    std::map<std::string, Time> freed;  ///< of `left`: taken out of the block by us, lately
    std::string content;                ///< as last read or written by us
    bool read = false;                  ///< `content` has been read or written
    bool foreign = false;               ///< somebody else changed it, and Watch has not told yet
    HostsNames names;                   ///< of `content`
    std::set<std::string> addresses;    ///< of `names`
    std::string stamp;                  ///< of the file when `content` was read; empty: read it
  };
  Result<std::string> Read() const;
  Status Reread(Memory& memory) const;
  void Remember(Memory& memory, std::string content, std::string stamp) const;
  void NoteForeign(Memory& memory, const std::string& content) const;
  std::string Stamp() const;
  Status Write(const std::string& content) const;

  const std::filesystem::path path_;
  Clock& clock_;
  Guarded<Memory> memory_;
};

}  // namespace mooring::docker
