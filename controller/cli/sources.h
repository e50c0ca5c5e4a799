// SPDX-License-Identifier: Apache-2.0
// The sources of the configuration as what reads them. REQUIRES: a git::Library while they are
// used.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/cli/config.h"
#include "controller/source/commit_verifier.h"
#include "controller/source/git_source.h"

namespace mooring::cli {

/// Told why the mirror of a source was cloned again.
using OnReplaced = std::function<void(const std::string& why)>;

/// Where the daemon keeps what it fetched: <store>/sources/<name>.git.
std::filesystem::path MirrorOf(const Config& config, const SourceConfig& source);

/// What of a source can be read without the network: the repository itself, or the daemon's mirror.
std::string LocationOf(const Config& config, const SourceConfig& source);

/// Whose signatures count for a source; none where none are asked for.
TrustedSigners TrustedBy(const SourceConfig& source);
/// Null where no signatures are asked for.
std::shared_ptr<CommitVerifier> MakeVerifier(const Config& config, const SourceConfig& source,
                                             const Clock& clock);

/// Null for a repository on this machine.
std::shared_ptr<RemoteMirror> MakeMirror(const SourceConfig& source,
                                         const std::filesystem::path& mirror,
                                         OnReplaced on_replaced);

/// A source that needs no server, or keeps its mirror at `mirror`. It fails when it is read, not
/// here.
std::unique_ptr<GitSource> MakeSource(const SourceConfig& source,
                                      const std::filesystem::path& mirror, OnReplaced on_replaced);

}  // namespace mooring::cli
