// SPDX-License-Identifier: Apache-2.0
// Compose's variables in the texts of a spec: ${X}, ${X:-default}, ${X:?message}, ${X:+other}, and
// $$ for a dollar sign. Pure; thread-safe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "controller/manifest/findings.h"
#include "controller/manifest/schema.h"
#include "controller/manifest/yaml_tree.h"
#include "controller/resource/key.h"

namespace mooring::manifest {

/// The variables of one host.
struct Variables {
  std::map<std::string, std::string, std::less<>> values;
  std::string file;   ///< that has them: "hosts/harbour-1.vars.yaml"; empty: none
  std::string where;  ///< what would have to name one: "add Host/harbour-1 with a varsFile"
  bool known = true;  ///< false: the file has findings itself, so nobody can say what is missing
};

/// What a document asked of the variables.
struct Substitution {
  std::set<std::string, std::less<>> lookups;
  Diagnostics undefined;    ///< what no variable stands for
  bool incomplete = false;  ///< something is undefined, said or not
};

bool IsVariableName(std::string_view name);

/// Replaces the variables in the texts of `document`, one of `kind`: in spec, labels and
/// annotations; keys and names stay. Where Compose reads (services, volumes, ... of an App) $NAME
/// is a variable as well; elsewhere a lone $ stays. What is no variable is a finding.
Substitution Substitute(Node& document, const Kind& kind, const ResourceKey& key,
                        const Variables& variables, Findings& findings);

}  // namespace mooring::manifest
