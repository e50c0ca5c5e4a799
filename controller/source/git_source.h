// SPDX-License-Identifier: Apache-2.0
// A Source over a Git repository on this machine. Thread-safe. REQUIRES: a git::Library.
#pragma once

#include <memory>
#include <string>

#include "controller/base/guarded.h"
#include "controller/source/source.h"

namespace mooring {

class GitSource final : public Source {
 public:
  struct Options {
    std::string url;  ///< a path or a file:// URL
    std::string branch = "main";
    std::string tag;     ///< instead of the branch, if not empty
    std::string commit;  ///< instead of both: 40 hex digits, or what names a commit
    std::string path;    ///< the folder in the repository; empty or "." for all of it
    SourceLimits limits;
  };
  explicit GitSource(Options options) : options_(std::move(options)) {}

  /// Opens the repository anew each time, so that one which was moved away and back is seen.
  /// Errors carry the reason SourceUnreachable.
  Result<Revision> Poll(std::stop_token stop) override;
  /// A missing folder is an error with the reason SourceEmpty.
  Result<std::shared_ptr<const Artifact>> Fetch(const Revision& revision,
                                                std::stop_token stop) override;

 private:
  Result<Revision> Resolve() const;

  const Options options_;
  /// The last one fetched: what it knows of its blobs is not asked again.
  Guarded<std::shared_ptr<const Artifact>> last_;
};

}  // namespace mooring
