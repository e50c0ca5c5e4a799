// SPDX-License-Identifier: Apache-2.0
// The files of variables that a model is read with: .env, --env-file. Pure but for the files.
#pragma once

#include <string>
#include <vector>

#include "controller/expand/compose/dotenv.h"
#include "controller/expand/compose/files.h"
#include "controller/expand/compose/problems.h"

namespace mooring::compose {

/// `variables` must outlive what comes back.
Lookup LookupIn(const Variables& variables);

/// Adds what the files say to `variables`; what is there already stays.
void AddVariableFiles(const std::vector<std::string>& paths, Files& files, Problems& problems,
                      Variables& variables);

}  // namespace mooring::compose
