// SPDX-License-Identifier: Apache-2.0
#include "controller/http/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mooring::http {
namespace {

constexpr std::string_view kHeartbeat = ": heartbeat\n\n";
/// Sent at once, so that the client sees that it is connected; browsers wait that long before they
/// connect again.
constexpr std::string_view kGreeting = "retry: 2000\n\n";

}  // namespace

std::string ServerSentEvent(std::string_view id, std::string_view event, std::string_view data) {
  return fmt::format("{}{}{}event: {}\ndata: {}\n\n", id.empty() ? "" : "id: ", id,
                     id.empty() ? "" : "\n", event, data);
}

Streams::Streams(Clock& clock, Changes& changes, Options options)
    : clock_(clock),
      changes_(changes),
      options_(std::move(options)),
      writer_([this](std::stop_token stop) { Run(stop); }) {}

Streams::~Streams() {
  writer_.request_stop();
  writer_.join();
}

Result<std::shared_ptr<web::BodyStream>> Streams::Open(std::string token_id,
                                                       std::unique_ptr<Subscription> subscription) {
  auto body = std::make_shared<web::BodyStream>([this] { changes_.Wake(); });
  body->Write(kGreeting);
  {
    std::scoped_lock lock(mutex_);
    if (open_ >= options_.max_open) {
      return std::unexpected(
          Error(ErrorCode::kUnavailable,
                fmt::format("{} event streams are open, which is the most; close one or try later",
                            options_.max_open))
              .WithRetryAfter(std::chrono::seconds(5)));
    }
    ++open_;
    changes_.Listen(true);
    new_.push_back({std::move(token_id), std::move(subscription), body});
  }
  changes_.Wake();
  return body;
}

std::list<Streams::Stream> Streams::TakeNew() {
  std::scoped_lock lock(mutex_);
  return std::exchange(new_, {});
}

void Streams::Forget(size_t closed) {
  std::scoped_lock lock(mutex_);
  open_ -= closed;
  if (open_ == 0) changes_.Listen(false);
}

void Streams::Serve(const Stream& stream, const Changes::Batch& batch, bool heartbeat) const {
  if (options_.may_continue && !options_.may_continue(stream.token_id)) return stream.body->End();
  stream.subscription->Note(batch);
  if (!stream.subscription->Fill(*stream.body)) return stream.body->End();
  if (heartbeat && stream.body->HasRoom()) stream.body->Write(kHeartbeat);
}

void Streams::Run(std::stop_token stop) {
  std::list<Stream> streams;
  SteadyTime next_heartbeat = clock_.Steady();
  while (!stop.stop_requested()) {
    const SteadyTime next_look =
        streams.empty() ? SteadyTime::max() : clock_.Steady() + options_.look;
    const Changes::Batch batch = changes_.Wait(clock_, std::min(next_heartbeat, next_look), stop);
    const bool was_idle = streams.empty();
    streams.splice(streams.end(), TakeNew());
    const SteadyTime now = clock_.Steady();
    const bool heartbeat = !was_idle && now >= next_heartbeat;
    for (const Stream& stream : streams) Serve(stream, batch, heartbeat);
    const auto closed = streams.remove_if([](const Stream& s) { return s.body->ended(); });
    if (closed > 0) Forget(closed);
    if (streams.empty()) {
      next_heartbeat = SteadyTime::max();
    } else if (was_idle || heartbeat) {
      next_heartbeat = now + options_.heartbeat;
    }
  }
  for (const Stream& stream : streams) stream.body->End();
}

}  // namespace mooring::http
