// SPDX-License-Identifier: Apache-2.0
// What changed since it was last looked at, for those who stream it. Writers only leave a note here
// and never wait; notes are kept only while somebody listens. Thread-safe; main owns it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "controller/base/clock.h"
#include "controller/resource/status.h"

namespace mooring::http {

class Changes {
 public:
  struct Batch {
    std::set<ResourceKey> resources;
    bool every_resource = false;         ///< another revision: what all of them show may differ
    std::map<uint64_t, Event> repeated;  ///< by sequence: those that happened again
  };

  void ResourceChanged(const ResourceKey& key);
  /// There is another desired set, and `removed` is no longer in it.
  void DesiredChanged(const std::vector<ResourceKey>& removed);
  /// An event with a new sequence number.
  void EventAdded();
  /// One that was there: its count grew.
  void EventRepeated(const Event& event);
  /// Makes Wait return.
  void Wake();

  /// Forgets what was noted when nobody listens any more.
  void Listen(bool listening);
  /// Takes what was noted; waits for something until the deadline.
  Batch Wait(Clock& clock, SteadyTime deadline, std::stop_token stop);

 private:
  template <typename Note>
  void Leave(Note&& note);

  std::mutex mutex_;
  std::condition_variable_any noted_;
  bool listening_ = false;
  bool wake_ = false;
  Batch batch_;
};

}  // namespace mooring::http
