// SPDX-License-Identifier: Apache-2.0
// One desired resource as loaded from a source. Immutable once built; shared between threads as
// shared_ptr<const Resource>.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "controller/resource/diagnostic.h"
#include "controller/resource/key.h"
#include "controller/resource/secret_ref.h"

namespace mooring {

using Json = nlohmann::json;

inline constexpr char kApiVersion[] = "mooring.dev/v1alpha1";

/// Line and column from 1.
struct SourceMark {
  int32_t line = 0;
  uint16_t column = 0;  ///< the last one that fits
  /// 0: in source.file; 1: in Resource::overlay; from 2: in Resource::model_files.
  uint8_t file = 0;
};

using SharedText = std::shared_ptr<const std::string>;

/// A file that SOPS encrypted.
struct EncryptedFile {
  std::string path;
  SharedText text;  ///< all of it
};

struct RepositoryFiles;

struct Resource {
  ResourceKey key;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  Json spec = Json::object();  ///< validated, short syntax made long, defaults not filled in
  /// What other resources imply for this one: an App has {"routedServices": ["web"]} when a Site
  /// points at its service web.
  Json derived = Json::object();
  std::string spec_digest;  ///< "sha256:<hex>" of the canonical spec and `derived`, but for who
                            ///< suspends it
  SourceLocation source;    ///< the document's first line
  std::string overlay;      ///< the file that was laid over it; empty: none
  /// Of an App whose services are in Compose files: those that were read, by their number less 2.
  std::vector<std::string> model_files;
  std::vector<SecretUse> secrets;  ///< the references in spec to keys of Secrets
  /// Of a Secret that SOPS encrypted: its file, and its overlay's after it, as far as encrypted.
  std::vector<EncryptedFile> encrypted;
  /// The files of the repository that spec names, found; null: none. Their contents count in
  /// spec_digest.
  std::shared_ptr<const RepositoryFiles> files;
  /// The places of spec and of all values below it, in the order in which Json iterates: 8 bytes a
  /// value. May be empty.
  std::vector<SourceMark> marks;

  /// The file that a mark's number stands for.
  const std::string& FileOf(uint8_t number) const;
  /// The place of the value at `pointer` (into spec), or of its nearest parent that is there; the
  /// document's when there are no marks.
  SourceLocation LocationOf(std::string_view pointer) const;
};

using ResourcePtr = std::shared_ptr<const Resource>;

/// "sha256:<hex>" of both, with sorted keys and no white space; `files`: RepositoryFiles::digest,
/// empty when there are none.
std::string SpecDigest(const Json& spec, const Json& derived, const std::string& files = "");

}  // namespace mooring
