// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/process_signal.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "reconcilers/docker/io/folder_at.h"

namespace mooring::docker {

std::optional<int> SignalNumber(const std::string& name) {
  const std::string text = name.starts_with("SIG") ? name.substr(3) : name;
  if (!text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    const long number = std::strtol(text.c_str(), nullptr, 10);
    return number > 0 && number <= SIGRTMAX ? std::optional(static_cast<int>(number))
                                            : std::nullopt;
  }
  if (text.starts_with("RTMIN+"))
    return SIGRTMIN + static_cast<int>(std::strtol(text.c_str() + 6, nullptr, 10));
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (known != nullptr && text == known) return number;
  }
  return std::nullopt;
}

bool SignalProcess(int pid, const std::string& container, const std::string& signal) {
  const auto number = SignalNumber(signal);
  if (!number || pid <= 1 || container.empty()) return false;
  // Opened before it is looked at, so that no other process can take its number in between.
  const OpenFile process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process.get() < 0) return false;
  std::ifstream file(fmt::format("/proc/{}/cgroup", pid));
  std::stringstream groups;
  groups << file.rdbuf();
  if (groups.str().find(container) == std::string::npos) return false;
  return ::syscall(SYS_pidfd_send_signal, process.get(), *number, nullptr, 0) == 0;
}

}  // namespace mooring::docker
