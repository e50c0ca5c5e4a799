// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/file_tree.h"

#include <algorithm>

#include "controller/base/digest.h"

namespace mooring {
namespace {

auto Position(const std::vector<FileTree::Entry>& entries, const std::string& path) {
  return std::lower_bound(
      entries.begin(), entries.end(), path,
      [](const FileTree::Entry& e, const std::string& p) { return e.path < p; });
}

class MemoryContents final : public FileContents {
 public:
  explicit MemoryContents(const MemoryFileTree& tree) : tree_(tree) {}
  Result<std::string> Read(const FileTree::Entry& entry) const override {
    return tree_.Read(entry);
  }

 private:
  const MemoryFileTree tree_;
};

}  // namespace

void MemoryFileTree::Put(std::string path, std::string content, Type type) {
  Remove(path);
  const auto index = Position(entries_, path) - entries_.begin();
  Entry entry{std::move(path), GitBlobId(content), type, content.size(), false};
  entries_.insert(entries_.begin() + index, std::move(entry));
  contents_.insert(contents_.begin() + index, std::move(content));
}

void MemoryFileTree::Remove(const std::string& path) {
  const auto found = Position(entries_, path);
  if (found == entries_.end() || found->path != path) return;
  contents_.erase(contents_.begin() + (found - entries_.begin()));
  entries_.erase(found);
}

Result<std::string> MemoryFileTree::Read(const Entry& entry) const {
  const auto found = Position(entries_, entry.path);
  if (found == entries_.end() || found->path != entry.path) {
    return Fail(ErrorCode::kNotFound, "no file " + entry.path);
  }
  return contents_[static_cast<size_t>(found - entries_.begin())];
}

std::shared_ptr<const FileContents> MemoryFileTree::contents() const {
  return std::make_shared<const MemoryContents>(*this);
}

}  // namespace mooring
