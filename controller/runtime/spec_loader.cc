// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/spec_loader.h"

namespace mooring {

Result<manifest::LoadResult> SpecLoader::Load(const FileTree& tree, const std::string& revision) {
  MOORING_TRY(manifest::LoadResult loaded, loader_->Load(tree, revision));
  MOORING_RETURN_IF_ERROR(composed_->Compose(tree, loaded));
  MOORING_RETURN_IF_ERROR(uses_->Find(tree, loaded));
  return loaded;
}

std::unique_ptr<SpecLoader> SpecLoader::Fork() {
  auto fork = std::make_unique<SpecLoader>();
  fork->loader_ = loader_->Fork();
  fork->composed_ = composed_->Fork();
  fork->uses_ = uses_->Fork();
  return fork;
}

}  // namespace mooring
