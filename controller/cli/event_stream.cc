// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/event_stream.h"

#include <utility>

namespace mooring::cli {
namespace {

constexpr Duration kPause = std::chrono::milliseconds(500);

/// The daemon is away or busy: it will be there again.
bool MayComeBack(const Error& error) {
  return error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kAborted ||
         error.code() == ErrorCode::kDeadlineExceeded;
}

}  // namespace

bool StreamParser::Take(std::string_view part,
                        const std::function<bool(const StreamEvent&)>& on_event) {
  buffer_.append(part);
  size_t start = 0;
  for (size_t end; (end = buffer_.find('\n', start)) != std::string::npos; start = end + 1) {
    std::string_view line = std::string_view(buffer_).substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!TakeLine(line, on_event)) return false;
  }
  buffer_.erase(0, start);
  return true;
}

bool StreamParser::TakeLine(std::string_view line,
                            const std::function<bool(const StreamEvent&)>& on_event) {
  if (line.empty()) {
    const StreamEvent event = std::exchange(open_, {});
    return !std::exchange(has_data_, false) || on_event(event);
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") open_.type = value;
  if (field == "id") open_.id = value;
  if (field == "data") {
    if (has_data_) open_.data += '\n';
    open_.data += value;
    has_data_ = true;
  }
  return true;
}

Status FollowStream(ApiClient& api, const std::string& path, const StreamCallbacks& callbacks,
                    Clock& clock, std::stop_token stop) {
  std::string last_id;
  bool seen = false;  // the daemon has answered
  bool lost = false;
  while (!stop.stop_requested()) {
    std::vector<std::string> headers = {"Accept: text/event-stream"};
    if (!last_id.empty()) headers.push_back("Last-Event-ID: " + last_id);
    bool enough = false;
    StreamParser parser;
    callbacks.on_begin();
    const Status ended = api.Stream(
        path, headers,
        [&](std::string_view part) {
          seen = true;
          lost = false;
          return parser.Take(part, [&](const StreamEvent& event) {
            if (!event.id.empty()) last_id = event.id;
            enough = !callbacks.on_event(event);
            return !enough;
          });
        },
        stop);
    if (enough) return {};
    if (!ended && !stop.stop_requested() && (!seen || !MayComeBack(ended.error()))) return ended;
    if (!std::exchange(lost, true) && !stop.stop_requested()) {
      callbacks.on_lost(ended ? Error(ErrorCode::kUnavailable, "the daemon ended the stream")
                              : ended.error());
    }
    if (!SleepFor(clock, kPause, stop)) break;
  }
  return Fail(ErrorCode::kCancelled, "stopped");
}

StopAfter::StopAfter(Clock& clock, Duration after, std::stop_token stop)
    : forward_(std::move(stop), [this] { source_.request_stop(); }),
      timer_([this, &clock, after](const std::stop_token& ended) {
        if (SleepFor(clock, after, ended)) source_.request_stop();
      }) {}

}  // namespace mooring::cli
