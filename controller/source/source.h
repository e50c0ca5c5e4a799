// SPDX-License-Identifier: Apache-2.0
// A place that desired state comes from. Implementations are thread-safe; main owns them.
#pragma once

#include <memory>
#include <stop_token>

#include "controller/base/error.h"
#include "controller/source/artifact.h"

namespace mooring {

class Source {
 public:
  virtual ~Source() = default;
  /// The current revision; cheap. An error leaves it unknown, which is not the same as empty.
  virtual Result<Revision> Poll(std::stop_token stop) = 0;
  /// The files of a revision that Poll gave.
  virtual Result<std::shared_ptr<const Artifact>> Fetch(const Revision& revision,
                                                        std::stop_token stop) = 0;
};

}  // namespace mooring
