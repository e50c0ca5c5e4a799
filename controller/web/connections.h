// SPDX-License-Identifier: Apache-2.0
// The open connections and how long each may take over what it does now. libmicrohttpd's own
// timeout starts anew with every byte; these deadlines do not. Thread-safe; owned by the server.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "controller/base/clock.h"

namespace mooring::web {

class Connections {
 public:
  struct Limits {
    size_t max_open = 256;  ///< of one listener; beyond it, who keeps us waiting longest is cut
    std::chrono::milliseconds idle{60'000};    ///< from the start or the last answer to a request
    std::chrono::milliseconds header{10'000};  ///< from its first line to the end of its headers
    std::chrono::milliseconds body{30'000};    ///< from there to its end
    std::chrono::milliseconds send{60'000};    ///< for the client to take an answer
  };
  class Connection;

  Connections(Clock& clock, Limits limits);
  ~Connections();

  /// `fd` stays the caller's and must stay open until Close; `listener` is any number that says
  /// where it came in: a crowd at one locks nobody out of another.
  Connection* Open(int fd, int listener);
  void Close(Connection* connection);

  // What the connection does from now on.
  void Idle(Connection* connection);
  void ReceivingHeader(Connection* connection);
  void ReceivingBody(Connection* connection);
  void Working(Connection* connection);  ///< a handler has it; the handler's own deadlines count
  void Sending(Connection* connection);

  size_t open() const;
  /// Waits until no connection is being worked on or answered; false when the deadline came first.
  bool AwaitQuiet(SteadyTime deadline);

 private:
  void Enter(Connection* connection, int phase, Duration allowed);
  void EnterLocked(Connection* connection, int phase, Duration allowed);
  void CutOverdue(std::stop_token stop);
  void CutLongestWaiting(int listener);
  SteadyTime NextDeadline() const;
  bool Quiet() const;

  Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable_any sooner_;  ///< a deadline before next_look_ was set
  std::condition_variable_any quieter_;
  SteadyTime next_look_ = SteadyTime::max();
  std::list<Connection> connections_;
  std::jthread reaper_;
};

}  // namespace mooring::web
