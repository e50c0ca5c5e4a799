// SPDX-License-Identifier: Apache-2.0
#include "controller/source/working_tree.h"

#include "controller/base/digest.h"
#include "controller/git/repository.h"
#include "controller/source/checkout.h"
#include "controller/source/folder_reader.h"
#include "controller/source/input_rules.h"

namespace mooring {
namespace {

constexpr size_t kMaxDepth = 64;

/// Stands for the id of a file too large to be read: equal to no other id.
std::string OversizeId(const struct stat& info) {
  return fmt::format("oversize-{}-{}.{:09}", info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec);
}

/// Lists one folder and what is below it.
class FolderWalk {
 public:
  FolderWalk(const Checkout& checkout, const SourceLimits& limits)
      : checkout_(checkout), limits_(limits) {}

  Result<std::vector<FileTree::Entry>> List() {
    MOORING_TRY(const FileDescriptor top, OpenFolder(checkout_.folder));
    MOORING_RETURN_IF_ERROR(Walk(top, "", 1));
    std::sort(entries_.begin(), entries_.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(entries_);
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kMaxDepth
  Status Walk(const FileDescriptor& folder, const std::string& prefix, size_t depth) {
    if (depth > kMaxDepth) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("its folders lie in each other more than {} deep", kMaxDepth));
    }
    MOORING_TRY(const std::vector<std::string> names, ListFolder(folder));
    for (const std::string& name : names) {
      if (name == ".git") continue;
      const Status visited = Visit(folder, name, prefix + name, depth);
      if (!visited) return visited;
    }
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kMaxDepth
  Status Visit(const FileDescriptor& folder, const std::string& name, const std::string& path,
               size_t depth) {
    const auto info = StatAt(folder.get(), name);
    if (!info) return std::unexpected(info.error().WithContext(path));
    const bool is_folder = S_ISDIR(info->st_mode);
    if (!is_folder && !S_ISREG(info->st_mode) && !S_ISLNK(info->st_mode)) return {};
    MOORING_TRY(const bool ignored, IsIgnored(path, is_folder));
    if (ignored) return {};
    if (++visited_ > limits_.max_entries) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("it holds more than {} files and folders; name a smaller folder",
                              limits_.max_entries));
    }
    MOORING_RETURN_IF_ERROR(CheckPath(path));
    if (!is_folder) return AddFile(folder, name, path, *info);
    const auto below = OpenFolderAt(folder.get(), name);
    if (!below) return std::unexpected(below.error().WithContext(path));
    if (StatAt(below->get(), ".git")) {
      entries_.push_back({path, "", FileTree::Type::kSubmodule, 0, false});
      return {};
    }
    return Walk(*below, path + "/", depth + 1);
  }

  Status AddFile(const FileDescriptor& folder, const std::string& name, const std::string& path,
                 const struct stat& info) {
    const bool is_link = S_ISLNK(info.st_mode);
    const auto size = static_cast<uint64_t>(info.st_size);
    const auto type = is_link ? FileTree::Type::kSymlink : FileTree::Type::kFile;
    const bool executable = !is_link && (info.st_mode & S_IXUSR) != 0;
    if (size > limits_.max_file_size) {
      entries_.push_back({path, OversizeId(info), type, size, executable});
      return {};
    }
    const auto bytes =
        is_link ? ReadLinkAt(folder.get(), name) : ReadFileAt(folder.get(), name, size);
    if (!bytes) return std::unexpected(bytes.error().WithContext(path));
    entries_.push_back({path, GitBlobId(*bytes), type, bytes->size(), executable});
    return {};
  }

  Result<bool> IsIgnored(const std::string& path, bool is_folder) const {
    if (!checkout_.repository) return false;
    return checkout_.repository->IsIgnored(
        checkout_.path.empty() ? path : checkout_.path + "/" + path, is_folder);
  }

  const Checkout& checkout_;
  const SourceLimits& limits_;
  size_t visited_ = 0;
  std::vector<FileTree::Entry> entries_;
};

/// A folder that its repository ignores was named on purpose: its files count, Git has no say in
/// them.
Status ForgetIfIgnored(Checkout& checkout) {
  if (!checkout.repository || checkout.path.empty()) return {};
  MOORING_TRY(const bool ignored, checkout.repository->IsIgnored(checkout.path, true));
  if (ignored) checkout.repository = nullptr;
  return {};
}

std::string DescribeHead(const Revision& revision) {
  if (!revision.commit.empty()) return "working tree on " + revision.ToShortString();
  return fmt::format("working tree on {}, nothing committed yet", revision.branch);
}

}  // namespace

WorkingTree::WorkingTree(std::string folder, uint64_t max_file_size)
    : folder_(std::move(folder)), max_file_size_(max_file_size) {}

Result<std::shared_ptr<const Artifact>> WorkingTree::Load(const std::string& folder,
                                                          const SourceLimits& limits) {
  MOORING_TRY(Checkout checkout, LocateFolder(folder));
  MOORING_RETURN_IF_ERROR(ForgetIfIgnored(checkout));
  std::shared_ptr<WorkingTree> tree(new WorkingTree(checkout.folder, limits.max_file_size));
  tree->description_ = "folder " + checkout.folder;
  if (checkout.repository) {
    if (checkout.repository->work_tree().empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("read the folder {}: it is a bare Git repository, which has no files "
                              "lying in it; name a commit of it: {}@main",
                              folder, folder));
    }
    MOORING_TRY(git::Head head, checkout.repository->ReadHead());
    tree->revision_ = {std::move(head.branch), std::move(head.commit)};
    tree->description_ = DescribeHead(tree->revision_);
  }
  auto entries = FolderWalk(checkout, limits).List();
  if (!entries) return std::unexpected(entries.error().WithContext("read the folder " + folder));
  tree->entries_ = *std::move(entries);
  return tree;
}

Result<std::string> WorkingTree::Read(const Entry& entry) const {
  const std::string what = fmt::format("read {}/{}", folder_, entry.path);
  if (entry.type == Type::kSubmodule) return std::unexpected(IsSubmodule(what));
  if (entry.size > max_file_size_)
    return std::unexpected(TooLarge(what, entry.size, max_file_size_));
  const auto folder = OpenFolder(folder_);
  if (!folder) return std::unexpected(folder.error().WithContext(what));
  auto bytes = entry.type == Type::kSymlink ? ReadLinkAt(folder->get(), entry.path)
                                            : ReadFileAt(folder->get(), entry.path, entry.size);
  if (!bytes) return std::unexpected(bytes.error().WithContext(what));
  if (GitBlobId(*bytes) == entry.blob_id) return bytes;
  return Fail(ErrorCode::kAborted, what + ": it changed while it was read; run this again");
}

}  // namespace mooring
