// SPDX-License-Identifier: Apache-2.0
// Where the specs of a revision stand in the repository, and what its commit says. Reads the
// repository on this machine, or the daemon's mirror of it; never the network. Used by one thread.
// REQUIRES: a git::Library.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/cli/config.h"
#include "controller/git/repository.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

class SpecPlaces {
 public:
  explicit SpecPlaces(const Config& config);

  /// "apps/shop/app.yaml:33": the value at `pointer` into the document's spec, or the document
  /// itself where the repository cannot be read.
  std::string Locate(const Json& document, const std::string& pointer);
  /// The commit of "main@sha1:<commit>".
  Result<git::Commit> CommitOf(const std::string& revision);
  /// "signed, allowed signer ops@example.com", or why not; "" where no signatures are asked for or
  /// the repository cannot be read.
  std::string SignatureOf(const std::string& revision);

 private:
  Result<const git::Repository*> Open();
  Result<ResourcePtr> Load(const ResourceKey& key, const std::string& file,
                           const std::string& revision);

  /// That file alone, or with `whole` all the specs that it may take something of.
  Result<ResourcePtr> Read(const git::Repository& repository, const ResourceKey& key,
                           const std::string& file, const std::string& revision, bool whole) const;

  const SourceConfig source_;
  const std::string host_;
  const std::string location_;
  std::unique_ptr<git::Repository> repository_;
  std::map<ResourceKey, ResourcePtr> loaded_;
};

}  // namespace mooring::cli
