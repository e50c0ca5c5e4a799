// SPDX-License-Identifier: Apache-2.0
// The words that the text and the Markdown of a plan share. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/plan/plan.h"

namespace mooring {

/// What happens to the resource, in one word: the action, or "blocked", "wait", "skip", "drift",
/// "check".
std::string_view Verb(const ResourcePlanEntry& entry);
/// "1 update, 1 restart, 2 waiting"; "no changes" when there is nothing to count.
std::string CountVerbs(const Plan& plan);
/// "no downtime", "restart", "downtime", "data loss"; empty for what had nothing to interrupt.
std::string_view ImpactWords(const ResourcePlanEntry& entry);
/// "apps/shop/app.yaml:34", "file removed".
std::string Place(const SourceLocation& where);
/// "14:31:07 UTC".
std::string ClockTime(Time time);
/// "NameConflict: container default_shop_web_1 is not ours".
std::string Reasoned(const Error& error);
/// "docker" or "docker: 41 resources", for what could not be planned.
std::string Unknown(const PlanFailure& failure);

}  // namespace mooring
