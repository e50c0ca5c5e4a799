// SPDX-License-Identifier: Apache-2.0
#include "controller/process/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <thread>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::process {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Command Shell(const std::string& script) {
  return {.program = "/bin/sh",
          .arguments = {"sh", "-c", script},
          .environment = {"PATH=/usr/bin:/bin"},
          .total = 60s};
}

Ended MustEnd(const Command& command) {
  auto outcome = RunChild(command, {});
  if (!outcome) {
    ADD_FAILURE() << outcome.error().ToString();
    return {};
  }
  EXPECT_TRUE(outcome->has_value()) << "it was cut";
  return outcome->has_value() ? **outcome : Ended();
}

Cut MustBeCut(const Command& command, const std::stop_token& stop = {}) {
  auto outcome = RunChild(command, stop);
  EXPECT_TRUE(outcome && !outcome->has_value());
  return outcome && !outcome->has_value() ? outcome->error() : Cut();
}

TEST(RunChild, GivesWhatTheProgramSaysAndHowItEnds) {
  Command command = Shell("cat; echo oops >&2; exit 3");
  command.input = "secret";
  const Ended ended = MustEnd(command);
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.output, "secret");
  EXPECT_EQ(ended.errors, "oops\n");
  EXPECT_EQ(MustEnd(Shell("kill -TERM $$")).signal, SIGTERM);
}

TEST(RunChild, PassesALargeInputAndOutput) {
  Command command = Shell("cat");
  command.input.assign(700'000, 'x');
  EXPECT_EQ(MustEnd(command).output.size(), 700'000U);
}

TEST(RunChild, SaysWhyAProgramDoesNotStart) {
  const auto outcome = RunChild({.program = "/nonexistent/kopia", .arguments = {"kopia"}}, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(outcome.error().ToString(), HasSubstr("start /nonexistent/kopia: run it: No such"));
}

TEST(RunChild, InheritsNothing) {
  const TempDir dir;
  dir.Write("open", "");
  std::ifstream open(dir.File("open"));
  const Ended ended =
      MustEnd(Shell("ls /proc/self/fd; env; grep -E 'SigBlk|SigIgn' "
                    "/proc/self/status"));
  // The fourth is that of ls on the folder.
  EXPECT_THAT(ended.output, testing::StartsWith("0\n1\n2\n3\n"));
  EXPECT_THAT(ended.output, testing::Not(HasSubstr("HOME=")));
  EXPECT_THAT(ended.output, HasSubstr("SigBlk:\t0000000000000000"));
}

TEST(RunChild, EndsASilentOneAndKeepsWhatItSaid) {
  Command command = Shell("echo connecting >&2; exec sleep 600");
  command.silence = 300ms;
  const Cut cut = MustBeCut(command);
  EXPECT_EQ(cut.cause, Cut::Cause::kSilence);
  EXPECT_EQ(cut.errors, "connecting\n");
}

TEST(RunChild, ATalkingOneIsNotSilentButHasAnEnd) {
  Command command = Shell("while :; do echo . >&2; sleep 0.05; done");
  command.silence = 30s;
  command.total = 500ms;
  EXPECT_EQ(MustBeCut(command).cause, Cut::Cause::kTotal);
}

TEST(RunChild, IsStoppedAtOnce) {
  const TempDir dir;
  std::stop_source source;
  const std::jthread stopper([&] {
    while (!std::ifstream(dir.File("runs"))) std::this_thread::yield();
    source.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  const Command command = Shell("touch " + dir.File("runs") + "; exec sleep 600");
  EXPECT_EQ(MustBeCut(command, source.get_token()).cause, Cut::Cause::kStopped);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST(RunChild, BoundsBothOutputs) {
  Command command = Shell("yes");
  command.max_output = 100'000;
  EXPECT_EQ(MustBeCut(command).cause, Cut::Cause::kOutput);
  command = Shell("yes error | head -n 100000 >&2; echo last >&2");
  command.max_errors = 1000;
  const Ended ended = MustEnd(command);
  EXPECT_EQ(ended.errors.size(), 1000U);
  EXPECT_TRUE(ended.errors.ends_with("error\nlast\n"));
}

TEST(RunChild, LeavesNoGrandchildBehind) {
  const Ended ended = MustEnd(Shell("sleep 600 & echo $!"));
  const pid_t grandchild = std::stoi(ended.output);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto runs = [&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string text;
    return std::getline(stat, text) && text.find(") Z ") == std::string::npos;
  };
  while (runs() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(runs());
}

}  // namespace
}  // namespace mooring::process
