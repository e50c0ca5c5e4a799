// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/visitor.h"

#include <fmt/format.h>

#include "tests/support/caddy/web_client.h"

namespace mooring::test {

Visitor::Visitor(std::string url)
    : url_(std::move(url)), thread_([this](std::stop_token stop) { Run(stop); }) {}

std::string Visitor::first_failure() const {
  std::scoped_lock lock(mutex_);
  return first_failure_;
}

void Visitor::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const WebAnswer answer = WebGet(url_);
    ++visits_;
    if (answer.status == 200) continue;
    std::scoped_lock lock(mutex_);
    if (failures_++ == 0) {
      first_failure_ =
          fmt::format("visit {}: status {} {}", visits_.load(), answer.status, answer.body);
    }
  }
}

}  // namespace mooring::test
