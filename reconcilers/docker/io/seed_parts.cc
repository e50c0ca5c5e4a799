// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/seed_parts.h"

#include <set>

#include "controller/base/digest.h"
#include "controller/resource/reasons.h"

namespace mooring::docker {
namespace {

constexpr uint32_t kFolderMode = 0755;
constexpr uint32_t kFileMode = 0644;
constexpr uint32_t kExecutableMode = 0755;

Result<std::string> ReadEntry(const VolumeSeed& seed, const FileTree::Entry& entry) {
  if (!seed.contents) return Fail(ErrorCode::kInternal, "nobody knows what is in ./" + entry.path);
  return seed.contents->Read(entry);
}

/// A folder of the repository, or one file of it.
class FileParts final : public archive::Parts {
 public:
  FileParts(VolumeSeedPtr seed, std::string top, Time now)
      : seed_(std::move(seed)),
        top_(std::move(top)),
        writer_({seed_->uid, seed_->gid},
                std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()) {}

  Result<std::string> Next() override {
    if (finished_) return "";
    if (folders_.insert(top_).second) {
      MOORING_RETURN_IF_ERROR(writer_.AddFolder(top_, kFolderMode));
    } else if (next_ < seed_->entries.size()) {
      MOORING_RETURN_IF_ERROR(Add(seed_->entries[next_++]));
    } else {
      finished_ = true;
      MOORING_RETURN_IF_ERROR(writer_.Finish());
    }
    return writer_.Take();
  }

 private:
  std::string NameOf(const FileTree::Entry& entry) const {
    const size_t known = seed_->folder ? seed_->source.size() : seed_->source.rfind('/') + 1;
    const std::string_view name = std::string_view(entry.path).substr(known);
    return fmt::format("{}{}{}", top_, name.starts_with('/') ? "" : "/", name);
  }

  Status Add(const FileTree::Entry& entry) {
    const std::string name = NameOf(entry);
    for (size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      const std::string folder = name.substr(0, slash);
      if (folders_.insert(folder).second)
        MOORING_RETURN_IF_ERROR(writer_.AddFolder(folder, kFolderMode));
    }
    MOORING_TRY(const std::string content, ReadEntry(*seed_, entry));
    if (entry.type == FileTree::Type::kSymlink) return writer_.AddLink(name, content);
    return writer_.AddFile(name, entry.executable ? kExecutableMode : kFileMode, content);
  }

  const VolumeSeedPtr seed_;
  const std::string top_;
  archive::TarWriter writer_;
  std::set<std::string> folders_;  ///< that are in the tar
  size_t next_ = 0;
  bool finished_ = false;
};

Status CheckSha256(const VolumeSeed& seed, const std::string& content) {
  const std::string is = Sha256Hex(content);
  if (seed.sha256.empty() || seed.sha256 == is) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidArgument,
            fmt::format("./{} has the SHA-256 {}, and its seed says {}; nothing was filled in",
                        seed.source, is, seed.sha256))
          .WithReason(reason::kInvalidSpec));
}

}  // namespace

Result<std::unique_ptr<archive::Parts>> OpenSeed(VolumeSeedPtr seed, const std::string& folder,
                                                 Time now) {
  if (seed->entries.empty())
    return Fail(ErrorCode::kInternal, "nothing is known of ./" + seed->source);
  const bool is_archive = archive::IsArchiveName(seed->source);
  if (!seed->folder && (is_archive || !seed->sha256.empty())) {
    MOORING_TRY(std::string content, ReadEntry(*seed, seed->entries.front()));
    MOORING_RETURN_IF_ERROR(CheckSha256(*seed, content));
    if (is_archive) return archive::Repack(std::move(content), folder, {seed->uid, seed->gid});
  }
  return std::make_unique<FileParts>(std::move(seed), folder, now);
}

}  // namespace mooring::docker
