// SPDX-License-Identifier: Apache-2.0
// The status of the host itself, as the resource Host/<name>: can the source be read and is it
// valid, does the engine answer, does Caddy. Each fact is told when it is learnt; only what differs
// is stored. Never fails its caller. Thread-safe; owns neither store nor clock.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/guarded.h"
#include "controller/base/log.h"
#include "controller/resource/diagnostic.h"
#include "controller/resource/prune.h"
#include "controller/resource/resource.h"
#include "controller/resource/status.h"
#include "controller/store/store.h"

namespace mooring {

class ConditionBuilder;

class HostStatus {
 public:
  /// What runs on this host; the condition of what does not is left out.
  struct Parts {
    bool engine = true;
    bool gateway = true;
    std::vector<std::string> sources = {"fleet"};  ///< as configured; at least one
    std::set<std::string> verified = {};           ///< those of them whose commits must be signed
  };
  /// Goes on from what the store has, so that transition times survive a restart; a fact that was
  /// never told is Unknown.
  HostStatus(std::string host, Parts parts, Store& store, const Clock& clock, Log log);

  /// `revision` of the source was read and is valid.
  void SourceLoaded(const std::string& source, const std::string& revision);
  /// It was read and is not valid; the last good one keeps running.
  void SourceInvalid(const std::string& source, const std::string& revision,
                     const Diagnostics& diagnostics);
  /// `revision` of a source whose commits must be signed is, by `signer`.
  void SourceVerified(const std::string& source, const std::string& revision,
                      const std::string& signer);
  /// It is not, and so not read; the last good one keeps running.
  void SourceRefused(const std::string& source, const std::string& revision, const Error& error);
  /// The source could not be read, or is empty: the error's reason, SourceUnreachable without one.
  void SourceFailed(const std::string& source, const Error& error);
  /// The document that describes this host, of the desired set; nullptr: there is none.
  void Described(const Resource* document);
  /// A person holds the source at an earlier revision; `text` says who and what waits. Until
  /// SourceLoaded.
  void SourceHeld(const std::string& source, const Hold& hold, const std::string& text);
  /// The revision of the source that was good last, also before a restart; "" when there is none.
  std::string LastGood(const std::string& source) const;
  /// What was judged of deletes, to be kept over a restart.
  void PruneJudged(const PruneState& prune);
  PruneState Prune() const;
  /// The last revision of the source of which no delete was held back; "" when there is none.
  std::string Applied(const std::string& source) const;
  /// What the last look at the engine, and at Caddy, gave.
  void Engine(const Status& answer);
  void Gateway(const Status& answer);

  /// Stores what a full disk, for example, did not take before. To be called now and then: facts
  /// are told only when they are other ones.
  void StoreAgain();

  ResourceStatus Current() const;

 private:
  struct Fact {
    ConditionStatus status = ConditionStatus::kUnknown;
    std::string reason;
    std::string message;
  };
  struct SourceState {
    Fact fact;
    Fact verified;          ///< counts where its commits must be signed
    std::string good;       ///< the last valid revision
    std::string attempted;  ///< the last that was read
    std::optional<Hold> hold;
    Diagnostics diagnostics;
  };
  struct State {
    std::map<std::string, SourceState> sources;
    Fact source;    ///< of all of them together
    Fact verified;  ///< of all of them whose commits must be signed
    Fact engine;
    Fact gateway;
    PruneState prune;
    ResourceStatus status;
    bool stored = true;
  };
  static Fact LastKnown(const ResourceStatus& status, const char* type);
  static Fact HeldOf(const PruneState& prune);
  static Fact FactOf(const Status& answer, const char* down_reason, const char* up_message);
  void RecallSources(State& state) const;
  void UpdateSources(State& state);
  static Fact Together(const std::vector<std::pair<std::string, const Fact*>>& facts,
                       const std::string& all_good);
  /// Computes the conditions, Ready last, and stores the status if it is another one.
  void Update(State& state, ResourceStatus next);
  void Put(State& state);
  void AddReady(const State& state, ConditionBuilder& conditions) const;

  const Parts parts_;
  Store& store_;
  const Clock& clock_;
  const Log log_;
  Guarded<State> state_;
};

}  // namespace mooring
