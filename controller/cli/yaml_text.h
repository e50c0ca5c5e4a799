// SPDX-License-Identifier: Apache-2.0
// JSON as YAML for people: block style, quotes only where a reader would take the text for
// something else. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mooring::cli {

/// By JSON pointer: comments on the lines before that member; those of "" come first of all.
using YamlComments = std::map<std::string, std::vector<std::string>>;

/// No comment may stand before the first member of a map in a list.
std::string ToYaml(const nlohmann::ordered_json& value, const YamlComments& comments = {});
/// "# text" and the end of the line; one line, whatever the text has in it.
std::string CommentLine(std::string text);

}  // namespace mooring::cli
