// SPDX-License-Identifier: Apache-2.0
// The containers of an engine as Apps: those that Mooring made become their App again, those of a
// Compose project become one App, and each other container one of its own. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/resource/key.h"
#include "reconcilers/docker/plan/export_service.h"

namespace mooring::docker {

struct ExportedDocument {
  ResourceKey key;
  nlohmann::ordered_json document;
  ExportComments comments;  ///< pointers into `document`; those of "" stand above it
};

/// Sorted by key. No two get the same one.
std::vector<ExportedDocument> ExportApps(const std::vector<ContainerFacts>& containers);

}  // namespace mooring::docker
