// SPDX-License-Identifier: Apache-2.0
// Reads the YAML files of a tree into resources as one host has them, and collects all that is
// wrong with them. Keeps what it made of each file, so that the next revision costs only the files
// that changed, or for which an overlay or a variable did.
// Thread-safe: loads are serialised. The daemon owns one for its source; a preview of another tree
// has its own, since a load forgets the files that its tree does not have.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/base/error.h"
#include "controller/manifest/environment.h"
#include "controller/manifest/limits.h"
#include "controller/manifest/policy.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/file_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

/// A resource of which something is not defined for this host. It is a finding only where the
/// resource is placed here.
struct Unresolved {
  ResourcePtr outline;      ///< of its spec only what says where it is placed, unchecked
  Diagnostics diagnostics;  ///< may be empty: then the vars file itself has findings
};

struct LoadResult {
  std::vector<ResourcePtr> resources;  ///< the valid ones, by file and place
  std::vector<Unresolved> unresolved;
  Diagnostics diagnostics;        ///< sorted; not empty = the revision must not be applied
  size_t files = 0;               ///< YAML files that were looked at
  std::set<ResourceKey> invalid;  ///< named by documents that have findings
  SourcePolicy policy;            ///< of .mooring/policy.yaml
  bool complete = true;           ///< false: a file could not be read to its end, so that
                                  ///< resources may be missing that nobody knows of

  /// Nothing that could run is in the tree, also not on another host.
  bool IsEmpty() const;
};

/// FailedPrecondition/SourceEmpty: what is said of a tree that is empty. `what`: its revision, or
/// what else it is called.
Error EmptySource(const std::string& what);

class Loader {
 public:
  /// `host` is the name of the Host whose overlays and variables count; empty: of none.
  explicit Loader(std::string host = "", Limits limits = {})
      : host_(std::move(host)), limits_(limits) {}

  /// Findings are in the result. Fails only when the tree itself cannot be read, with its error.
  /// `revision` is what specs get as MOORING_REVISION.
  Result<LoadResult> Load(const FileTree& tree, const std::string& revision = "");

  /// Another one that has read what this one has, so that it reads only what differs.
  std::unique_ptr<Loader> Fork();

 private:
  struct File {
    std::string blob_id;
    std::vector<ResourcePtr> resources;
    std::vector<Unresolved> unresolved;
    std::vector<ResourceKey> invalid;
    std::vector<Overlay> overlays;  ///< of a file in overlays/; it has nothing else
    Diagnostics diagnostics;
    std::set<std::string, std::less<>> lookups;  ///< the variables that it asked for
    std::string context;  ///< what it took of the environment that it was made for
    bool complete = true;
    bool may_be_host = true;  ///< whether what could not be read may be a Host
    bool made = false;        ///< false: it waits for the environment
    uint64_t generation = 0;  ///< of the last load that had it
  };
  struct Seen {
    const FileTree::Entry* entry;
    File* file;
  };

  Result<std::vector<Seen>> ReadChanged(const FileTree& tree, LoadResult& result);
  Result<Environment> FindEnvironment(const FileTree& tree, const std::vector<Seen>& seen,
                                      const std::string& revision, Diagnostics& diagnostics) const;
  Status MakeRest(const FileTree& tree, const std::vector<Seen>& seen,
                  const Environment& environment);
  /// `environment` null: it is not known yet, so what may take something of it waits.
  Result<File> LoadFile(const FileTree& tree, const FileTree::Entry& entry,
                        const Environment* environment) const;
  static void ReadFile(const std::string& path, const std::string& text, const Limits& limits,
                       const Environment& environment, File& file);
  static void ReadOverlays(const FileTree::Entry& entry, const std::string& text,
                           const Limits& limits, File& file);
  static std::string ContextOf(const File& file, const Environment& environment);

  const std::string host_;
  const Limits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, File> files_;  ///< by path
  uint64_t generation_ = 0;
};

}  // namespace mooring::manifest
