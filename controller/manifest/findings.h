// SPDX-License-Identifier: Apache-2.0
// Collects what is wrong with one file, up to a limit: a file of another kind of data must not fill
// the memory with findings. Not thread-safe; lives on the stack of whoever checks a file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "controller/manifest/yaml_tree.h"
#include "controller/resource/diagnostic.h"

namespace mooring::manifest {

class Findings {
 public:
  Findings(const std::string& file, size_t limit, Diagnostics& list)
      : file_(file), limit_(limit), list_(list) {}

  void Add(Position at, std::string what, std::string hint) {
    ++count_;
    if (list_.size() < limit_) list_.push_back({Place(at), std::move(what), std::move(hint)});
  }
  /// What was laid over the document that is checked now has its places in that file.
  void SetOverlay(const std::string* file) { overlay_ = file; }
  /// The files of what else was laid in, by their number in places less 2.
  void SetFiles(const std::vector<std::string>* files) { files_ = files; }
  SourceLocation Place(Position at) const {
    const auto index = static_cast<size_t>(at.file) - 2;
    if (at.file >= 2 && files_ != nullptr && index < files_->size())
      return {(*files_)[index], at.line, at.column};
    return {at.file == 0 || overlay_ == nullptr ? file_ : *overlay_, at.line, at.column};
  }
  /// True when further ones would be dropped: no need to look for more.
  bool IsFull() const { return list_.size() >= limit_; }
  /// Grows with each Add, dropped or not.
  size_t count() const { return count_; }
  const std::string& file() const { return file_; }

 private:
  const std::string& file_;
  const std::string* overlay_ = nullptr;
  const std::vector<std::string>* files_ = nullptr;
  size_t limit_;
  Diagnostics& list_;
  size_t count_ = 0;
};

}  // namespace mooring::manifest
