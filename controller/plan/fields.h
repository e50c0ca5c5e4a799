// SPDX-License-Identifier: Apache-2.0
// The fields that a plan changes, as people read them: merged over the containers of a resource,
// and as texts that are safe on one line. Pure; shared by the renderers and the JSON form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/plan/plan.h"
#include "controller/resource/resource.h"

namespace mooring {

/// The field diffs of all changes of one resource: one per path, in the order of appearance. Where
/// containers differ from each other, `actual` lists each value once. Secrets have no values.
std::vector<FieldDiff> MergedFields(const ResourcePlan& plan);

/// What a planner may change, or, where it may not (drift that is only reported), what differs.
std::vector<FieldDiff> ShownFields(const ResourcePlan& plan);

/// On one line: line breaks, tabs and other control characters as escapes.
std::string OneLine(std::string_view text);
/// At most `limit` bytes, cut between characters and ended with an ellipsis.
std::string Shortened(std::string_view text, size_t limit);

/// The two values of a diff. Of an image that keeps its repository, only the tag or digest is told.
struct ShownValues {
  std::string actual;
  std::string desired;
};
/// Both values on one line, "(unset)" for none. `common_twice` keeps the image's repository in
/// `actual`; else it is left out of both.
ShownValues Show(const FieldDiff& diff, bool common_twice, size_t limit);

/// Where the first field that changes stands: the value's mark, else that of its nearest parent.
SourceLocation LocationOfChange(const ResourcePlan& plan, const Resource& resource);

}  // namespace mooring
