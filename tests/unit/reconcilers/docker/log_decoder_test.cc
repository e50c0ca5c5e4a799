// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/log_decoder.h"

#include <gtest/gtest.h>

#include <vector>

namespace mooring::docker {
namespace {

constexpr char kTime[] = "2026-03-01T14:03:41.123456789Z";
constexpr char kLater[] = "2026-03-01T14:03:41.123456790Z";

std::string Frame(int stream, const std::string& message) {
  std::string frame = {static_cast<char>(stream), 0, 0, 0};
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(message.size() >> shift & 0xff);
  return frame + message;
}

/// Each line as "time|out or err|text"; the body comes in parts of `step` bytes.
std::vector<std::string> Decode(bool terminal, const std::string& body, size_t step) {
  std::vector<std::string> lines;
  const auto add = [&](const LogLine& line) {
    lines.push_back(line.time + (line.err ? "|err|" : "|out|") + line.text);
  };
  LogDecoder decoder(terminal);
  for (size_t at = 0; at < body.size(); at += step) decoder.Take(body.substr(at, step), add);
  decoder.End(add);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LogDecoder, TakesFramesApartHoweverTheyCome) {
  const std::string at = std::string(kTime) + " ";
  const std::string body = Frame(1, at + "hello\n") + Frame(2, at + "oh\r\n") + Frame(1, at + "\n");
  const Lines expected = {std::string(kTime) + "|out|hello", std::string(kTime) + "|err|oh",
                          std::string(kTime) + "|out|"};
  for (const size_t step : {1UL, 7UL, 1000UL}) EXPECT_EQ(Decode(false, body, step), expected);
}

TEST(LogDecoder, ALongLineComesInSeveralFrames) {
  // The engine cuts at 16 KiB, puts a time in front of each part, and mixes both streams.
  const std::string body = Frame(1, std::string(kTime) + " aaa") +
                           Frame(2, std::string(kLater) + " between\n") +
                           Frame(1, std::string(kLater) + " bbb\n");
  EXPECT_EQ(Decode(false, body, 5),
            (Lines{std::string(kLater) + "|err|between", std::string(kTime) + "|out|aaabbb"}));
}

TEST(LogDecoder, ATerminalHasPlainLines) {
  const std::string body = std::string(kTime) + " \x1b[1mbold\x1b[0m\r\n" + kLater + " end";
  for (const size_t step : {1UL, 1000UL}) {
    EXPECT_EQ(Decode(true, body, step), (Lines{std::string(kTime) + "|out|\x1b[1mbold\x1b[0m",
                                               std::string(kLater) + "|out|end"}));
  }
}

TEST(LogDecoder, TheLastLineMayHaveNoEnd) {
  EXPECT_EQ(Decode(false, Frame(1, std::string(kTime) + " dying"), 3),
            (Lines{std::string(kTime) + "|out|dying"}));
  // Half of a frame says nothing.
  EXPECT_EQ(Decode(false, Frame(1, std::string(kTime) + " x\n").substr(0, 20), 3), Lines{});
}

TEST(LogDecoder, WithoutATimeTheTextIsWhole) {
  EXPECT_EQ(Decode(false, Frame(1, "no time\n"), 100), (Lines{"|out|no time"}));
}

}  // namespace
}  // namespace mooring::docker
