// SPDX-License-Identifier: Apache-2.0
// The body of POST /api/v1/plan, and what a preview is made of. Pure but for the source.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "controller/graph/desired_set.h"
#include "controller/plan/plan_builder.h"
#include "controller/runtime/desired_loader.h"
#include "controller/source/source.h"

namespace mooring::cli {

/// What a preview compares with the host.
struct PreviewInput {
  std::shared_ptr<const DesiredSet> desired;
  std::string source;     ///< "working tree on main@4b1c9e2"
  bool empty = false;     ///< the files have nothing that could run, as LoadedDesired::empty
  bool whole = true;      ///< false: one source of several, so what is not in it may be another's
  bool remembers = true;  ///< false: there is no store to ask
  SuspensionLookup suspended = nullptr;  ///< none: nothing is suspended by hand
  FailedSpecLookup failed = nullptr;     ///< none: no spec has failed
  std::string held_at = "";              ///< see Plan::held_at
};

/// Makes the desired set of a tree at a revision.
using LoadDesired = std::function<Result<LoadedDesired>(const FileTree&, const std::string&)>;

/// The body of POST /api/v1/plan: {"files": {"apps/x.yaml": "...", "apps/old.yaml": null}, "base":
/// "source" | "none" | "applied"}. With base "source" (the default) the files are laid over the
/// source's current revision, null removes one; with "none" they are the whole tree; with "applied"
/// there are none, and the set in force, `applied`, is planned as it is. InvalidArgument lists all
/// findings, one a line.
Result<PreviewInput> ReadPlanRequest(const Json& request, Source& source, const LoadDesired& load,
                                     const std::shared_ptr<const DesiredSet>& applied,
                                     std::stop_token stop);

}  // namespace mooring::cli
