// SPDX-License-Identifier: Apache-2.0
#include "controller/git/mirror.h"

#include <filesystem>
#include <system_error>

#include "controller/base/text.h"
#include "controller/git/handles.h"

namespace mooring::git {
namespace {

namespace fs = std::filesystem;

using ReferenceIteratorPtr =
    std::unique_ptr<git_reference_iterator, Deleter<git_reference_iterator_free>>;
using ConfigPtr = std::unique_ptr<git_config, Deleter<git_config_free>>;

constexpr char kUrlKey[] = "mooring.url";
constexpr size_t kMaxEntries = 1'000'000;
/// libgit2 cannot join packs, and each fetch brings one. Cloning again is what does it.
constexpr size_t kMaxPacks = 200;

struct PackFolder {
  size_t packs = 0;
  uint64_t bytes = 0;
};

PackFolder Measure(const fs::path& mirror) {
  PackFolder found;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(mirror / "objects" / "pack", error)) {
    if (file.path().extension() != ".pack") continue;
    ++found.packs;
    const uint64_t size = file.file_size(error);
    if (!error) found.bytes += size;
  }
  return found;
}

std::string Remembered(git_repository* repository) {
  ConfigPtr config;
  if (git_repository_config_snapshot(OutPtr(config), repository) != 0) return "";
  const char* text = nullptr;
  return git_config_get_string(&text, config.get(), kUrlKey) == 0 ? text : "";
}

constexpr char kTagPrefix[] = "refs/tags/";
/// Each is a file of its own.
constexpr size_t kMostTags = 10'000;

using Tags = std::map<std::string, std::string>;  ///< full names and commits

Tags ReadTags(git_repository* repository) {
  Tags tags;
  ReferenceIteratorPtr at;
  const std::string all = std::string(kTagPrefix) + "*";
  if (git_reference_iterator_glob_new(OutPtr(at), repository, all.c_str()) != 0) return tags;
  while (true) {
    ReferencePtr tag;
    if (git_reference_next(OutPtr(tag), at.get()) != 0) return tags;
    const git_oid* commit = git_reference_target(tag.get());
    tags.emplace(git_reference_name(tag.get()), commit == nullptr ? "" : IdText(*commit));
  }
}

/// Of a fetch that was killed: what it had locked would be so for ever.
void RemoveLocks(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> locks;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".lock") locks.push_back(at->path());
  }
  for (const fs::path& lock : locks) fs::remove(lock, error);
}

Error FileError(const std::string& what, const std::error_code& error) {
  return {ErrorCode::kUnavailable, fmt::format("{}: {}", what, error.message())};
}

}  // namespace

std::optional<std::string> Mirror::Unfit(uint64_t max_bytes) const {
  std::error_code error;
  if (!fs::exists(path_, error)) return "";
  RepositoryPtr repository;
  const int code =
      git_repository_open_ext(OutPtr(repository), path_.c_str(),
                              GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, nullptr);
  if (code != 0) return "damaged: " + GitError(code, "open it").message();
  const std::string remembered = Remembered(repository.get());
  if (remembered != url_)
    return remembered.empty() ? "damaged: it does not say what it mirrors" : "of " + remembered;
  const PackFolder found = Measure(path_);
  if (found.packs > kMaxPacks || found.bytes > 2 * max_bytes) {
    return fmt::format("grown to {} in {}", FormatByteCount(static_cast<long long>(found.bytes)),
                       Count(found.packs, "pack"));
  }
  return std::nullopt;
}

Result<std::string> Mirror::MakeBeside() const {
  std::error_code error;
  fs::remove_all(Beside(), error);
  if (!error) fs::create_directories(fs::path(Beside()).parent_path(), error);
  if (error) return std::unexpected(FileError("make the mirror " + path_, error));
  RepositoryPtr repository;
  int code = git_repository_init(OutPtr(repository), Beside().c_str(), 1);
  if (code != 0) return std::unexpected(GitError(code, "make the mirror " + path_));
  ConfigPtr config;
  code = git_repository_config(OutPtr(config), repository.get());
  if (code == 0) code = git_config_set_string(config.get(), kUrlKey, url_.c_str());
  if (code != 0) return std::unexpected(GitError(code, "set up the mirror " + path_));
  fs::permissions(Beside(), fs::perms::owner_all, error);
  return Beside();
}

Status Mirror::TakeBeside() const {
  const std::string old = path_ + ".old";
  std::error_code error;
  fs::remove_all(old, error);
  if (!error && fs::exists(path_)) fs::rename(path_, old, error);
  if (!error) fs::rename(Beside(), path_, error);
  if (error) return std::unexpected(FileError("put the new mirror at " + path_, error));
  fs::remove_all(old, error);
  return {};
}

void Mirror::RemoveLeftovers() const {
  std::error_code error;
  for (const std::string& other : {Beside(), path_ + ".old"}) fs::remove_all(other, error);
  for (const auto& file : fs::directory_iterator(path_ + "/objects/pack", error)) {
    const auto extension = file.path().extension();
    if (extension != ".pack" && extension != ".idx") fs::remove(file.path(), error);
  }
  RemoveLocks(path_ + "/refs");
}

void KeepTags(const std::string& path, const std::map<std::string, std::string>& tags) {
  RepositoryPtr repository;
  if (git_repository_open_bare(OutPtr(repository), path.c_str()) != 0) return;
  OdbPtr odb;
  if (git_repository_odb(OutPtr(odb), repository.get()) != 0) return;
  Tags wanted;
  for (const auto& [name, commit] : tags) {
    const auto id = ParseId(commit);
    const bool is_here = id && git_odb_exists_ext(odb.get(), &*id, GIT_ODB_LOOKUP_NO_REFRESH) != 0;
    if (is_here && wanted.size() < kMostTags) wanted.emplace(kTagPrefix + name, commit);
  }
  const Tags kept = ReadTags(repository.get());
  for (const auto& [name, commit] : kept) {
    if (!wanted.contains(name)) git_reference_remove(repository.get(), name.c_str());
  }
  for (const auto& [name, commit] : wanted) {
    const auto found = kept.find(name);
    if (found != kept.end() && found->second == commit) continue;
    const git_oid id = *ParseId(commit);
    ReferencePtr made;
    git_reference_create(OutPtr(made), repository.get(), name.c_str(), &id, 1, nullptr);
  }
  git_error_clear();
}

Status CheckWhole(const std::string& path, const std::string& commit) {
  MOORING_TRY(const auto repository, Repository::Open(path));
  MOORING_TRY(const auto entries, repository->ListTree(commit, "", kMaxEntries));
  for (const TreeEntry& entry : entries) {
    if (entry.mode == kModeSubmodule) continue;
    const auto size = repository->BlobSize(entry.id);
    if (!size) return std::unexpected(size.error());
  }
  return {};
}

}  // namespace mooring::git
