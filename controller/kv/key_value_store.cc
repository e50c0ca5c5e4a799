// SPDX-License-Identifier: Apache-2.0
#include "controller/kv/key_value_store.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <shared_mutex>
#include <system_error>

namespace mooring::kv {
namespace {

constexpr size_t kWriteBuffer = 1u << 20;
constexpr size_t kAllWriteBuffers = 4u << 20;
constexpr size_t kBlockCache = 2u << 20;
constexpr size_t kMaxLog = 4u << 20;
/// What must be free on the disk before it is written: RocksDB gets over a disk that fails in the
/// middle of a write only with luck, and Debian's aborts when it is opened on one that is full.
constexpr size_t kRoom = 4u << 20;
constexpr size_t kMaxInfoLog = 256u << 10;
constexpr int kMaxOpenFiles = 32;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

std::string ErrnoText(int error) { return std::generic_category().message(error); }

/// RocksDB's status as one of our errors; REQUIRES: not ok.
Error ToError(const rocksdb::Status& status, const std::string& what) {
  const std::string text = fmt::format("{}: {}", what, status.ToString());
  // A file of the store that is gone is damage as well: nothing but the store removes its files.
  if (status.IsCorruption() || status.IsPathNotFound()) return {ErrorCode::kDataLoss, text};
  if (status.IsNoSpace()) {
    return {ErrorCode::kUnavailable, text + "; make room on its disk, writing goes on by itself"};
  }
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    return {ErrorCode::kFailedPrecondition, text};
  }
  return {ErrorCode::kUnavailable, text};
}

rocksdb::Options MakeOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = kWriteBuffer;
  options.max_write_buffer_number = 2;
  options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(kAllWriteBuffers);
  options.max_total_wal_size = kMaxLog;
  options.max_background_jobs = 1;
  options.max_open_files = kMaxOpenFiles;
  options.max_file_opening_threads = 1;
  options.max_manifest_file_size = kMaxLog;
  options.keep_log_file_num = 2;
  options.max_log_file_size = kMaxInfoLog;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCache, 0);
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

/// A disk that does not say how much is free is tried.
bool HasRoom(const std::string& directory) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(directory, error);
  return error || space.available >= kRoom;
}

Status CheckRoom(const std::string& directory) {
  if (HasRoom(directory)) return {};
  return Fail(ErrorCode::kUnavailable,
              fmt::format("the disk of the store {} has less than {} MiB left; make room on it, "
                          "writing goes on by itself",
                          directory, kRoom >> 20));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Status MakeDirectory(const std::string& directory) {
  std::error_code ignored;
  const std::filesystem::path parent = std::filesystem::path(directory).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, ignored);
  if (mkdir(directory.c_str(), 0700) == 0) return {};
  // One that was made by hand is closed as well; if it is not ours, opening it will say so.
  if (errno == EEXIST) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ignored);
    return {};
  }
  const int error = errno;
  return Fail(
      error == EACCES || error == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable,
      fmt::format("make the store {}: {}", directory, ErrnoText(error)));
}

/// Locks the directory itself. RocksDB locks a file in it too, but reports that as an I/O error
/// like any other; this one can be told apart, and is released when the process dies, however it
/// dies.
Result<FileDescriptor> LockDirectory(const std::string& directory) {
  FileDescriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) {
    const int error = errno;
    return Fail(error == EACCES ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable,
                fmt::format("open the store {}: {}", directory, ErrnoText(error)));
  }
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  const int error = errno;
  if (error == EWOULDBLOCK) {
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("another mooring runs on this store: {} is locked; stop it, or give this "
                    "one a state directory of its own",
                    directory));
  }
  return Fail(ErrorCode::kUnavailable,
              fmt::format("lock the store {}: {}", directory, ErrnoText(error)));
}

}  // namespace

void WriteBatch::Put(std::string key, std::string value) {
  operations_.push_back({std::move(key), std::move(value)});
}

void WriteBatch::Delete(std::string key) { operations_.push_back({std::move(key), std::nullopt}); }

KeyRange KeyRange::WithPrefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return {std::string(prefix), std::move(end)};
}

/// The database, and what brings it back after a failed write.
class KeyValueStore::Impl {
 public:
  Impl(FileDescriptor lock, std::string directory)
      : lock_(std::move(lock)), directory_(std::move(directory)) {}

