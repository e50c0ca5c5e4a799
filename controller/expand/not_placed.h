// SPDX-License-Identifier: Apache-2.0
// A resource that other hosts have. A value.
#pragma once

#include <string>

#include "controller/resource/diagnostic.h"
#include "controller/resource/key.h"

namespace mooring::expand {

struct NotPlaced {
  ResourceKey key;
  SourceLocation source;
  std::string why;  ///< "placement site=hel, and harbour-1 has site=fra"
};

}  // namespace mooring::expand
