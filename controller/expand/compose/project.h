// SPDX-License-Identifier: Apache-2.0
// From a model to what runs: profiles chosen, files of variables read, what
// nobody uses dropped, and everything checked together. Pure but for the files
// that it is given.
#pragma once

#include <string>
#include <vector>

#include "controller/expand/compose/model.h"
#include "controller/expand/compose/render.h"

namespace mooring::compose {

/// Changes `model` into the project of those profiles ("*": all). What is wrong
/// goes to `problems`.
void MakeProject(Model& model, const std::vector<std::string>& profiles, Files& files,
                 Problems& problems);

/// A project, or a model whose variables were left alone, as `docker compose
/// config` prints it.
OrderedJson ConfigOf(const Model& model, Form form, Problems& problems);

}  // namespace mooring::compose
