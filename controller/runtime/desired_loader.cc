// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/desired_loader.h"

namespace mooring {

Result<LoadedDesired> DesiredLoader::Load(const FileTree& tree, const std::string& revision) {
  MOORING_TRY(manifest::LoadResult loaded, loader_.Load(tree, revision));
  LoadedDesired out{
      .note = manifest::NoteOn(loaded.policy), .empty = loaded.IsEmpty(), .files = loaded.files};
  Origins origins{.sources = {{.name = source_,
                               .revision = revision,
                               .loaded = true,
                               .prune = loaded.policy.prune}},
                  .of = {}};
  for (const ResourcePtr& resource : loaded.resources) {
    if (resource->key.kind == "Host") out.hosts.push_back(resource->key.name);
  }
  expand::Expanded expanded = expander_.Expand(std::move(loaded));
  out.diagnostics = std::move(expanded.diagnostics);
  out.not_placed = std::move(expanded.not_placed);
  if (out.diagnostics.empty()) {
    auto set =
        DesiredSet::Build(revision, std::move(expanded.resources), std::move(expanded.depends_on),
                          &out.diagnostics, std::move(origins));
    if (set && out.diagnostics.empty()) out.set = std::move(*set);
  }
  std::sort(out.diagnostics.begin(), out.diagnostics.end());
  return out;
}

}  // namespace mooring
