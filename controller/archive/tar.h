// SPDX-License-Identifier: Apache-2.0
// Tar archives: written part by part, and read from what people packed, of which only what is safe
// to unpack is let through. The only folder that sees libarchive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::archive {

/// What an archive may unpack to; more is an error.
struct Limits {
  uint64_t bytes = uint64_t{1} << 30;
  size_t entries = 100'000;
};

struct Owner {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// Whether the name is one of an archive that is read here: .tar, alone or compressed.
bool IsArchiveName(std::string_view path);

/// Reads `bytes` to their end. InvalidArgument when they are no archive, have more than `limits`,
/// or hold what is not to be unpacked: a path that leads out, or anything but files, folders and
/// links.
Status CheckArchive(std::string_view bytes, const Limits& limits = {});

/// One tar, in parts. Used by one thread.
class Parts {
 public:
  virtual ~Parts() = default;
  /// The next part; empty: the last one was the end.
  virtual Result<std::string> Next() = 0;
};

/// What is in the archive `bytes`, as a tar in which all of it lies in the folder `top`. The folder
/// itself is as the archive has it ("./"), else `owner`'s, 0755. Fails as CheckArchive.
std::unique_ptr<Parts> Repack(std::string bytes, std::string top, Owner owner,
                              const Limits& limits = {});

/// Writes a tar. Used by one thread.
class TarWriter {
 public:
  /// Everything belongs to `owner` and was changed at `mtime`, in seconds since 1970.
  TarWriter(Owner owner, int64_t mtime);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  Status AddFolder(const std::string& name, uint32_t mode);
  Status AddFile(const std::string& name, uint32_t mode, std::string_view content);
  Status AddLink(const std::string& name, const std::string& target);
  /// To be called once, after the last entry.
  Status Finish();
  /// The bytes since the last call.
  std::string Take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::archive
