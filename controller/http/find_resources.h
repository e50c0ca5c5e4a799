// SPDX-License-Identifier: Apache-2.0
// Resources as the list, the single document and the stream find them: what is desired, and what is
// remembered. Pure but for the backend's reads. Internal to this folder.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/http/api.h"
#include "controller/resource/key.h"
#include "controller/web/message.h"

namespace mooring::http {

struct ResourceFilter {
  std::optional<std::string> kind;
  std::optional<std::string> ns;
  std::optional<std::string> name;

  bool Matches(const ResourceKey& key) const;
  /// From the query; InvalidArgument for a parameter that it does not know.
  static Result<ResourceFilter> Read(const web::Request& request);
};

/// The keys of those that match, sorted.
Result<std::vector<ResourceKey>> ListKeys(const ApiBackend& backend, const ResourceFilter& filter);

/// nullopt: neither in Git nor on this host.
Result<std::optional<nlohmann::ordered_json>> FindDocument(const ApiBackend& backend,
                                                           const ResourceKey& key);

/// Names one that is gone: apiVersion, kind, metadata.
nlohmann::ordered_json GoneDocument(const ResourceKey& key);

/// One line without its end; what is not UTF-8 is replaced.
std::string OneLine(const nlohmann::ordered_json& document);

}  // namespace mooring::http
