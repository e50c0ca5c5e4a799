// SPDX-License-Identifier: Apache-2.0
#include "controller/archive/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>

#include "controller/base/deleter.h"

namespace mooring::archive {
namespace {

using ReaderPtr = std::unique_ptr<::archive, Deleter<archive_read_free>>;
using WriterPtr = std::unique_ptr<::archive, Deleter<archive_write_free>>;
using EntryPtr = std::unique_ptr<::archive_entry, Deleter<archive_entry_free>>;

constexpr size_t kPart = 256 << 10;
constexpr uint32_t kFolderMode = 0755;
constexpr std::string_view kEndings[] = {".tar",     ".tar.gz", ".tgz",
                                         ".tar.zst", ".tar.xz", ".tar.bz2"};

Error ReadError(::archive* reader) {
  const char* text = archive_error_string(reader);
  return {ErrorCode::kInvalidArgument, fmt::format("it cannot be read as a tar archive: {}",
                                                   text == nullptr ? "it ends too early" : text)};
}

/// In the C locale one of the two is null for a name that is not ASCII.
std::string TextOf(const char* plain, const char* utf8) {
  return plain != nullptr ? plain : utf8 != nullptr ? utf8 : "";
}

std::string NameOf(::archive_entry* entry) {
  return TextOf(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
}

std::string HardlinkOf(::archive_entry* entry) {
  return TextOf(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
}

/// "a/b" of "./a//b/"; "" of the folder that everything is in. NotFound: it leads out.
Result<std::string> Inside(std::string_view path) {
  std::string inside;
  if (path.starts_with('/')) return Fail(ErrorCode::kNotFound, "absolute");
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part == "..") return Fail(ErrorCode::kNotFound, "leads out");
    if (part.empty() || part == ".") continue;
    if (!inside.empty()) inside += '/';
    inside += part;
  }
  return inside;
}

/// One entry of an archive that may be unpacked.
struct Entry {
  std::string name;  ///< as Inside
  mode_t type = 0;
  std::string hardlink;  ///< as Inside; empty: none
  std::string symlink;
};

/// Reads an archive entry by entry. Only what is safe comes out of it.
class Reader {
 public:
  Reader(std::string_view bytes, const Limits& limits)
      : limits_(limits), reader_(archive_read_new()) {
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_filter_bzip2(reader_.get());
    archive_read_support_filter_xz(reader_.get());
    archive_read_support_filter_zstd(reader_.get());
    archive_read_support_format_tar(reader_.get());
    opened_ = archive_read_open_memory(reader_.get(), bytes.data(), bytes.size()) == ARCHIVE_OK;
  }

  /// False: there is no other one.
  Result<bool> Next(Entry& out) {
    if (!opened_) return std::unexpected(ReadError(reader_.get()));
    const int read = archive_read_next_header(reader_.get(), &entry_);
    if (read == ARCHIVE_EOF) return false;
    if (read != ARCHIVE_OK && read != ARCHIVE_WARN)
      return std::unexpected(ReadError(reader_.get()));
    if (++entries_ > limits_.entries)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("it has more than {} entries", limits_.entries));
    MOORING_TRY(out, Checked());
    return true;
  }

  /// More of the content of the entry; empty: that was all.
  Result<std::string_view> Read() {
    const la_ssize_t count = archive_read_data(reader_.get(), buffer_.data(), buffer_.size());
    if (count < 0) return std::unexpected(ReadError(reader_.get()));
    bytes_ += static_cast<uint64_t>(count);
    if (bytes_ > limits_.bytes)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("it unpacks to more than {} MiB", limits_.bytes >> 20));
    return std::string_view(buffer_.data(), static_cast<size_t>(count));
  }

  ::archive_entry* entry() const { return entry_; }

