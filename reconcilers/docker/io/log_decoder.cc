// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/log_decoder.h"

namespace mooring::docker {
namespace {

constexpr size_t kFrameHeader = 8;
constexpr size_t kTime = 30;              ///< RFC 3339 with nine digits of nanoseconds, in UTC
constexpr size_t kLongestLine = 1 << 20;  ///< more is told as several lines

size_t FrameSize(std::string_view header) {
  size_t size = 0;
  for (size_t i = 4; i < kFrameHeader; ++i)
    size = size << 8 | static_cast<unsigned char>(header[i]);
  return size;
}

/// Takes "2026-03-01T14:03:41.123456789Z " from the front; empty when it is not there.
std::string TakeTime(std::string_view& message) {
  const bool is_time = message.size() > kTime && message[kTime] == ' ' && message[10] == 'T' &&
                       message[kTime - 1] == 'Z';
  if (!is_time) return "";
  std::string time(message.substr(0, kTime));
  message.remove_prefix(kTime + 1);
  return time;
}

}  // namespace

void LogDecoder::Take(std::string_view part, const OnLogLine& on_line) {
  buffer_.append(part);
  if (terminal_)
    TakeLines(on_line);
  else
    TakeFrames(on_line);
}

void LogDecoder::End(const OnLogLine& on_line) {
  if (terminal_ && !buffer_.empty()) TakeMessage(buffer_ + "\n", false, on_line);
  buffer_.clear();
  for (LogLine& open : open_) {
    if (!open.text.empty()) on_line(std::move(open));
    open = {};
  }
}

void LogDecoder::TakeFrames(const OnLogLine& on_line) {
  size_t start = 0;
  while (buffer_.size() - start >= kFrameHeader) {
    const std::string_view rest = std::string_view(buffer_).substr(start);
    const size_t size = FrameSize(rest);
    if (rest.size() - kFrameHeader < size) break;
    TakeMessage(rest.substr(kFrameHeader, size), rest[0] == 2, on_line);
    start += kFrameHeader + size;
  }
  buffer_.erase(0, start);
}

void LogDecoder::TakeLines(const OnLogLine& on_line) {
  size_t start = 0;
  for (size_t end; (end = buffer_.find('\n', start)) != std::string::npos; start = end + 1) {
    TakeMessage(std::string_view(buffer_).substr(start, end + 1 - start), false, on_line);
  }
  buffer_.erase(0, start);
}

void LogDecoder::TakeMessage(std::string_view message, bool err, const OnLogLine& on_line) {
  LogLine& open = open_[err ? 1 : 0];
  std::string time = TakeTime(message);
  if (open.text.empty()) {
    open.time = std::move(time);
    open.err = err;
  }
  const bool ends = message.ends_with('\n');
  if (ends) message.remove_suffix(1);
  if (ends && message.ends_with('\r')) message.remove_suffix(1);
  open.text.append(message);
  if (!ends && open.text.size() < kLongestLine) return;
  on_line(std::move(open));
  open = {};
}

}  // namespace mooring::docker
