// SPDX-License-Identifier: Apache-2.0
#include "controller/source/git_artifact.h"

#include "controller/git/ignore_rules.h"
#include "controller/git/repository.h"
#include "controller/source/input_rules.h"

namespace mooring {
namespace {

FileTree::Type TypeOf(uint32_t mode) {
  switch (mode) {
    case git::kModeSymlink:
      return FileTree::Type::kSymlink;
    case git::kModeSubmodule:
      return FileTree::Type::kSubmodule;
    default:
      return FileTree::Type::kFile;
  }
}

/// Opens the repository anew for each file: a mirror may have got other packs since.
class BlobsOfRepository final : public FileContents {
 public:
  BlobsOfRepository(std::string location, uint64_t max_file_size)
      : location_(std::move(location)), max_file_size_(max_file_size) {}

  Result<std::string> Read(const FileTree::Entry& entry) const override {
    const std::string what = fmt::format("read {} in {}", entry.path, location_);
    if (entry.size > max_file_size_)
      return std::unexpected(TooLarge(what, entry.size, max_file_size_));
    MOORING_TRY(const auto repository, git::Repository::Open(location_));
    auto bytes = repository->ReadBlob(entry.blob_id);
    if (!bytes) return std::unexpected(bytes.error().WithContext(what));
    return bytes;
  }

 private:
  const std::string location_;
  const uint64_t max_file_size_;
};

/// Sizes from an earlier tree, asked for in the order of its paths.
class KnownSizes {
 public:
  explicit KnownSizes(const FileTree* tree) {
    if (tree == nullptr) return;
    at_ = tree->entries().data();
    end_ = at_ + tree->entries().size();
  }
  std::optional<uint64_t> Find(const git::TreeEntry& entry) {
    while (at_ != end_ && at_->path < entry.path) ++at_;
    if (at_ == end_ || at_->path != entry.path || at_->blob_id != entry.id) return std::nullopt;
    return at_->size;
  }

 private:
  const FileTree::Entry* at_ = nullptr;
  const FileTree::Entry* end_ = nullptr;
};

}  // namespace

GitArtifact::GitArtifact(std::shared_ptr<const git::Repository> repository, Revision revision,
                         uint64_t max_file_size)
    : repository_(std::move(repository)),
      revision_(std::move(revision)),
      max_file_size_(max_file_size),
      contents_(std::make_shared<const BlobsOfRepository>(repository_->path(), max_file_size)) {}

Result<std::shared_ptr<const Artifact>> GitArtifact::Load(
    std::shared_ptr<const git::Repository> repository, Revision revision, const std::string& folder,
    const std::vector<std::string>& ignore, const SourceLimits& limits, const FileTree* known,
    const std::stop_token& stop) {
  MOORING_TRY(std::vector<git::TreeEntry> listed,
              repository->ListTree(revision.commit, folder, limits.max_entries));
  if (const auto commit = repository->ReadCommit(revision.commit)) revision.author = commit->author;
  std::shared_ptr<GitArtifact> artifact(
      new GitArtifact(std::move(repository), std::move(revision), limits.max_file_size));
  artifact->entries_.reserve(listed.size());
  KnownSizes sizes(known);
  std::unique_ptr<git::IgnoreRules> rules;
  if (!ignore.empty()) {
    MOORING_TRY(rules, git::IgnoreRules::Make(ignore));
  }
  for (git::TreeEntry& entry : listed) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "read the source: stopping");
    if (rules) {
      MOORING_TRY(const bool ignored, rules->Matches(entry.path));
      if (ignored) continue;
    }
    if (const Status named = CheckPath(entry.path); !named) {
      return std::unexpected(named.error().WithContext("read " + artifact->Describe()));
    }
    const Type type = TypeOf(entry.mode);
    std::optional<uint64_t> size = type == Type::kSubmodule ? 0 : sizes.Find(entry);
    if (!size) {
      MOORING_TRY(size, artifact->repository_->BlobSize(entry.id));
    }
    const bool executable = entry.mode == git::kModeExecutable;
    artifact->entries_.push_back(
        {std::move(entry.path), std::move(entry.id), type, *size, executable});
  }
  return artifact;
}

Result<std::string> GitArtifact::Read(const Entry& entry) const {
  const std::string what = fmt::format("read {} of {}", entry.path, Describe());
  if (entry.type == Type::kSubmodule) return std::unexpected(IsSubmodule(what));
  if (entry.size > max_file_size_)
    return std::unexpected(TooLarge(what, entry.size, max_file_size_));
  auto bytes = repository_->ReadBlob(entry.blob_id);
  if (!bytes) return std::unexpected(bytes.error().WithContext(what));
  return bytes;
}

}  // namespace mooring
