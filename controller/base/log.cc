// SPDX-License-Identifier: Apache-2.0
#include "controller/base/log.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/text.h"

namespace mooring {
namespace {

constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// A logfmt value: bare where it may be, else a JSON string.
std::string LogfmtValue(const std::string& value) {
  const bool bare = !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
  if (bare) return value;
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class AppendSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit AppendSink(std::string* lines) : lines_(lines) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    lines_->append(message.payload.data(), message.payload.size());
    lines_->push_back('\n');
  }
  void flush_() override {}
  std::string* lines_;
};

}  // namespace

/// One link of the chain of fields; children share their parents'.
struct Log::Field {
  std::shared_ptr<const Field> parent;
  std::string key;
  std::string value;
};

class Log::Sink {
 public:
  Sink(std::shared_ptr<spdlog::logger> logger, LogFormat format)
      : logger_(std::move(logger)), format_(format) {}

  void Configure(LogLevel level, LogFormat format) {
    logger_->set_level(ToSpdlog(level));
    format_ = format;
  }
  bool Wants(LogLevel level) const { return logger_->should_log(ToSpdlog(level)); }

  void Write(LogLevel level, std::string_view message, const Field* last) {
    std::vector<const Field*> fields;
    for (const Field* field = last; field != nullptr; field = field->parent.get()) {
      fields.insert(fields.begin(), field);
    }
    const std::string time = FormatTime(SystemClock().Now());
    std::string line;
    if (format_ == LogFormat::kJson) {
      nlohmann::ordered_json object = {
          {"time", time}, {"level", kLevels[static_cast<int>(level)]}, {"msg", message}};
      for (const Field* field : fields) object[field->key] = field->value;
      line = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    } else {
      line = fmt::format("time={} level={} msg={}", time, kLevels[static_cast<int>(level)],
                         LogfmtValue(std::string(message)));
      for (const Field* field : fields)
        line += fmt::format(" {}={}", field->key, LogfmtValue(field->value));
    }
    logger_->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  std::shared_ptr<spdlog::logger> logger_;
  std::atomic<LogFormat> format_;
};

Log::Log() = default;

Log Log::ToStderr(LogLevel level, LogFormat format) {
  auto logger = std::make_shared<spdlog::logger>("mooring",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(ToSpdlog(level));
  Log log;
  log.sink_ = std::make_shared<Sink>(std::move(logger), format);
  return log;
}

Log Log::ToString(std::string* lines) {
  auto logger = std::make_shared<spdlog::logger>("mooring", std::make_shared<AppendSink>(lines));
  logger->set_level(spdlog::level::debug);
  Log log;
  log.sink_ = std::make_shared<Sink>(std::move(logger), LogFormat::kLogfmt);
  return log;
}

void Log::Configure(LogLevel level, LogFormat format) const {
  if (sink_) sink_->Configure(level, format);
}

Log Log::WithField(std::string_view key, std::string value) const {
  if (!sink_) return *this;
  Log child = *this;
  child.fields_ = std::make_shared<Field>(Field{fields_, std::string(key), std::move(value)});
  return child;
}

void Log::Write(LogLevel level, std::string_view message) const {
  if (sink_ && sink_->Wants(level)) sink_->Write(level, message, fields_.get());
}

}  // namespace mooring
