// SPDX-License-Identifier: Apache-2.0
// One desired resource as loaded from a source. Immutable once built; shared between threads as
// shared_ptr<const Resource>.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/resource/diagnostic.h"
#include "controller/resource/key.h"

namespace mooring {

using Json = nlohmann::json;

inline constexpr char kApiVersion[] = "mooring.dev/v1alpha1";

struct Resource {
  ResourceKey key;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  Json spec = Json::object();  ///< validated, short syntax made long, defaults not filled in
  /// What other resources imply for this one: an App has {"routedServices": ["web"]} when a Site
  /// points at its service web.
  Json derived = Json::object();
  std::string spec_digest;  ///< "sha256:<hex>" of the canonical spec and `derived`
  SourceLocation source;    ///< the document's first line
  /// JSON pointer into spec -> where that value stands, for diagnostics about it.
  std::map<std::string, SourceLocation> marks;

  /// The place of `pointer` or of its nearest parent that has one; else the document.
  SourceLocation LocationOf(std::string pointer) const;
};

using ResourcePtr = std::shared_ptr<const Resource>;

/// "sha256:<hex>" of both, with sorted keys and no white space.
std::string SpecDigest(const Json& spec, const Json& derived);

}  // namespace mooring
