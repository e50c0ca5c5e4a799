// SPDX-License-Identifier: Apache-2.0
// Documents of the API as text for a terminal. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

/// Columns padded to their widest cell, two spaces between, no trailing blanks.
std::string Table(const std::vector<std::vector<std::string>>& rows);

/// `mooring get`: one line a resource. With `with_kind`, names are "app/hello".
std::string ResourceTable(const Json& items, bool with_kind, Time now);
/// `mooring describe`: everything about one resource and its latest events.
std::string Description(const Json& resource, const Json& events, Time now);
/// `mooring events`.
std::string EventTable(const Json& items, Time now);

}  // namespace mooring::cli
