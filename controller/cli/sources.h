// SPDX-License-Identifier: Apache-2.0
// The sources of the configuration as what reads them. REQUIRES: a git::Library while they are
// used.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/cli/config.h"
#include "controller/source/git_source.h"

namespace mooring::cli {

/// Told why the mirror of a source was cloned again.
using OnReplaced = std::function<void(const std::string& why)>;

/// Where the daemon keeps what it fetched: <store>/sources/<name>.git.
std::filesystem::path MirrorOf(const Config& config, const SourceConfig& source);

/// Null for a repository on this machine.
std::shared_ptr<RemoteMirror> MakeMirror(const SourceConfig& source,
                                         const std::filesystem::path& mirror,
                                         OnReplaced on_replaced);

/// A source that needs no server, or keeps its mirror at `mirror`. It fails when it is read, not
/// here.
std::unique_ptr<GitSource> MakeSource(const SourceConfig& source,
                                      const std::filesystem::path& mirror, OnReplaced on_replaced);

}  // namespace mooring::cli
