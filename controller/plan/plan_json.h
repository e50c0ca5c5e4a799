// SPDX-License-Identifier: Apache-2.0
// A plan as JSON: what `mooring plan -o json` prints and `POST /api/v1/plan` answers. The shape is
// API, documented in docs/reference/plan-json.md. Pure.
#pragma once

#include <string>

#include "controller/plan/plan.h"
#include "controller/resource/resource.h"

namespace mooring {

Json PlanToJson(const Plan& plan);
/// With two spaces of indent and a line break at the end; invalid UTF-8 is replaced.
std::string RenderJson(const Plan& plan);
/// The inverse of PlanToJson, without the operations: such a plan can be shown, not applied.
/// Unknown fields are ignored. InvalidArgument when it is no plan.
Result<Plan> PlanFromJson(const Json& json);

}  // namespace mooring
