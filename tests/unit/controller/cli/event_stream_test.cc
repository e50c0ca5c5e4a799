// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/event_stream.h"

#include <gtest/gtest.h>

namespace mooring::cli {
namespace {

/// "type|id|data" of each event; the body comes in parts of `step` bytes.
std::vector<std::string> Parse(const std::string& body, size_t step) {
  std::vector<std::string> events;
  StreamParser parser;
  for (size_t at = 0; at < body.size(); at += step) {
    parser.Take(body.substr(at, step), [&](const StreamEvent& event) {
      events.push_back(event.type + "|" + event.id + "|" + event.data);
      return true;
    });
  }
  return events;
}

TEST(StreamParser, TakesEventsApartHoweverTheyCome) {
  const std::string body =
      ": heartbeat\n\nid: 42\nevent: event\ndata: {\"a\":1}\n\nevent: sync\ndata: {}\r\n\r\n"
      "data: one\ndata:two\n\nid: 43\nevent: half";
  for (const size_t step : {1UL, 9UL, 1000UL}) {
    EXPECT_EQ(Parse(body, step),
              (std::vector<std::string>{"event|42|{\"a\":1}", "sync||{}", "||one\ntwo"}));
  }
}

TEST(StreamParser, AnEventWithoutDataIsNone) {
  EXPECT_TRUE(Parse("event: x\nid: 1\n\n", 3).empty());
}

TEST(StreamParser, EndsWhenEnoughWasSeen) {
  StreamParser parser;
  int seen = 0;
  const auto first_only = [&](const StreamEvent&) { return ++seen < 1; };
  EXPECT_FALSE(parser.Take("data: 1\n\ndata: 2\n\n", first_only));
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace mooring::cli
