// SPDX-License-Identifier: Apache-2.0
// A Source over a Git repository: one on this machine, or the mirror of one on a server.
// Thread-safe. REQUIRES: a git::Library.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/base/guarded.h"
#include "controller/git/repository.h"
#include "controller/source/remote_mirror.h"
#include "controller/source/source.h"

namespace mooring {

class GitSource final : public Source {
 public:
  struct Options {
    std::string url;  ///< a path or a file:// URL; not read if there is a `remote`
    std::string branch = "main";
    std::string tag;                  ///< instead of the branch, if not empty
    std::string commit;               ///< instead of both: 40 hex digits, or what names a commit
    std::string path;                 ///< the folder in the repository; empty or "." for all of it
    std::vector<std::string> ignore;  ///< lines of .gitignore, below `path`
    SourceLimits limits;
    std::shared_ptr<RemoteMirror> remote = nullptr;  ///< where it comes from, if from a server
  };
  explicit GitSource(Options options) : options_(std::move(options)) {}

  /// Opens the repository anew each time, so that one which was moved away and back is seen; brings
  /// a mirror up to date.
  /// Errors carry the reason SourceUnreachable.
  Result<Revision> Poll(std::stop_token stop) override;
  /// A missing folder is an error with the reason SourceEmpty.
  Result<std::shared_ptr<const Artifact>> Fetch(const Revision& revision,
                                                std::stop_token stop) override;
  Result<bool> GoesOn(const Revision& before, const Revision& after) override;
  /// The commit of its history that a name stands for: an id, a short one, a tag, "HEAD~1"
  /// (HEAD is the newest). Reads what is on this machine. NotFound,
  /// InvalidArgument, or FailedPrecondition when it is no part of what is followed.
  Result<Revision> FindInHistory(const std::string& name) const;
  void Distrust() override;

 private:
  /// The path or URL that is read.
  const std::string& location() const {
    return options_.remote ? options_.remote->path() : options_.url;
  }
  Result<Revision> Resolve(const std::stop_token& stop);
  /// What is followed, as the repository on this machine has it.
  Result<Revision> NewestIn(const git::Repository& repository) const;

  const Options options_;
  /// The last one fetched: what it knows of its blobs is not asked again.
  Guarded<std::shared_ptr<const Artifact>> last_;
};

}  // namespace mooring
