// SPDX-License-Identifier: Apache-2.0
// From files to the desired set: load, expand, build the graph; all findings at once. The same for
// the loop, for `mooring validate` and for previews. The loader's cache lives as long as this.
#pragma once

#include <memory>
#include <string>

#include "controller/expand/expand.h"
#include "controller/graph/desired_set.h"
#include "controller/resource/file_tree.h"
#include "controller/runtime/spec_loader.h"

namespace mooring {

struct LoadedDesired {
  std::shared_ptr<const DesiredSet> set;      ///< null when there are findings
  std::vector<expand::NotPlaced> not_placed;  ///< what other hosts have
  std::vector<std::string> hosts;             ///< the names of all Host documents
  Diagnostics diagnostics;                    ///< sorted by place
  std::string note;                           ///< that is no finding; empty: none
  bool empty = false;                         ///< as manifest::LoadResult::IsEmpty
  size_t files = 0;                           ///< that were read
};

/// Not thread-safe: whoever loads owns one.
class DesiredLoader {
 public:
  /// What the Host of that name has; empty: what all hosts have together. `source`: what the set
  /// calls the source that the files are of.
  explicit DesiredLoader(const std::string& host = "", std::string source = "fleet")
      : source_(std::move(source)), loader_(host), expander_(host) {}

  /// An error means that the files could not be read at all, which says nothing about them.
  Result<LoadedDesired> Load(const FileTree& tree, const std::string& revision);

 private:
  const std::string source_;
  SpecLoader loader_;
  expand::Expander expander_;
};

}  // namespace mooring
