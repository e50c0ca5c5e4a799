// SPDX-License-Identifier: Apache-2.0
// The body of GET /containers/{id}/logs as lines. Pure; one for each answer, used by one thread.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace mooring::docker {

struct LogLine {
  std::string time;  ///< "2026-03-01T14:03:41.123456789Z"; texts of two lines compare as times do
  bool err = false;  ///< from stderr; a container with a terminal has only stdout
  std::string text;  ///< without its end of line
};

using OnLogLine = std::function<void(LogLine)>;

/// REQUIRES: the engine was asked for timestamps.
class LogDecoder {
 public:
  /// `terminal`: the container has one, and the engine sends plain lines; else frames, each with 8
  /// bytes in front that say which stream and how long.
  explicit LogDecoder(bool terminal) : terminal_(terminal) {}

  void Take(std::string_view part, const OnLogLine& on_line);
  /// What came last and has no end of line.
  void End(const OnLogLine& on_line);

 private:
  void TakeFrames(const OnLogLine& on_line);
  void TakeLines(const OnLogLine& on_line);
  void TakeMessage(std::string_view message, bool err, const OnLogLine& on_line);

  const bool terminal_;
  std::string buffer_;
  std::array<LogLine, 2> open_;  ///< of stdout and stderr: a long line comes in several messages
};

}  // namespace mooring::docker
