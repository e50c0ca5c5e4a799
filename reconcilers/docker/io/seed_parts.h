// SPDX-License-Identifier: Apache-2.0
// What a volume is filled with, as the engine takes it.
#pragma once

#include <memory>

#include "controller/archive/tar.h"
#include "controller/base/clock.h"
#include "reconcilers/docker/plan/volume_seed.h"

namespace mooring::docker {

/// A tar in which all of the seed lies in `folder`; what has no time of its own has `now`. One file
/// of the repository is in memory at a time. InvalidArgument when the seed is not what its sha256
/// says.
Result<std::unique_ptr<archive::Parts>> OpenSeed(VolumeSeedPtr seed, const std::string& folder,
                                                 Time now);

}  // namespace mooring::docker
