// SPDX-License-Identifier: Apache-2.0
// A plan for people: on a terminal, and as the comment on a pull request. Pure. What comes from
// specs and hosts is escaped: it can neither move a cursor nor become a link, a mention or HTML.
#pragma once

#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace mooring {

/// What `mooring plan` prints; values longer than a line are shortened.
std::string RenderText(const Plan& plan);

/// What only the one who posts the comment knows.
struct MarkdownContext {
  std::string base;        ///< short commit of the base branch; empty: the plan's source is told
  std::string head;        ///< short commit of the pull request
  std::string host_state;  ///< short digest of the observed state; may be empty
  std::vector<std::string> not_checked;  ///< "harbour-2 (no answer for 4 min)"
};

/// The comment, with the marker by which it is found again and replaced.
std::string RenderMarkdown(const Plan& plan, const MarkdownContext& context);

}  // namespace mooring
