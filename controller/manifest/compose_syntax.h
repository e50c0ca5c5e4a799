// SPDX-License-Identifier: Apache-2.0
// The short syntax of Compose, made long in the tree before the schema looks at it; each value
// keeps its place. What cannot be read becomes a finding and is taken out, so that it is reported
// once. Pure; works on the caller's tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/manifest/findings.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

/// Makes the services and volumes of an App's spec long.
void ExpandComposeSyntax(Node& spec, Findings& findings);

/// Splits a command as a shell does: blanks, quotes, backslashes. nullopt when a quote is open.
std::optional<std::vector<std::string>> SplitCommand(std::string_view text);

/// `ports`: "8080:80", "127.0.0.1:53:53/udp", "8000-8002:80-82", and the long form with a range.
void ExpandPorts(Node& ports, Findings& findings);
/// `volumes` of a service: "data:/var/lib/data:ro".
void ExpandMounts(Node& mounts, Findings& findings);

}  // namespace mooring::manifest
