// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/seed_contents.h"

#include "controller/archive/tar.h"
#include "controller/base/digest.h"

namespace mooring::expand {

Result<SeedContent> SeedContents::Look(const FileTree& tree, const FileTree::Entry& entry) {
  const bool is_archive = archive::IsArchiveName(entry.path);
  const std::string key = entry.blob_id + (is_archive ? " archive" : "");
  const auto known = known_.find(key);
  if (known != known_.end()) return used_.insert(*known).first->second;
  MOORING_TRY(const std::string bytes, tree.Read(entry));
  SeedContent content{.sha256 = Sha256Hex(bytes)};
  if (is_archive) {
    if (const Status checked = archive::CheckArchive(bytes); !checked)
      content.trouble = checked.error().message();
  }
  known_[key] = content;
  used_[key] = content;
  return content;
}

void SeedContents::ForgetOthers() { known_ = std::exchange(used_, {}); }

}  // namespace mooring::expand
