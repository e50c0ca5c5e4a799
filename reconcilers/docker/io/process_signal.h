// SPDX-License-Identifier: Apache-2.0
// Signals to the first process of a container, past the engine. Thread-safe.
#pragma once

#include <optional>
#include <string>

namespace mooring::docker {

/// "SIGHUP", "HUP", "1", "SIGRTMIN+3"; nullopt: there is no such signal.
std::optional<int> SignalNumber(const std::string& name);

/// False, and nothing is sent, unless `pid` is seen from here to be a process of that container:
/// the daemon may run among other processes than the engine.
bool SignalProcess(int pid, const std::string& container, const std::string& signal);

}  // namespace mooring::docker
