// SPDX-License-Identifier: Apache-2.0
// What a schema cannot say about one document: fields that belong together, names that must be
// declared. They look at trees that may break the schema too, so that all findings come at once.
// Pure; thread-safe.
#pragma once

#include "controller/manifest/findings.h"
#include "controller/manifest/schema.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

void CheckAppRules(const Node& spec, Findings& findings);
/// `compose`: what stands in the Compose file stands nowhere else.
void CheckComposeField(const Node& spec, Findings& findings);
/// One service of an App; CheckAppRules calls it.
void CheckServiceRules(const std::string& name, const Node& service, Findings& findings);
/// What the services of an App are to each other; CheckAppRules calls it.
void CheckRelationRules(const Node& spec, Findings& findings);
/// Networks of an App and who is where in them; CheckAppRules calls it.
void CheckNetworkRules(const Node& spec, Findings& findings);
/// Which volumes an App fills when it makes them; CheckAppRules calls it.
void CheckSeeds(const Node& spec, Findings& findings);
void CheckSiteRules(const Node& spec, Findings& findings);
/// Each place in drift.ignore is one that a spec of the kind can have.
void CheckDriftRules(const Kind& kind, const Node& spec, Findings& findings);

}  // namespace mooring::manifest
