// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/file_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "controller/base/deleter.h"
#include "controller/base/digest.h"
#include "controller/base/private_file.h"
#include "reconcilers/docker/io/folder_at.h"

namespace mooring::docker {
namespace fs = std::filesystem;
namespace {

constexpr char kRecord[] = "live.json";
constexpr char kUnfinished[] = ".new";
/// More than any file of a repository that is laid: one that somebody made so large is not hashed.
constexpr off_t kMostHashed = 64 << 20;
constexpr int kMaxDepth = 64;

using DirPtr = std::unique_ptr<DIR, Deleter<closedir>>;

std::string StampOf(const struct stat& info) {
  return fmt::format("{} {} {} {}.{} {}.{} {:o} {}:{}", info.st_dev, info.st_ino, info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
                     info.st_ctim.tv_nsec, info.st_mode, info.st_uid, info.st_gid);
}

/// Names in the folder `fd`, sorted, without those of unfinished writes.
Result<std::vector<std::string>> NamesIn(int fd) {
  const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const DirPtr dir(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!dir) return std::unexpected(FileFailure("list", "a folder of files", errno));
  std::vector<std::string> names;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name != ".mooring-new") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::string TextOf(int fd, off_t size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        ::pread(fd, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::string LinkOf(int folder, const std::string& name) {
  std::string target(4096, '\0');
  const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  target.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return target;
}

void ReadRecord(const fs::path& file, LyingObject& object) {
  const auto text = ReadPrivateFile(file);
  if (!text) return;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return;
  using Texts = std::map<std::string, std::string>;
  object.laid_digest = json.value("digest", "");
  object.laid_at = Time(std::chrono::milliseconds(json.value("at", 0LL)));
  object.laid = json.value("laid", Texts());
  object.signalled = json.value("signalled", Texts());
}

Status WriteRecord(const fs::path& file, const LyingObject& object) {
  const auto at =
      std::chrono::duration_cast<std::chrono::milliseconds>(object.laid_at.time_since_epoch())
          .count();
  const Json json = {{"digest", object.laid_digest},
                     {"at", at},
                     {"laid", object.laid},
                     {"signalled", object.signalled}};
  return WritePrivateFile(file, json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<std::string> ContentOf(const FileObject& object, const FileTree::Entry& entry) {
  if (object.content) return *object.content;
  if (!object.contents) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} comes from files that nothing is applied from", entry.path));
  }
  auto bytes = object.contents->Read(entry);
  if (!bytes || GitBlobId(*bytes) == entry.blob_id) return bytes;
  return Fail(ErrorCode::kAborted, entry.path + " is not what it was when it was looked at");
}

Status MakeFolder(const fs::path& folder, mode_t mode) {
  if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) return {};
  return std::unexpected(FileFailure("make folder", folder, errno));
}

/// Puts one file of the object where `top` is the object, or its folder and `name` its name.
Status Put(const FileObject& object, const FileTree::Entry& entry, const std::string& top,
           const std::string& name) {
  MOORING_TRY(const std::string bytes, ContentOf(object, entry));
  if (entry.type == FileTree::Type::kSymlink) return PutLinkAt(top, name, bytes);
  return PutFileAt(top, name, bytes, {object.ModeOf(entry), object.uid, object.gid});
}

/// All of it beside its place, and then there at once.
Status WriteWhole(const FileObject& object) {
  const fs::path path = object.path;
  const std::string base = path.filename();
  const fs::path parent = path.parent_path();
  const fs::path unfinished = parent / (base + kUnfinished);
  std::error_code failed;
  fs::remove_all(unfinished, failed);
  if (object.folder) {
    MOORING_RETURN_IF_ERROR(MakeFolder(unfinished, 0755));
    ::chmod(unfinished.c_str(), 0755);
    for (const FileTree::Entry& entry : object.entries)
      MOORING_RETURN_IF_ERROR(Put(object, entry, unfinished, object.NameOf(entry)));
    SyncFolder(unfinished);
  } else {
    MOORING_RETURN_IF_ERROR(Put(object, object.entries.front(), parent, base + kUnfinished));
  }
  fs::remove_all(path, failed);
  if (::rename(unfinished.c_str(), path.c_str()) != 0)
    return std::unexpected(FileFailure("write", path, errno));
  SyncFolder(parent);
  return {};
}

Status WriteParts(const WriteFiles& step) {
  const FileObject& object = *step.object;
  for (const std::string& name : step.write) {
    const FileTree::Entry* entry = object.Find(name);
    if (entry == nullptr) continue;
    if (object.folder) {
      MOORING_RETURN_IF_ERROR(Put(object, *entry, object.path, name));
      continue;
    }
    // Who has the file mounted has this very file, and no other that gets its name.
    MOORING_TRY(const std::string bytes, ContentOf(object, *entry));
    MOORING_RETURN_IF_ERROR(
        RewriteFile(object.path, bytes, {object.ModeOf(*entry), object.uid, object.gid}));
  }
  for (const std::string& name : step.remove)
    MOORING_RETURN_IF_ERROR(RemoveFileAt(object.path, name));
  return {};
}

}  // namespace

/// Reads one object.
class FileStore::Reader {
 public:
  explicit Reader(Memory& memory) : memory_(memory) {}

