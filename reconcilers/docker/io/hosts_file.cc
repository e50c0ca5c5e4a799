// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/hosts_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mooring::docker {
namespace {

constexpr size_t kManyLeft = 4096;
constexpr std::chrono::hours kLongAgo{1};
/// Longer than any resolver remembers a line of the file.
constexpr std::chrono::minutes kFreedLately{1};

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error FileError(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  const ErrorCode kind = code == EACCES || code == EPERM || code == EROFS
                             ? ErrorCode::kPermissionDenied
                             : ErrorCode::kUnavailable;
  return Error(kind, fmt::format("{} {}: {}", what, path.string(),
                                 std::error_code(code, std::generic_category()).message()));
}

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> HostsFile::Read() const {
  const Fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::string();
    return std::unexpected(FileError("read", path_));
  }
  std::string content;
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(FileError("read", path_));
    if (size == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(size));
  }
}

/// A new file moved into place, so that no reader sees half of it. Where the file is a mount point
/// (in a container) it cannot be moved over and is written in place.
Status HostsFile::Write(const std::string& content) const {
  struct stat info{};
  const bool exists = ::stat(path_.c_str(), &info) == 0;
  const std::string temporary = path_.string() + ".mooring";
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (fd.valid()) {
    if (exists) {
      (void)!::fchown(fd.get(), info.st_uid, info.st_gid);
      ::fchmod(fd.get(), info.st_mode & 07777);
    }
    const bool moved = WriteAll(fd.get(), content) && ::fsync(fd.get()) == 0 &&
                       ::rename(temporary.c_str(), path_.c_str()) == 0;
    if (moved) return {};
    const int code = errno;
    ::unlink(temporary.c_str());
    errno = code;
    if (code != EBUSY && code != EXDEV) return std::unexpected(FileError("write", path_));
  }
  const Fd in_place(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!in_place.valid() || !WriteAll(in_place.get(), content) ||
      ::ftruncate(in_place.get(), static_cast<off_t>(content.size())) != 0) {
    return std::unexpected(FileError("write", path_));
  }
  return {};
}

/// Changes whenever the file does; none when that cannot be told.
std::optional<HostsFile::Stamp> HostsFile::StampNow() const {
  struct stat info{};
  if (::stat(path_.c_str(), &info) != 0) return std::nullopt;
  return Stamp{info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ino, info.st_size};
}

void HostsFile::Remember(Memory& memory, std::string content, std::optional<Stamp> stamp) const {
  ++memory.version;
  memory.content = std::move(content);
  memory.read = true;
  HostsNames names = ParseHostsBlock(memory.content);
  memory.names.clear();
  while (!names.empty()) {
    auto node = names.extract(names.begin());
    memory.names.emplace(std::move(node.key()), std::move(node.mapped()));
  }
  memory.addresses.clear();
  for (const auto& [name, list] : memory.names) memory.addresses.insert(list.begin(), list.end());
  memory.stamp = stamp;
}

/// Whoever reads first sees a foreign change: all the others are to be told of it by Watch.
void HostsFile::NoteForeign(Memory& memory, const std::string& content) const {
  if (memory.read && content != memory.content) memory.foreign = true;
}

Status HostsFile::Reread(Memory& memory) const {
  const std::optional<Stamp> stamp = StampNow();
  if (stamp && stamp == memory.stamp) return {};
  MOORING_TRY(std::string content, Read());
  if (memory.read && content == memory.content) {
    memory.stamp = stamp;
    return {};
  }
  NoteForeign(memory, content);
  Remember(memory, std::move(content), stamp);
  return {};
}

/// Adds those of `names` that end with `suffix`.
void HostsFile::Pick(const NamesByEnd& names, std::string_view suffix, HostsNames& to) {
  for (auto at = names.lower_bound(std::string(suffix));
       at != names.end() && at->first.ends_with(suffix); ++at) {
    to.insert(*at);
  }
}