  rocksdb::Status Open() {
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(), directory_, &opened);
    db_.reset(opened);
    return status;
  }

  rocksdb::Status Write(rocksdb::WriteBatch& batch, Sync sync) {
    rocksdb::WriteOptions options;
    options.sync = sync == Sync::kYes;
    const auto write = [&](rocksdb::DB& db) { return db.Write(options, &batch); };
    rocksdb::Status status = With(write);
    // After a failed write RocksDB refuses all others; the disk may have room again by now.
    if (status.IsIOError() && Recover()) return With(write);
    return status;
  }

  /// Runs `use(database)`, which stays open meanwhile.
  template <typename F>
  rocksdb::Status With(F&& use) {
    const std::shared_lock lock(mutex_);
    if (db_) return use(*db_);
    return rocksdb::Status::IOError("closed after its disk failed, and not yet opened again");
  }

 private:
  bool Recover() {
    const std::unique_lock lock(mutex_);
    if (db_ && db_->Resume().ok()) return true;
    // Resume does not get over every failure of a disk; opening anew does, but takes room. Until
    // there is some, the database stays open for reading.
    if (db_ && !HasRoom(directory_)) return false;
    db_.reset();
    return Open().ok();
  }

  const FileDescriptor lock_;  // outlives the database
  const std::string directory_;
  std::shared_mutex mutex_;  // exclusive while the database is closed and opened again
  std::unique_ptr<rocksdb::DB> db_;
};

KeyValueStore::KeyValueStore(std::string directory, std::unique_ptr<Impl> impl)
    : directory_(std::move(directory)), impl_(std::move(impl)) {}

KeyValueStore::~KeyValueStore() = default;

Result<std::unique_ptr<KeyValueStore>> KeyValueStore::Open(const std::string& directory) {
  MOORING_RETURN_IF_ERROR(MakeDirectory(directory));
  MOORING_TRY(FileDescriptor lock, LockDirectory(directory));
  MOORING_RETURN_IF_ERROR(CheckRoom(directory));
  auto impl = std::make_unique<Impl>(std::move(lock), directory);
  const rocksdb::Status status = impl->Open();
  if (!status.ok()) return std::unexpected(ToError(status, "open the store " + directory));
  return std::unique_ptr<KeyValueStore>(new KeyValueStore(directory, std::move(impl)));
}

Result<std::optional<std::string>> KeyValueStore::Get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = impl_->With(
      [&](rocksdb::DB& db) { return db.Get(rocksdb::ReadOptions(), ToSlice(key), &value); });
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return std::unexpected(ToError(status, "read from the store " + directory_));
  return value;
}

Status KeyValueStore::Put(std::string_view key, std::string_view value, Sync sync) {
  WriteBatch batch;
  batch.Put(std::string(key), std::string(value));
  return Write(batch, sync);
}

Status KeyValueStore::Delete(std::string_view key, Sync sync) {
  WriteBatch batch;
  batch.Delete(std::string(key));
  return Write(batch, sync);
}

Status KeyValueStore::Write(const WriteBatch& batch, Sync sync) {
  MOORING_RETURN_IF_ERROR(CheckRoom(directory_));
  rocksdb::WriteBatch writes;
  for (const auto& operation : batch.operations_) {
    const rocksdb::Status status =
        operation.value ? writes.Put(ToSlice(operation.key), ToSlice(*operation.value))
                        : writes.Delete(ToSlice(operation.key));
    if (!status.ok()) return std::unexpected(ToError(status, "write to the store " + directory_));
  }
  const rocksdb::Status status = impl_->Write(writes, sync);
  if (!status.ok()) return std::unexpected(ToError(status, "write to the store " + directory_));
  return {};
}

Status KeyValueStore::Scan(const KeyRange& range, Order order, const Visitor& visit) const {
  rocksdb::ReadOptions options;
  const rocksdb::Slice begin = ToSlice(range.begin);
  const rocksdb::Slice end = ToSlice(range.end);
  options.iterate_lower_bound = &begin;
  if (!range.end.empty()) options.iterate_upper_bound = &end;
  const bool ascending = order == Order::kAscending;
  const rocksdb::Status status = impl_->With([&](rocksdb::DB& db) {
    const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
    ascending ? at->SeekToFirst() : at->SeekToLast();
    while (at->Valid() && visit(ToView(at->key()), ToView(at->value()))) {
      ascending ? at->Next() : at->Prev();
    }
    return at->status();
  });
  if (!status.ok()) return std::unexpected(ToError(status, "read from the store " + directory_));
  return {};
}

}  // namespace mooring::kv