 private:
  Result<Entry> Checked() const {
    Entry out{.type = archive_entry_filetype(entry_)};
    const std::string name = NameOf(entry_);
    const auto inside = Inside(name);
    if (!inside)
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{} in it leads out of it", name));
    out.name = *inside;
    if (const std::string target = HardlinkOf(entry_); !target.empty()) {
      const auto to = Inside(target);
      if (!to || to->empty())
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("the link {} in it leads out of it, to {}", name, target));
      out.hardlink = *to;
      return out;
    }
    if (out.type == AE_IFLNK)
      out.symlink = TextOf(archive_entry_symlink(entry_), archive_entry_symlink_utf8(entry_));
    if (out.type != AE_IFREG && out.type != AE_IFDIR && out.type != AE_IFLNK)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} in it is a device, a pipe or a socket", name));
    if (out.name.empty() && out.type != AE_IFDIR)
      return Fail(ErrorCode::kInvalidArgument, "an entry of it has no name");
    return out;
  }

  const Limits limits_;
  const ReaderPtr reader_;
  bool opened_ = false;
  ::archive_entry* entry_ = nullptr;
  size_t entries_ = 0;
  uint64_t bytes_ = 0;
  std::array<char, kPart> buffer_;
};

/// Collects what libarchive writes. GNU's tar takes names as bytes, in whatever encoding they are.
class Collector {
 public:
  Collector() : writer_(archive_write_new()) {
    archive_write_set_format_gnutar(writer_.get());
    archive_write_set_bytes_per_block(writer_.get(), 0);
    archive_write_open(writer_.get(), this, nullptr, &Collector::OnWrite, nullptr);
  }

  Status Begin(::archive_entry* entry) {
    return Done(archive_write_header(writer_.get(), entry) >= ARCHIVE_WARN);
  }
  Status Write(std::string_view content) {
    return Done(archive_write_data(writer_.get(), content.data(), content.size()) ==
                static_cast<la_ssize_t>(content.size()));
  }
  Status Finish() { return Done(archive_write_close(writer_.get()) == ARCHIVE_OK); }
  std::string Take() { return std::exchange(bytes_, {}); }
  size_t size() const { return bytes_.size(); }

 private:
  static la_ssize_t OnWrite(::archive*, void* self, const void* data, size_t size) {
    static_cast<Collector*>(self)->bytes_.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
  Status Done(bool done) const {
    if (done) return {};
    const char* text = archive_error_string(writer_.get());
    return Fail(ErrorCode::kInternal,
                fmt::format("write a tar: {}", text == nullptr ? "it failed" : text));
  }

  std::string bytes_;
  const WriterPtr writer_;
};

EntryPtr NewEntry(const std::string& name, mode_t type, uint32_t mode, Owner owner, int64_t mtime) {
  EntryPtr entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), type);
  archive_entry_set_perm(entry.get(), mode);
  archive_entry_set_uid(entry.get(), owner.uid);
  archive_entry_set_gid(entry.get(), owner.gid);
  archive_entry_set_mtime(entry.get(), mtime, 0);
  archive_entry_set_size(entry.get(), 0);
  return entry;
}

class Repacked final : public Parts {
 public:
  Repacked(std::string bytes, std::string top, Owner owner, const Limits& limits)
      : bytes_(std::move(bytes)),
        top_(std::move(top)),
        owner_(owner),
        reader_(std::make_unique<Reader>(bytes_, limits)) {}

  Result<std::string> Next() override {
    while (!finished_ && out_.size() < kPart) {
      if (in_content_) {
        MOORING_TRY(const std::string_view part, reader_->Read());
        in_content_ = !part.empty();
        if (in_content_) MOORING_RETURN_IF_ERROR(out_.Write(part));
        continue;
      }
      MOORING_RETURN_IF_ERROR(AddNext());
    }
    return out_.Take();
  }

 private:
  Status AddNext() {
    Entry entry;
    MOORING_TRY(const bool more, reader_->Next(entry));
    const bool says_top = more && entry.name.empty();
    if (!has_top_ && !says_top) {
      const EntryPtr top = NewEntry(top_ + "/", AE_IFDIR, kFolderMode, owner_, 0);
      archive_entry_unset_mtime(top.get());
      MOORING_RETURN_IF_ERROR(out_.Begin(top.get()));
    }
    has_top_ = true;
    if (more) return Add(entry);
    finished_ = true;
    return out_.Finish();
  }