  Result<LyingObject> Read(const fs::path& path) {
    LyingObject object;
    const OpenFile parent(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat info{};
    const std::string base = path.filename();
    if (parent.get() < 0 || ::fstatat(parent.get(), base.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return std::unexpected(FileFailure("look at", path, errno));
    object.folder = S_ISDIR(info.st_mode);
    if (object.folder) {
      MOORING_RETURN_IF_ERROR(Walk(parent.get(), base, path, "", 0, object));
    } else {
      Add(parent.get(), base, path, "", info, object);
    }
    std::ranges::sort(object.files, {}, &LyingFile::name);
    if (base == "live") ReadRecord(path.parent_path() / kRecord, object);
    return object;
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kMaxDepth
  Status Walk(int above, const std::string& base, const fs::path& path, const std::string& prefix,
              int depth, LyingObject& object) {
    const OpenFile folder(
        ::openat(above, base.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder.get() < 0 || depth > kMaxDepth) return {};
    MOORING_TRY(const std::vector<std::string> names, NamesIn(folder.get()));
    for (const std::string& name : names) {
      struct stat info{};
      if (::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (S_ISDIR(info.st_mode)) {
        MOORING_RETURN_IF_ERROR(
            Walk(folder.get(), name, path / name, prefix + name + "/", depth + 1, object));
      } else {
        Add(folder.get(), name, path / name, prefix + name, info, object);
      }
    }
    return {};
  }

  void Add(int folder, const std::string& base, const fs::path& path, std::string name,
           const struct stat& info, LyingObject& object) {
    LyingFile file{.name = std::move(name),
                   .type = S_ISLNK(info.st_mode) ? FileTree::Type::kSymlink : FileTree::Type::kFile,
                   .mode = info.st_mode & 07777,
                   .uid = info.st_uid,
                   .gid = info.st_gid};
    const std::string stamp = StampOf(info);
    Known& known = memory_.files[path];
    if (known.stamp != stamp) known = {stamp, BlobOf(folder, base, info)};
    file.blob_id = known.blob_id;
    object.files.push_back(std::move(file));
  }

  static std::string BlobOf(int folder, const std::string& base, const struct stat& info) {
    if (S_ISLNK(info.st_mode)) return GitBlobId(LinkOf(folder, base));
    if (!S_ISREG(info.st_mode)) return "special";
    if (info.st_size > kMostHashed) return fmt::format("{}-bytes", info.st_size);
    const OpenFile file(
        ::openat(folder, base.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    return file.get() < 0 ? "unreadable" : GitBlobId(TextOf(file.get(), info.st_size));
  }

  Memory& memory_;
};

namespace {

/// The paths of all objects in the folder of an App; none when there is no such folder.
std::vector<fs::path> ObjectsIn(const fs::path& app) {
  std::vector<fs::path> objects;
  std::error_code none;
  const fs::directory_iterator end;
  for (fs::directory_iterator id(app, none); id != end; id.increment(none)) {
    if (!id->is_directory(none)) continue;
    for (fs::directory_iterator version(id->path(), none); version != end;
         version.increment(none)) {
      const std::string name = version->path().filename();
      if (name != kRecord && !name.ends_with(kUnfinished) && !name.starts_with('.'))
        objects.push_back(version->path());
    }
  }
  std::ranges::sort(objects);
  return objects;
}

void AddStamp(const fs::path& path, std::string& text) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return;
  text += path.string() + " " + StampOf(info) + "\n";
}

std::string FingerprintOf(const fs::path& app) {
  std::string text;
  std::error_code none;
  for (const fs::path& object : ObjectsIn(app)) {
    AddStamp(object, text);
    AddStamp(object.parent_path() / kRecord, text);
    const fs::recursive_directory_iterator end;
    if (!fs::is_directory(fs::symlink_status(object, none))) continue;
    for (fs::recursive_directory_iterator entry(object, none); entry != end; entry.increment(none))
      AddStamp(entry->path(), text);
  }
  return text.empty() ? text : Sha256Hex(text);
}

}  // namespace

uint64_t FileStore::Version(const std::string& app) {
  std::string fingerprint = FingerprintOf(folder_ / app);
  return memory_.With([&](Memory& memory) {
    const auto known = memory.apps.find(app);
    // Most Apps have none.
    if (known == memory.apps.end() && fingerprint.empty()) return uint64_t{1};
    Seen& seen = known == memory.apps.end() ? memory.apps[app] : known->second;
    if (seen.fingerprint != fingerprint) {
      seen.fingerprint = std::move(fingerprint);
      ++seen.version;
    }
    return seen.version;
  });
}

Result<FilesView> FileStore::View(const std::string& app) {
  FilesView view{.version = Version(app)};
  const std::vector<fs::path> objects = ObjectsIn(folder_ / app);
  return memory_.With([&](Memory& memory) -> Result<FilesView> {
    Reader reader(memory);
    for (const fs::path& path : objects) {
      MOORING_TRY(view.objects[path.string()], reader.Read(path));
    }
    return std::move(view);
  });
}

Status FileStore::Write(const WriteFiles& step) {
  const FileObject& object = *step.object;
  const fs::path path = object.path;
  const fs::path parent = path.parent_path();
  std::error_code failed;
  fs::create_directories(folder_.parent_path(), failed);
  MOORING_RETURN_IF_ERROR(MakeFolder(folder_, 0700));
  MOORING_RETURN_IF_ERROR(MakeFolder(parent.parent_path(), 0755));
  MOORING_RETURN_IF_ERROR(MakeFolder(parent, 0755));
  MOORING_RETURN_IF_ERROR(step.whole ? WriteWhole(object) : WriteParts(step));
  if (!object.live) return {};
  LyingObject record;
  record.laid_digest = object.digest;
  record.laid_at = clock_.Now();
  record.laid = step.laid;
  return WriteRecord(parent / kRecord, record);
}

Status FileStore::Remove(const std::string& path) {
  const fs::path object = path;
  std::error_code failed;
  fs::remove_all(object, failed);
  if (failed) return std::unexpected(FileFailure("remove", path, failed.value()));
  fs::remove_all(path + kUnfinished, failed);
  if (object.filename() == "live") fs::remove(object.parent_path() / kRecord, failed);
  // The last one takes its folders along.
  ::rmdir(object.parent_path().c_str());
  ::rmdir(object.parent_path().parent_path().c_str());
  const std::string below = path + "/";
  memory_.With([&](Memory& memory) {
    std::erase_if(memory.files, [&](const auto& known) {
      return known.first == path || known.first.starts_with(below);
    });
  });
  return {};
}

Status FileStore::MarkSignalled(const SignalContainer& step) {
  const fs::path file = fs::path(step.path).parent_path() / kRecord;
  LyingObject record;
  ReadRecord(file, record);
  if (record.laid_digest != step.digest) return {};
  record.signalled[step.id] = step.digest;
  return WriteRecord(file, record);
}

}  // namespace mooring::docker
