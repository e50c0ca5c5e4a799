// SPDX-License-Identifier: Apache-2.0
// A resource as the API and `mooring get -o json` show it. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/resource/resource.h"
#include "controller/resource/status.h"

namespace mooring::http {

/// apiVersion, kind, metadata, spec, status. `desired` may be null (no longer in Git: spec is
/// null), `status` may be null (not looked at yet); not both. `revision` is that of the desired
/// set: a commit that does not change a resource does not touch it, so the revision that it was
/// applied at is derived here; a next run that was due before `now` is not shown.
nlohmann::ordered_json ResourceDocument(const Resource* desired, const ResourceStatus* status,
                                        const std::vector<std::string>& in_use_by,
                                        const std::string& revision, bool with_source_name,
                                        Time now);

}  // namespace mooring::http
