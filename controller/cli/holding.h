// SPDX-License-Identifier: Apache-2.0
// What a person does by hand over the API: suspend, roll back, resume; and the end of it when its
// time is over. Thread-safe; the daemon owns it and what it is given.
#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/followed_sources.h"
#include "controller/cli/preview.h"
#include "controller/holds/failed_specs.h"
#include "controller/holds/holds.h"
#include "controller/http/api.h"
#include "controller/runtime/controller.h"
#include "controller/status/event_recorder.h"

namespace mooring::cli {

/// What `holds` suspends, and at which revision it holds a source, as a plan shows it.
void AddHolds(const std::vector<Held>& holds, Time now, PreviewInput& input);
/// Which specs are not tried again, as a plan shows it.
void AddFailed(const std::vector<FailedSpec>& failed, PreviewInput& input);

class Holding {
 public:
  struct Parts {
    Holds& holds;
    const FailedSpecs& failed;
    Controller& controller;
    FollowedSources& sources;
    EventRecorder& events;
    Clock& clock;
    Log log;
  };
  Holding(const Parts& parts, const Config& config);

  /// How long a suspension lasts that says no other, from now on.
  void SetDefault(Duration how_long) { default_ = how_long; }
  /// Says so, if one of the files was damaged.
  void TellDamage();

  Result<Held> Suspend(const http::HoldRequest& request);
  /// FailedPrecondition when the commit has findings, or is none of what is followed.
  Result<Held> RollBack(const http::HoldRequest& request, const std::stop_token& stop);
  Result<std::vector<Held>> Resume(const http::HoldRequest& request);
  /// Ends what is over, until `deadline`; false on a stop request.
  bool EndUntil(SteadyTime deadline, const std::stop_token& stop);

  void AddTo(PreviewInput& input) const {
    AddHolds(parts_.holds.All(), parts_.clock.Now(), input);
    AddFailed(parts_.failed.All(), input);
  }

 private:
  Held Make(const http::HoldRequest& request, HoldScope scope) const;
  Result<Revision> Resolve(const std::string& source, const std::string& name,
                           const std::stop_token& stop);
  Result<std::string> SourceOf(const http::HoldRequest& request) const;
  /// The key that an event about it stands at.
  ResourceKey Subject(const HoldScope& scope) const;
  void Tell(Severity severity, const char* reason, const Held& held, const std::string& text,
            const std::string& actor);
  /// Looks at all that it is about.
  void Wake(const HoldScope& scope);

  Parts parts_;
  const ResourceKey host_;
  std::atomic<Duration> default_;
};

}  // namespace mooring::cli
