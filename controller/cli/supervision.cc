// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/supervision.h"

#include <fmt/format.h>

namespace mooring::cli {
namespace {

constexpr Duration kStatusInterval = std::chrono::seconds(5);

}  // namespace

Supervision::Supervision(ServiceManager manager, ReloadRequest& request, Callbacks callbacks,
                         Clock& clock, Log log)
    : manager_(std::move(manager)),
      request_(request),
      callbacks_(std::move(callbacks)),
      clock_(clock),
      log_(std::move(log)) {}

void Supervision::Run(std::stop_token stop) {
  Tell("READY=1");
  while (!stop.stop_requested()) {
    TellStatus();
    FeedWatchdog();
    if (request_.Await(clock_, NextLook(), stop) && !stop.stop_requested()) Reload();
  }
  Tell("STOPPING=1\nSTATUS=stopping; workloads keep running");
}

SteadyTime Supervision::NextLook() const {
  if (!manager_.listens()) return SteadyTime::max();
  Duration wait = kStatusInterval;
  if (manager_.watchdog().count() > 0) wait = std::min<Duration>(wait, manager_.watchdog() / 2);
  return clock_.Steady() + wait;
}

void Supervision::Reload() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.Steady().time_since_epoch());
  Tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
  callbacks_.reload();
  Tell("READY=1");
}

void Supervision::TellStatus() {
  if (!manager_.listens()) return;
  std::string status = callbacks_.status();
  if (status == status_) return;
  Tell("STATUS=" + status);
  status_ = std::move(status);
}

void Supervision::FeedWatchdog() {
  if (manager_.watchdog().count() == 0) return;
  std::optional<std::string> stuck = callbacks_.stuck();
  if (!stuck) {
    Tell("WATCHDOG=1");
  } else if (stuck_ != stuck) {
    log_.With("what", *stuck).Error("stuck; the service manager is to restart this daemon");
  }
  stuck_ = std::move(stuck);
}

void Supervision::Tell(const std::string& assignments) {
  const Status told = manager_.Notify(assignments);
  if (!told && !unheard_) log_.With("error", told.error().ToString()).Warn("nobody was told");
  unheard_ = !told;
}

}  // namespace mooring::cli
