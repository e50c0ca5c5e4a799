// SPDX-License-Identifier: Apache-2.0
// Files of the repository as they lie on the host for containers to mount: one folder an App, in it
// one for each object, in it its versions, or `live` with a record of what was laid there. Whole
// objects appear at once; nothing below an object is reached through a symbolic link, since
// containers may have made it. At most one file is in memory at a time. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/guarded.h"
#include "reconcilers/docker/plan/file_mount.h"
#include "reconcilers/docker/plan/operations.h"

namespace mooring::docker {

class FileStore {
 public:
  FileStore(std::filesystem::path folder, Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {}

  /// What lies there of the App whose names begin with `app`: "default_shop". Files whose metadata
  /// did not move since they were read are not read again.
  Result<FilesView> View(const std::string& app);
  /// FilesView::version as View would give it now; reads no file.
  uint64_t Version(const std::string& app);

  /// Doing it twice is fine. Unavailable when the repository does not have a blob any more.
  Status Write(const WriteFiles& step);
  /// Gone already is fine.
  Status Remove(const std::string& path);
  /// The container was told of that content.
  Status MarkSignalled(const SignalContainer& step);

 private:
  struct Known {
    std::string stamp;  ///< metadata of the file when it was read
    std::string blob_id;
  };
  struct Seen {
    std::string fingerprint;
    uint64_t version = 1;
  };
  struct Memory {
    std::map<std::string, Known> files;  ///< by path
    std::map<std::string, Seen> apps;
  };
  class Reader;

  const std::filesystem::path folder_;
  Clock& clock_;
  Guarded<Memory> memory_;
};

}  // namespace mooring::docker
