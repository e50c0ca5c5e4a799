// SPDX-License-Identifier: Apache-2.0
#include "controller/web/connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace mooring::web {
namespace {

enum Phase { kReceiving, kWorking, kSending };

}  // namespace

class Connections::Connection {
 public:
  int fd = -1;
  int listener = 0;
  int phase = kReceiving;
  SteadyTime since;
  SteadyTime deadline;
  bool cut = false;

  /// Ends it for both sides; its owner sees an end of file and closes it.
  void Cut() {
    cut = true;
    ::shutdown(fd, SHUT_RDWR);
  }
};

Connections::Connections(Clock& clock, Limits limits)
    : clock_(clock), limits_(limits), reaper_([this](std::stop_token stop) { CutOverdue(stop); }) {}

Connections::~Connections() {
  reaper_.request_stop();
  reaper_.join();
}

Connections::Connection* Connections::Open(int fd, int listener) {
  std::scoped_lock lock(mutex_);
  const auto alive =
      std::count_if(connections_.begin(), connections_.end(),
                    [&](const Connection& c) { return !c.cut && c.listener == listener; });
  if (static_cast<size_t>(alive) >= limits_.max_open) CutLongestWaiting(listener);
  Connection* opened = &connections_.emplace_back();
  opened->fd = fd;
  opened->listener = listener;
  // Before anybody can see it: one without a deadline would be overdue at once.
  EnterLocked(opened, kReceiving, limits_.idle);
  return opened;
}

void Connections::Close(Connection* connection) {
  std::scoped_lock lock(mutex_);
  connections_.remove_if([&](const Connection& c) { return &c == connection; });
  quieter_.notify_all();
}

void Connections::Idle(Connection* c) { Enter(c, kReceiving, limits_.idle); }
void Connections::ReceivingHeader(Connection* c) { Enter(c, kReceiving, limits_.header); }
void Connections::ReceivingBody(Connection* c) { Enter(c, kReceiving, limits_.body); }
void Connections::Working(Connection* c) { Enter(c, kWorking, Duration::max()); }
void Connections::Sending(Connection* c) { Enter(c, kSending, limits_.send); }

void Connections::Enter(Connection* connection, int phase, Duration allowed) {
  std::scoped_lock lock(mutex_);
  EnterLocked(connection, phase, allowed);
}

void Connections::EnterLocked(Connection* connection, int phase, Duration allowed) {
  connection->phase = phase;
  connection->since = clock_.Steady();
  connection->deadline =
      allowed == Duration::max() ? SteadyTime::max() : connection->since + allowed;
  if (connection->deadline < next_look_) sooner_.notify_all();
  if (phase == kReceiving) quieter_.notify_all();
}

/// Whether it sends slowly or reads slowly: who is at it longest goes.
void Connections::CutLongestWaiting(int listener) {
  Connection* longest = nullptr;
  for (Connection& c : connections_) {
    if (c.cut || c.listener != listener || c.phase == kWorking) continue;
    if (longest == nullptr || c.since < longest->since) longest = &c;
  }
  if (longest != nullptr) longest->Cut();
}

void Connections::CutOverdue(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    next_look_ = NextDeadline();
    clock_.WaitUntil(lock, sooner_, next_look_, stop, [&] { return NextDeadline() < next_look_; });
    const SteadyTime now = clock_.Steady();
    for (Connection& c : connections_) {
      if (!c.cut && c.deadline <= now) c.Cut();
    }
  }
}

SteadyTime Connections::NextDeadline() const {
  SteadyTime next = SteadyTime::max();
  for (const Connection& c : connections_) {
    if (!c.cut) next = std::min(next, c.deadline);
  }
  return next;
}

bool Connections::Quiet() const {
  return std::all_of(connections_.begin(), connections_.end(),
                     [](const Connection& c) { return c.phase == kReceiving; });
}

size_t Connections::open() const {
  std::scoped_lock lock(mutex_);
  return connections_.size();
}

bool Connections::AwaitQuiet(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  return clock_.WaitUntil(lock, quieter_, deadline, {}, [&] { return Quiet(); });
}

}  // namespace mooring::web