  /// Only what is known to be harmless is taken over.
  Status Add(const Entry& entry) {
    ::archive_entry* from = reader_->entry();
    const std::string name = entry.name.empty() ? top_ : top_ + "/" + entry.name;
    const bool is_folder = entry.type == AE_IFDIR;
    const Owner owner{static_cast<uint32_t>(archive_entry_uid(from)),
                      static_cast<uint32_t>(archive_entry_gid(from))};
    const EntryPtr to = NewEntry(is_folder ? name + "/" : name, entry.type,
                                 archive_entry_perm(from), owner, archive_entry_mtime(from));
    if (!entry.hardlink.empty()) {
      archive_entry_set_hardlink(to.get(), (top_ + "/" + entry.hardlink).c_str());
    } else if (entry.type == AE_IFLNK) {
      archive_entry_set_symlink(to.get(), entry.symlink.c_str());
    } else if (entry.type == AE_IFREG) {
      archive_entry_set_size(to.get(), archive_entry_size(from));
      in_content_ = true;
    }
    return out_.Begin(to.get());
  }

  const std::string bytes_;
  const std::string top_;
  const Owner owner_;
  const std::unique_ptr<Reader> reader_;
  Collector out_;
  bool has_top_ = false;
  bool in_content_ = false;
  bool finished_ = false;
};

}  // namespace

bool IsArchiveName(std::string_view path) {
  return std::ranges::any_of(kEndings, [&](std::string_view end) { return path.ends_with(end); });
}

Status CheckArchive(std::string_view bytes, const Limits& limits) {
  const auto reader = std::make_unique<Reader>(bytes, limits);
  for (Entry entry;;) {
    MOORING_TRY(const bool more, reader->Next(entry));
    if (!more) return {};
    for (bool rest = entry.type == AE_IFREG; rest;) {
      MOORING_TRY(const std::string_view part, reader->Read());
      rest = !part.empty();
    }
  }
}

std::unique_ptr<Parts> Repack(std::string bytes, std::string top, Owner owner,
                              const Limits& limits) {
  return std::make_unique<Repacked>(std::move(bytes), std::move(top), owner, limits);
}

class TarWriter::Impl {
 public:
  Impl(Owner owner, int64_t mtime) : owner_(owner), mtime_(mtime) {}
  EntryPtr New(const std::string& name, mode_t type, uint32_t mode) const {
    return NewEntry(name, type, mode, owner_, mtime_);
  }
  Collector& out() { return out_; }

 private:
  const Owner owner_;
  const int64_t mtime_;
  Collector out_;
};

TarWriter::TarWriter(Owner owner, int64_t mtime) : impl_(std::make_unique<Impl>(owner, mtime)) {}
TarWriter::~TarWriter() = default;

Status TarWriter::AddFolder(const std::string& name, uint32_t mode) {
  return impl_->out().Begin(impl_->New(name + "/", AE_IFDIR, mode).get());
}

Status TarWriter::AddFile(const std::string& name, uint32_t mode, std::string_view content) {
  const EntryPtr entry = impl_->New(name, AE_IFREG, mode);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  MOORING_RETURN_IF_ERROR(impl_->out().Begin(entry.get()));
  return content.empty() ? Status() : impl_->out().Write(content);
}

Status TarWriter::AddLink(const std::string& name, const std::string& target) {
  const EntryPtr entry = impl_->New(name, AE_IFLNK, 0777);
  archive_entry_set_symlink(entry.get(), target.c_str());
  return impl_->out().Begin(entry.get());
}

Status TarWriter::Finish() { return impl_->out().Finish(); }
std::string TarWriter::Take() { return impl_->out().Take(); }

}  // namespace mooring::archive
