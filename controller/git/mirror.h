// SPDX-License-Identifier: Apache-2.0
// The bare repository on this machine that a source of a server is fetched into. Used by the fetch
// process alone; others only read it. Not thread-safe. REQUIRES: a Library.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/base/error.h"

namespace mooring::git {

/// Where the commit that a source follows is kept: one name, so that no two can be in each other's
/// way ("a" and "a/b").
inline constexpr char kFollowedRef[] = "refs/mooring/followed";

class Mirror {
 public:
  /// `url` is what people see: the mirror remembers it, and is of no use for another one.
  Mirror(std::string path, std::string url) : path_(std::move(path)), url_(std::move(url)) {}

  /// Why what is there cannot be fetched into; nothing when it can. "" when there is nothing.
  std::optional<std::string> Unfit(uint64_t max_bytes) const;
  /// A new, empty one beside the mirror; its path. What an earlier attempt left there is removed.
  Result<std::string> MakeBeside() const;
  /// Puts the new one in the mirror's place.
  Status TakeBeside() const;
  /// Removes what fetches that were killed left in it.
  void RemoveLeftovers() const;

  const std::string& path() const { return path_; }

 private:
  std::string Beside() const { return path_ + ".new"; }
  std::string path_;
  std::string url_;
};

/// Makes the tags of the mirror at `path` those of `tags` (name to commit) whose commit it has, so
/// that a person can name a commit by its tag also while the server does not answer. One that
/// cannot be kept is left out: what is followed does not depend on it.
void KeepTags(const std::string& path, const std::map<std::string, std::string>& tags);

/// Whether all of `commit` (its trees and the presence of its files) is in the repository at
/// `path`.
Status CheckWhole(const std::string& path, const std::string& commit);

}  // namespace mooring::git
