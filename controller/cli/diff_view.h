// SPDX-License-Identifier: Apache-2.0
// A plan of what is in force, as `mooring diff` shows it: where the host differs, field by field.
// Pure.
#pragma once

#include <string>

#include "controller/cli/table.h"
#include "controller/plan/plan.h"

namespace mooring::cli {

/// How many fields and objects differ.
size_t DifferenceCount(const ResourcePlanEntry& entry);
/// Nothing but a summary where nothing differs.
std::string DiffText(const Plan& plan, const TableOptions& options);

}  // namespace mooring::cli
