// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/event_watcher.h"

#include <tuple>

namespace mooring::docker {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(250);
constexpr Duration kLongestPause = std::chrono::seconds(5);

/// The engine tells of these some milliseconds before its list shows them.
bool ComesBeforeTheList(const EngineEvent& event) {
  return event.type == "container" && (event.action == "pause" || event.action == "unpause");
}

}  // namespace

void EventWatcher::Run(std::stop_token stop) {
  Duration pause = kFirstPause;
  bool reachable = true;
  while (!stop.stop_requested()) {
    const auto on_open = [&] {
      if (!reachable) log_.Info("docker engine answers again");
      reachable = true;
      pause = kFirstPause;
      observer_.ForgetAll();
      callbacks_.on_reachable({});
      callbacks_.on_gap();
    };
    const auto on_event = [&](const EngineEvent& event) {
      // An inspection waits for the container's lock, which is held until the list shows it.
      if (ComesBeforeTheList(event)) std::ignore = reader_.InspectContainer(event.id, stop);
      const std::vector<ResourceKey> keys = observer_.OnEvent(event);
      if (!keys.empty()) callbacks_.on_event(keys);
    };
    const Status ended = reader_.Events(on_open, on_event, stop);
    if (stop.stop_requested()) return;
    observer_.ForgetAll();
    if (reachable)
      log_.With("error", ended.error().ToString()).Warn("docker engine does not answer");
    reachable = false;
    callbacks_.on_reachable(ended);
    if (!SleepFor(clock_, pause, stop)) return;
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace mooring::docker
