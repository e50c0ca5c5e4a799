// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/signals.h"

#include <pthread.h>

#include <cstdlib>

namespace mooring::cli {

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  signal(SIGPIPE, SIG_IGN);
  waiter_ = std::thread([this] {
    for (int which = 0; !ended_;) {
      sigwait(&set_, &which);
      if (which == SIGUSR2) continue;  // ours, to end this thread; anybody else's means nothing
      if (which == SIGHUP && HandleHangup()) continue;
      // A person who asks a second time does not want to wait.
      if (stop_.stop_requested()) std::_Exit(128 + which);
      stop_.request_stop();
    }
  });
}

void Signals::OnHangup(std::function<void()> handler) {
  on_hangup_.With([&](auto& current) { current = std::move(handler); });
}

bool Signals::HandleHangup() {
  return on_hangup_.With([](const auto& handler) {
    if (handler) handler();
    return static_cast<bool>(handler);
  });
}

Signals::~Signals() {
  ended_ = true;
  pthread_kill(waiter_.native_handle(), SIGUSR2);
  waiter_.join();
}

}  // namespace mooring::cli
