// SPDX-License-Identifier: Apache-2.0
// The fields of an App's spec that name files of the repository: configs, secrets, relative binds,
// files, seeds. Pure; works on the caller's tree.
#pragma once

#include "controller/manifest/findings.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

/// Writes `configs.X.environment: NAME` as the content ${NAME}. To be called before variables are
/// put in.
void TakeConfigsFromVariables(Node& spec);

/// Refuses what Swarm's configs and secrets have and a host has not, and secrets in clear. What is
/// refused is taken out.
void RefuseForeignOrigins(Node& spec, Findings& findings);

/// Makes every path of the repository one from its root, "./apps/flags.yaml". What may not be named
/// is a finding and is taken out, so that it is reported once. REQUIRES: short syntax is long
/// already.
void ResolveRepositoryFields(Node& spec, Findings& findings);

/// What belongs together: a config has one origin, a service names what is declared, `files` what
/// is used.
void CheckRepositoryFields(const Node& spec, Findings& findings);

}  // namespace mooring::manifest
