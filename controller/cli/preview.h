// SPDX-License-Identifier: Apache-2.0
// Plans that are only shown: `mooring plan` and POST /api/v1/plan. Both end in
// PlanBuilder::PlanSet.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "controller/cli/config.h"
#include "controller/graph/desired_set.h"
#include "controller/plan/plan.h"
#include "controller/plan/plan_builder.h"
#include "controller/runtime/desired_loader.h"
#include "controller/source/source.h"
#include "controller/store/store.h"

namespace mooring::cli {

/// What a preview compares with the host.
struct PreviewInput {
  std::shared_ptr<const DesiredSet> desired;
  std::string source;  ///< "working tree on main@4b1c9e2"
  bool whole = true;   ///< false: one source of several, so what is not in it may be another's
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

/// The specs that a command line names.
struct SpecTree {
  PreviewInput input;    ///< `desired` is null when there are findings
  Diagnostics findings;  ///< sorted by place
  size_t files = 0;      ///< that were read
};

/// "PATH" as it lies there, or "PATH@REF". An error means that nothing could be read, which says
/// nothing about the specs. REQUIRES: a git::Library.
Result<SpecTree> ReadSpecs(const std::string& argument, std::stop_token stop);

/// The guard rails of this host: with the paths that its configuration names.
Policy PolicyOf(const Config& config);

/// FailedPrecondition/SourceEmpty when nothing is desired: the loop removes nothing because of
/// that.
Result<Plan> BuildPreview(const PreviewInput& input, const PlanBuilder& plans, const Policy& policy,
                          const StoreReader& remembered, const std::string& host,
                          std::stop_token stop);

}  // namespace mooring::cli
