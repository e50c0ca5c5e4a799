// SPDX-License-Identifier: Apache-2.0
// An App whose services are in Compose files: their model laid into its spec in the place of
// `compose`, and checked as if it stood there. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/manifest/yaml_tree.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

/// `model` has services, networks, volumes, configs and secrets, and paths of the repository as
/// RepositoryPath gives them; its places name `files` by their number plus 2. What is wrong goes to
/// `findings`; null then.
ResourcePtr LayModel(const Resource& app, Node model, const std::vector<std::string>& files,
                     Diagnostics& findings);

}  // namespace mooring::manifest
