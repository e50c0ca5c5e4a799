// SPDX-License-Identifier: Apache-2.0
// Plans that are only shown: `mooring plan` and POST /api/v1/plan. Both end in
// PlanBuilder::PlanSet.
#pragma once

#include <stop_token>
#include <string>

#include "controller/cli/config.h"
#include "controller/cli/plan_request.h"
#include "controller/plan/plan.h"
#include "controller/plan/plan_builder.h"
#include "controller/store/store.h"

namespace mooring::cli {

/// The specs that a command line names.
struct SpecTree {
  PreviewInput input;    ///< `desired` is null when there are findings
  std::string note;      ///< that is no finding; empty: none
  Diagnostics findings;  ///< sorted by place
  size_t files = 0;      ///< that were read
  std::vector<expand::NotPlaced> not_placed;
  std::vector<std::string> hosts;  ///< the names of all Host documents
};

/// "PATH" as it lies there, or "PATH@REF", as the Host of that name has it. An error means that
/// nothing could be read, which says nothing about the specs. `source`: what the host calls the
/// source of them. REQUIRES: a git::Library.
Result<SpecTree> ReadSpecs(const std::string& argument, const std::string& host,
                           std::stop_token stop, const std::string& source = "fleet");

/// The guard rails of this host: with the paths that its configuration names.
Policy PolicyOf(const Config& config);

/// FailedPrecondition/SourceEmpty where the loop says so, too: it removes nothing because of that.
Result<Plan> BuildPreview(const PreviewInput& input, const PlanBuilder& plans, const Policy& policy,
                          const StoreReader& remembered, const std::string& host,
                          std::stop_token stop);

}  // namespace mooring::cli
