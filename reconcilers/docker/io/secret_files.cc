// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/secret_files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "controller/base/private_file.h"

namespace mooring::docker {
namespace fs = std::filesystem;
namespace {

constexpr char kUnfinished[] = ".new";

Error FileError(std::string_view what, const fs::path& file, int code = errno) {
  const ErrorCode kind =
      code == EACCES || code == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable;
  return Error(kind, fmt::format("{} {}: {}", what, file.string(),
                                 std::error_code(code, std::generic_category()).message()));
}

bool IsInMemory(const fs::path& folder) {
  struct statfs info{};
  if (::statfs(folder.c_str(), &info) != 0) return false;
  return info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC;
}

/// One that is there already must be ours alone: it is not taken away from others.
Status MakePrivateFolder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder.parent_path(), failed);
  if (failed) return std::unexpected(FileError("make folder", folder, failed.value()));
  if (::mkdir(folder.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return std::unexpected(FileError("make folder", folder));
  struct stat info{};
  if (::lstat(folder.c_str(), &info) != 0) return std::unexpected(FileError("look at", folder));
  if (S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 077) == 0) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("{} is open to others, and secrets go into a folder of their own; name "
                          "another one in mooring.yaml (secrets.directory), or: chmod 700 {}",
                          folder.string(), folder.string()));
}

void AddFilesOf(const fs::path& folder, const fs::path& named, std::set<std::string>& paths) {
  std::error_code none;
  const fs::directory_iterator end;
  for (fs::directory_iterator entry(folder, none); entry != end; entry.increment(none)) {
    // A write that was cut leaves one.
    const std::string name = entry->path().filename();
    if (!name.ends_with(kUnfinished)) paths.insert(named / name);
  }
}

}  // namespace

SecretFiles::SecretFiles(Options options, const HostKey& key)
    : options_(std::move(options)), sealer_(key, "files with secrets") {}

fs::path SecretFiles::SealedOf(const std::string& path) const {
  return options_.sealed / fs::path(path).lexically_relative(options_.folder);
}

SecretFilesView SecretFiles::View(const std::string& app) const {
  SecretFilesView view;
  AddFilesOf(options_.folder / app, options_.folder / app, view.written);
  AddFilesOf(options_.sealed / app, options_.folder / app, view.sealed);
  return view;
}

Status SecretFiles::EnsureInMemory() const {
  MOORING_RETURN_IF_ERROR(MakePrivateFolder(options_.folder));
  if (IsInMemory(options_.folder)) return {};
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount("tmpfs", options_.folder.c_str(), "tmpfs", kFlags, "mode=0700") == 0) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("{} is not in memory, and secrets are not written to a disk; mount a "
                          "tmpfs there: mount -t tmpfs -o mode=0700,noexec,nosuid,nodev tmpfs {}",
                          options_.folder.string(), options_.folder.string()));
}

Status SecretFiles::WriteClear(const SecretFileContent& file) const {
  MOORING_RETURN_IF_ERROR(EnsureInMemory());
  const fs::path path = file.path;
  MOORING_RETURN_IF_ERROR(MakePrivateFolder(path.parent_path()));
  const std::string temporary = file.path + kUnfinished;
  ::unlink(temporary.c_str());
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(FileError("write", path));
  std::string_view rest = file.value.Reveal();
  bool written = true;
  while (written && !rest.empty()) {
    const ssize_t n = ::write(fd, rest.data(), rest.size());
    written = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) rest.remove_prefix(static_cast<size_t>(n));
  }
  written = written && ::fchown(fd, file.uid, file.gid) == 0 && ::fchmod(fd, file.mode) == 0;
  const int code = errno;
  ::close(fd);
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const Error error = FileError("write", path, written ? errno : code);
  ::unlink(temporary.c_str());
  return std::unexpected(error);
}

Status SecretFiles::Write(const SecretFileContent& file) {
  const std::vector<uint8_t> plain = Json::to_cbor(
      {{"uid", file.uid}, {"gid", file.gid}, {"mode", file.mode}, {"value", file.value.Reveal()}});
  const fs::path sealed = SealedOf(file.path);
  MOORING_RETURN_IF_ERROR(MakePrivateFolder(sealed.parent_path()));
  const SecretString content(std::string(plain.begin(), plain.end()));
  const std::string place = sealed.lexically_relative(options_.sealed);
  MOORING_RETURN_IF_ERROR(WritePrivateFile(sealed, sealer_.Seal(content, place)));
  return WriteClear(file);
}

Status SecretFiles::Remove(const std::string& path) {
  for (const fs::path& file : {fs::path(path), SealedOf(path)}) {
    ::unlink((file.string() + kUnfinished).c_str());
    if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
      return std::unexpected(FileError("remove", file));
    ::rmdir(file.parent_path().c_str());  // the App's last one takes its folder along
  }
  return {};
}

Result<SecretFileContent> SecretFiles::Unseal(const fs::path& sealed) const {
  MOORING_TRY(const std::string text, ReadPrivateFile(sealed));
  const fs::path place = sealed.lexically_relative(options_.sealed);
  auto content = sealer_.Open(text, place.string());
  if (!content) return std::unexpected(content.error().WithContext("open " + sealed.string()));
  const Json json = Json::from_cbor(content->Reveal(), true, false);
  if (!json.is_object())
    return Fail(ErrorCode::kDataLoss, fmt::format("{} has no file in it", sealed.string()));
  return SecretFileContent{.path = options_.folder / place,
                           .uid = json.value("uid", 0U),
                           .gid = json.value("gid", 0U),
                           .mode = json.value("mode", 0400U),
                           .value = SecretString(json.value("value", ""))};
}

SecretFiles::Restored SecretFiles::Restore() {
  Restored restored;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(options_.sealed, none)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".new") continue;
    if (fs::exists(options_.folder / entry.path().lexically_relative(options_.sealed), none))
      continue;
    auto file = Unseal(entry.path());
    const Status written = file ? WriteClear(*file) : std::unexpected(file.error());
    if (written) {
      ++restored.files;
    } else {
      restored.failed.push_back(written.error());
    }
  }
  return restored;
}

}  // namespace mooring::docker