uint64_t HostsFile::Version() {
  return memory_.With(
      [&](Memory& memory) { return Reread(memory) ? memory.version : uint64_t{0}; });
}

Result<HostsView> HostsFile::View(const std::string& suffix,
                                  const std::vector<std::string>& addresses) {
  return memory_.With([&](Memory& memory) -> Result<HostsView> {
    MOORING_RETURN_IF_ERROR(Reread(memory));
    HostsView view{.version = memory.version};
    Pick(memory.names, suffix, view.names);
    Pick(memory.last_written, suffix, view.last_written);
    const Time now = clock_.Now();
    if (memory.left.size() > kManyLeft) {
      std::erase_if(memory.left, [&](const auto& entry) { return now - entry.second > kLongAgo; });
    }
    std::erase_if(memory.freed,
                  [&](const auto& entry) { return now - entry.second > kFreedLately; });
    view.left = memory.freed;
    for (const std::string& address : addresses) {
      if (memory.addresses.contains(address)) {
        memory.left.erase(address);
        view.left.erase(address);
      } else {
        view.left.insert(*memory.left.try_emplace(address, now).first);
      }
    }
    return view;
  });
}

Status HostsFile::Set(const HostsNames& names) {
  return memory_.With([&](Memory& memory) -> Status {
    MOORING_TRY(const std::string before, Read());
    NoteForeign(memory, before);
    HostsNames block = ParseHostsBlock(before);
    std::set<std::string> gone;
    for (const auto& [name, addresses] : names) {
      gone.insert(block[name].begin(), block[name].end());
      block[name] = addresses;
      if (addresses.empty()) block.erase(name);
    }
    std::string after = WithHostsBlock(before, block);
    if (after != before) MOORING_RETURN_IF_ERROR(Write(after));
    Remember(memory, std::move(after), std::nullopt);
    for (const auto& [name, addresses] : names) {
      memory.last_written[name] = addresses;
      if (addresses.empty()) memory.last_written.erase(name);
    }
    for (const std::string& address : gone) {
      if (!memory.addresses.contains(address))
        memory.left[address] = memory.freed[address] = clock_.Now();
    }
    return {};
  });
}

Status HostsFile::Watch(const std::function<void()>& on_change, std::stop_token stop) {
  // The folder is watched, not the file: editors and cloud-init replace the file by another.
  const Fd notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!notify.valid() || !wake.valid()) return std::unexpected(FileError("watch", path_));
  if (::inotify_add_watch(notify.get(), path_.parent_path().c_str(),
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE) < 0) {
    return std::unexpected(FileError("watch", path_));
  }
  const std::stop_callback on_stop(stop, [&] {
    const uint64_t one = 1;
    (void)!::write(wake.get(), &one, sizeof one);
  });
  while (!stop.stop_requested()) {
    // A file that is a mount point is written in place, and its folder does not see it.
    ::inotify_add_watch(notify.get(), path_.c_str(), IN_CLOSE_WRITE);
    std::array<pollfd, 2> fds{{{notify.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
      return std::unexpected(FileError("watch", path_));
    alignas(inotify_event) std::array<char, 4096> buffer;
    bool ours = false;
    for (ssize_t size; (size = ::read(notify.get(), buffer.data(), buffer.size())) > 0;) {
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        ours = ours || (event->mask & IN_Q_OVERFLOW) != 0 || event->len == 0 ||
               path_.filename() == event->name;
        at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
      }
    }
    if (!ours) continue;
    const bool foreign = memory_.With([&](Memory& memory) {
      auto content = Read();
      const bool changed = !content || *content != memory.content;
      if (content && changed) Remember(memory, std::move(*content), std::nullopt);
      if (!content) memory.stamp.reset();
      return std::exchange(memory.foreign, false) || changed;
    });
    if (foreign) on_change();
  }
  return {};
}

}  // namespace mooring::docker
