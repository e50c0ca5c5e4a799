// SPDX-License-Identifier: Apache-2.0
// Another program as a child, from start to end: its own process group, nothing inherited but the
// standard streams, killed when its time is over or when we are stopped or die. Thread-safe; the
// calling thread waits.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"

namespace mooring::process {

struct Command {
  std::string program;                   ///< a path; not looked for in PATH
  std::vector<std::string> arguments;    ///< the first is the name it sees itself by
  std::vector<std::string> environment;  ///< all of it, "NAME=value"
  std::string input;                     ///< what it reads on stdin; may be secret
  std::optional<Duration> total;         ///< it is killed after this long
  std::optional<Duration> silence;       ///< it is killed when it wrote nothing for this long
  size_t max_output = 1 << 20;           ///< bytes of stdout that are kept; more is an error
  size_t max_errors = 16 << 10;          ///< bytes of stderr that are kept: the last ones
};

struct Ended {
  int exit_code = -1;  ///< -1: by a signal
  int signal = 0;
  std::string output;
  std::string errors;
};

/// Why it did not end by itself, and what it had said on stderr until then.
struct Cut {
  enum class Cause { kSilence, kTotal, kStopped, kOutput };
  Cause cause = Cause::kTotal;
  std::string errors;
};

using Outcome = std::expected<Ended, Cut>;

/// Unavailable: it could not be started.
Result<Outcome> RunChild(const Command& command, const std::stop_token& stop);

/// Where a program is: a path as it is, a name looked up in PATH. nullopt: nowhere.
std::optional<std::string> FindProgram(const std::string& name);

/// NAME=value of our own environment for each of `names` that is set.
std::vector<std::string> PassOn(const std::vector<std::string>& names);

}  // namespace mooring::process
