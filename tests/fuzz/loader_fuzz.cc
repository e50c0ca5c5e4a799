// SPDX-License-Identifier: Apache-2.0
// Bytes as a YAML file of a repository: loaded, expanded, made a desired set.
#include <cstdint>

#include "controller/runtime/desired_loader.h"
#include "tests/fuzz/check.h"

using mooring::fuzz::Check;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mooring::MemoryFileTree tree;
  tree.Put("apps/input.yaml", std::string(reinterpret_cast<const char*>(data), size));
  mooring::DesiredLoader loader;
  const auto first = loader.Load(tree, "main@sha1:1");
  Check(first.has_value(), "a tree in memory can be read");
  Check((first->set != nullptr) == first->diagnostics.empty(), "a set, or findings");
  for (const auto& finding : first->diagnostics)
    Check(!finding.ToString().empty() && finding.where.line >= 0, "a finding has a place");
  const auto again = loader.Load(tree, "main@sha1:1");
  Check(again && again->diagnostics.size() == first->diagnostics.size(),
        "what is kept of a file is what was read of it");
  if (first->set) {
    Check(again->set->resources().size() == first->set->resources().size(), "the same resources");
    for (const auto& [key, resource] : first->set->resources())
      Check(!resource->spec.dump().empty() && !resource->spec_digest.empty(), "it can be written");
  }
  return 0;
}
