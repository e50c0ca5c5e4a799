// SPDX-License-Identifier: Apache-2.0
// What is wrong with the files of one model, with places in them. Not
// thread-safe; lives as long as one loading.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "controller/manifest/yaml_tree.h"
#include "controller/resource/diagnostic.h"

namespace mooring::compose {

using manifest::Member;
using manifest::Node;
using manifest::Position;

class Problems {
 public:
  /// The number that places in that file have.
  int FileNumber(const std::string& file) {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i] == file) return static_cast<int>(i);
    }
    files_.push_back(file);
    return static_cast<int>(files_.size()) - 1;
  }
  void Add(Position at, std::string what, std::string hint) {
    Add(Diagnostic{Place(at), std::move(what), std::move(hint)});
  }
  void Add(Diagnostic diagnostic) {
    constexpr size_t kMost = 100;
    if (list_.size() < kMost) list_.push_back(std::move(diagnostic));
  }
  bool Any() const { return !list_.empty(); }
  SourceLocation Place(Position at) const {
    const auto number = static_cast<size_t>(at.file);
    return {number < files_.size() ? files_[number] : "", at.line, at.column};
  }

  Diagnostics& list() { return list_; }
  const std::vector<std::string>& files() const { return files_; }

 private:
  std::vector<std::string> files_;
  Diagnostics list_;
};

}  // namespace mooring::compose
