// SPDX-License-Identifier: Apache-2.0
// Documents in overlays/<environment>/: what one environment has differently. Values and pure
// functions; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/manifest/yaml_tree.h"
#include "controller/resource/resource.h"

namespace mooring::manifest {

struct Overlay {
  ResourceKey key;
  std::string file;
  std::string id;   ///< another text has another one
  SharedText text;  ///< the whole file's, if SOPS may have encrypted it
  Node document;
};

bool IsOverlay(std::string_view path);
/// "staging" of "overlays/staging/apps/shop.yaml"; "" of what lies in overlays/ itself.
std::string_view EnvironmentOf(std::string_view path);

/// Lays `overlay` over `base`, as RFC 7386 does: maps are merged, null removes, all else takes the
/// place of what was there. What comes from the overlay has the file `file` in its places.
void MergeOver(Node& base, const Node& overlay, int file);

}  // namespace mooring::manifest
