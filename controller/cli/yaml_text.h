// SPDX-License-Identifier: Apache-2.0
// JSON as YAML for people: block style, quotes only where a reader would take the text for
// something else. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mooring::cli {

std::string ToYaml(const nlohmann::ordered_json& value);

}  // namespace mooring::cli
