// SPDX-License-Identifier: Apache-2.0
// Collects what is wrong with one file, up to a limit: a file of another kind of data must not fill
// the memory with findings. Not thread-safe; lives on the stack of whoever checks a file.
#pragma once

#include <string>
#include <utility>

#include "controller/manifest/yaml_tree.h"
#include "controller/resource/diagnostic.h"

namespace mooring::manifest {

class Findings {
 public:
  Findings(const std::string& file, size_t limit, Diagnostics& list)
      : file_(file), limit_(limit), list_(list) {}

  void Add(Position at, std::string what, std::string hint) {
    ++count_;
    if (list_.size() < limit_) {
      list_.push_back({{file_, at.line, at.column}, std::move(what), std::move(hint)});
    }
  }
  /// True when further ones would be dropped: no need to look for more.
  bool IsFull() const { return list_.size() >= limit_; }
  /// Grows with each Add, dropped or not.
  size_t count() const { return count_; }
  const std::string& file() const { return file_; }

 private:
  const std::string& file_;
  size_t limit_;
  Diagnostics& list_;
  size_t count_ = 0;
};

}  // namespace mooring::manifest
