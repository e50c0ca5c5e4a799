// SPDX-License-Identifier: Apache-2.0
// Files and folders of the repository as containers get them: what shall lie on the host, what lies
// there, and which service mounts it. Values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/file_tree.h"

namespace mooring::docker {

/// What a change of the content does to the services that mount it.
enum class OnChange { kRestart, kIgnore, kSignal };

/// A file, or a folder with all that is in it, as it shall lie on the host. One that is not live
/// never changes: another content has another path. Immutable once shared.
struct FileObject {
  std::string source;  ///< "apps/shop/flags.yaml"; "configs.greeting" when the spec has the content
  std::string id;      ///< "flags.yaml-3f2a9c01": the folder that all versions lie in
  std::string path;    ///< on the host: what is mounted
  std::string digest;  ///< of the content
  bool folder = false;
  bool live = false;         ///< changes under its path while containers have it mounted
  bool keeps_edits = false;  ///< containers may write there; what they wrote is left alone
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t mode = 0;  ///< access rights of a file; 0: 0644, or 0755 where Git says executable
  std::vector<FileTree::Entry> entries;          ///< by path in the repository
  std::shared_ptr<const std::string> content;    ///< of one that stands in the spec; else null
  std::shared_ptr<const FileContents> contents;  ///< of the entries; null: not to be applied

  /// Below the object; "" when the object is the file itself.
  std::string NameOf(const FileTree::Entry& entry) const;
  uint32_t ModeOf(const FileTree::Entry& entry) const;
  const FileTree::Entry* Find(const std::string& name) const;
};

using FileObjectPtr = std::shared_ptr<const FileObject>;

/// Where a service has an object.
struct FileMount {
  FileObjectPtr object;
  std::string target;
  std::string field;  ///< of the service: "configs.flags", "volumes./etc/shop"
  bool read_only = true;
  OnChange on_change = OnChange::kRestart;
  std::string signal;  ///< of kSignal
};

/// A file as it lies on the host.
struct LyingFile {
  std::string name;  ///< as FileObject::NameOf
  FileTree::Type type = FileTree::Type::kFile;
  std::string blob_id;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// An object as it lies on the host.
struct LyingObject {
  bool folder = false;
  std::vector<LyingFile> files;  ///< sorted by name
  // Of a live one, what Mooring remembers beside it.
  std::string laid_digest;                       ///< of the content that was laid last
  Time laid_at;                                  ///< when that was
  std::map<std::string, std::string> laid;       ///< blob by name
  std::map<std::string, std::string> signalled;  ///< by container id: the digest it was told of
};

/// What lies on the host of one App, by path.
struct FilesView {
  std::map<std::string, LyingObject> objects;
  uint64_t version = 1;  ///< moves with everything above
};

}  // namespace mooring::docker
