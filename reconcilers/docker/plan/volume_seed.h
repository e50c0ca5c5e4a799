// SPDX-License-Identifier: Apache-2.0
// What a volume is filled with when it is made. Values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controller/resource/file_tree.h"

namespace mooring::docker {

/// Immutable once shared.
struct VolumeSeed {
  std::string volume;  ///< its key in spec.volumes
  std::string source;  ///< "apps/shop/seed": a folder, an archive or a file of the repository
  std::string digest;  ///< of its content
  std::string sha256;  ///< that an archive or a file must have, in hex; empty: none was said
  bool folder = false;
  std::vector<FileTree::Entry> entries;          ///< by path in the repository
  std::shared_ptr<const FileContents> contents;  ///< null: not to be applied
  /// Who owns what the seed says no owner of: the user that uses the volume first.
  uint32_t uid = 0;
  uint32_t gid = 0;
};

using VolumeSeedPtr = std::shared_ptr<const VolumeSeed>;

}  // namespace mooring::docker
