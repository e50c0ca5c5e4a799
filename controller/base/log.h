// SPDX-License-Identifier: Apache-2.0
// Structured logging: a constant message and key=value fields, as logfmt or JSON lines on stderr.
// A Log is a small value that carries its fields; `With` makes a child. Thread-safe.
// Log an error once, where it is handled; never log specs, environments or URLs with user info.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

namespace mooring {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kLogfmt, kJson };

class Log {
 public:
  /// Writes nowhere; the default of anything that takes a Log.
  Log();
  /// The process's log on stderr.
  static Log ToStderr(LogLevel level, LogFormat format);
  /// Collects lines into `lines`, for tests. `lines` must outlive the log.
  static Log ToString(std::string* lines);

  /// From now on, for this log and all that were made from the same one.
  void Configure(LogLevel level, LogFormat format) const;

  template <typename T>
  Log With(std::string_view key, const T& value) const {
    return WithField(key, fmt::format("{}", value));
  }
  void Debug(std::string_view message) const { Write(LogLevel::kDebug, message); }
  void Info(std::string_view message) const { Write(LogLevel::kInfo, message); }
  void Warn(std::string_view message) const { Write(LogLevel::kWarn, message); }
  void Error(std::string_view message) const { Write(LogLevel::kError, message); }

 private:
  class Sink;
  struct Field;
  Log WithField(std::string_view key, std::string value) const;
  void Write(LogLevel level, std::string_view message) const;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<const Field> fields_;
};

}  // namespace mooring
