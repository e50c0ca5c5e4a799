// SPDX-License-Identifier: Apache-2.0
// What a field means, for a terminal: `mooring explain App.spec.services.image`. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::manifest {

/// `path` is a kind and fields, with dots: "App", "App.spec.services.image". Keys of maps may stand
/// ("App.spec.services.web.image") and so may places in lists ("Site.spec.routes[0].path"). Fails
/// with InvalidArgument for a path that does not exist, naming the nearest.
Result<std::string> Explain(std::string_view path);

}  // namespace mooring::manifest
