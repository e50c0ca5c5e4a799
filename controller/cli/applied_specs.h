// SPDX-License-Identifier: Apache-2.0
// Resources as they were when they were last applied, read again from the history of their source:
// what keeps them so while a newer spec has to wait. Thread-safe; main owns it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/graph/desired_set.h"
#include "controller/resource/status.h"

namespace mooring::cli {

class AppliedSpecs {
 public:
  /// The desired set as it was with `source` at a revision, "main@sha1:<commit>".
  using Load = std::function<Result<std::shared_ptr<const DesiredSet>>(
      const std::string& source, const std::string& revision, std::stop_token stop)>;
  /// `clock` must outlive this.
  AppliedSpecs(Load load, const Clock& clock, Log log)
      : load_(std::move(load)), clock_(clock), log_(std::move(log)) {}

  /// Null when the revision that the status names cannot be read any more, or has another spec.
  ResourcePtr Find(const ResourceStatus& status, std::stop_token stop);
  /// Drops what was not asked for since a while; to be called now and then.
  void DropUnused();

 private:
  struct Kept {
    std::string source;
    std::string revision;
    std::shared_ptr<const DesiredSet> set;  ///< null: it could not be read
    SteadyTime read;
    SteadyTime used;
  };
  const DesiredSet* At(const std::string& source, const std::string& revision,
                       std::stop_token stop);

  const Load load_;
  const Clock& clock_;
  const Log log_;
  std::mutex mutex_;
  std::vector<Kept> kept_;  ///< the one used last is the last
};

}  // namespace mooring::cli
