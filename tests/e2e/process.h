// SPDX-License-Identifier: Apache-2.0
// Child processes of a test: one that runs along, and commands that are run to their end. A child
// dies with the test, even when that is killed. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace mooring::test {

/// Asks again and again until `holds` says so or the time is over.
bool Eventually(std::chrono::milliseconds patience, const std::function<bool()>& holds);

struct CommandResult {
  int exit_code = -1;  ///< -1: killed by a signal or by the deadline
  std::string out;
  std::string err;
};

/// Runs a command to its end, at most `patience`. The program is looked up in PATH.
CommandResult RunCommand(const std::vector<std::string>& arguments, const std::string& input = "",
                         std::chrono::seconds patience = std::chrono::seconds(60));

class Process {
 public:
  Process() = default;
  ~Process() { Kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// What it prints goes to the end of `log`. Aborts the test program when it cannot be started.
  void Start(const std::vector<std::string>& arguments, const std::string& log);
  bool running();
  void Signal(int signal) const;
  /// True when it has ended within `patience`; its exit code is then known.
  bool AwaitEnd(std::chrono::milliseconds patience);
  void Kill();
  int exit_code() const { return exit_code_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

}  // namespace mooring::test
