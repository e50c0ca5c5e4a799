// SPDX-License-Identifier: Apache-2.0
// The short syntax of Compose, made long in the tree before the schema looks at it; each value
// keeps its place. What cannot be read becomes a finding and is taken out, so that it is reported
// once. What is long already stays as it is. Pure; works on the caller's tree.
#pragma once

#include "controller/manifest/findings.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

/// Makes services, networks, volumes, configs, secrets and compose of an App's spec long: one shape
/// for each field, the one that `docker compose config` prints. Values stay as they are written.
void ExpandComposeSyntax(Node& spec, Findings& findings);

/// `ports`: "8080:80", "127.0.0.1:53:53/udp", "8000-8002:80-82"; published is a text afterwards.
void ExpandPorts(Node& ports, Findings& findings);
/// `volumes` of a service: "data:/var/lib/data:ro".
void ExpandMounts(Node& mounts, Findings& findings);
/// `devices`: "/dev/dri:/dev/dri:rwm".
void ExpandDevices(Node& devices, Findings& findings);
/// `extra_hosts`: a list of name=address in the order of the alphabet, from a list or a map.
void ExpandHosts(Node& hosts, Findings& findings);

}  // namespace mooring::manifest
