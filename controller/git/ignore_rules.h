// SPDX-License-Identifier: Apache-2.0
// Which paths a list of .gitignore lines leaves out. Not thread-safe. REQUIRES: a Library.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/base/error.h"

namespace mooring::git {

class IgnoreRules {
 public:
  static Result<std::unique_ptr<IgnoreRules>> Make(const std::vector<std::string>& lines);
  ~IgnoreRules();
  IgnoreRules(const IgnoreRules&) = delete;
  IgnoreRules& operator=(const IgnoreRules&) = delete;

  /// `path` is relative to where the rules hold, without a slash in front.
  Result<bool> Matches(const std::string& path) const;

 private:
  class Impl;
  explicit IgnoreRules(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::git
