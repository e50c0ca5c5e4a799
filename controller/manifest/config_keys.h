// SPDX-License-Identifier: Apache-2.0
// The keys of the daemon's own file, one by one, and the variable of each. From crds/config.yaml;
// immutable, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/manifest/schema.h"

namespace mooring::manifest {

struct ConfigKey {
  std::vector<std::string> path;  ///< http, listen; of a source without its place in the list
  std::string name;               ///< "http.listen", "sources[].url"
  std::string variable;           ///< "MOORING_HTTP_LISTEN", "MOORING_SOURCE_URL": the first source
  const Schema* schema;

  bool NeedsRestart() const { return schema->effect == "restart"; }
};

/// In the order of the schema. What has keys of its own is not among them.
const std::vector<ConfigKey>& ConfigKeys();
/// nullptr when there is none.
const ConfigKey* FindConfigKey(std::string_view name);

}  // namespace mooring::manifest
