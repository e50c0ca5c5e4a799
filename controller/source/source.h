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
  /// Whether `after` goes on from `before`; false: the history was rewritten between them. An error
  /// leaves it unknown, as when `before` is not kept anywhere.
  virtual Result<bool> GoesOn(const Revision& before, const Revision& after) = 0;
  /// What was read of it is damaged: the next Poll should not trust what is kept on this machine.
  virtual void Distrust() {}
};

}  // namespace mooring
