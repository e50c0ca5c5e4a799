// SPDX-License-Identifier: Apache-2.0
// From the files of a revision to resources, in the order of the steps that need the files: the
// loader, then Compose files, then what specs name of the repository. Keeps what it made, as
// manifest::Loader does. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "controller/expand/composed_apps.h"
#include "controller/expand/repository_uses.h"
#include "controller/manifest/loader.h"

namespace mooring {

class SpecLoader {
 public:
  /// `host`: as manifest::Loader.
  explicit SpecLoader(const std::string& host = "")
      : loader_(std::make_unique<manifest::Loader>(host)),
        composed_(std::make_unique<expand::ComposedApps>()),
        uses_(std::make_unique<expand::RepositoryUses>()) {}

  /// Fails only when the tree itself cannot be read, with its error.
  Result<manifest::LoadResult> Load(const FileTree& tree, const std::string& revision = "");

  /// Another one that has read what this one has, so that it reads only what differs.
  std::unique_ptr<SpecLoader> Fork();

 private:
  std::unique_ptr<manifest::Loader> loader_;
  std::unique_ptr<expand::ComposedApps> composed_;
  std::unique_ptr<expand::RepositoryUses> uses_;
};

}  // namespace mooring
