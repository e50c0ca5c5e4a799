// SPDX-License-Identifier: Apache-2.0
// The `mooring` command as a person starts it.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace mooring::cli {

struct Answer {
  int exit_code = -1;
  std::string text;  ///< stdout and stderr
};

inline Answer RunShell(const std::string& command) {
  Answer answer;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return answer;
  std::array<char, 4096> part{};
  for (size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
    answer.text.append(part.data(), n);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) answer.exit_code = WEXITSTATUS(status);
  return answer;
}

/// Runs `mooring ARGUMENTS` in a shell.
inline Answer RunMooring(const std::string& arguments) {
  return RunShell(MOORING_BINARY " " + arguments);
}

}  // namespace mooring::cli
