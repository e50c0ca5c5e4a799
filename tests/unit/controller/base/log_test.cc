// SPDX-License-Identifier: Apache-2.0
#include "controller/base/log.h"

#include "controller/base/secret_string.h"

namespace mooring {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(Log, WritesFieldsInTheOrderGiven) {
  std::string lines;
  Log::ToString(&lines).With("kind", "App").With("replicas", 3).Info("resource reconciled");
  EXPECT_THAT(lines, EndsWith(" level=info msg=\"resource reconciled\" kind=App replicas=3\n"));
  EXPECT_THAT(lines, ::testing::StartsWith("time="));
}

TEST(Log, ChildrenDoNotChangeTheirParent) {
  std::string lines;
  const Log parent = Log::ToString(&lines).With("a", 1);
  parent.With("b", 2).Debug("child");
  parent.Error("parent");
  EXPECT_THAT(lines, HasSubstr("level=debug msg=child a=1 b=2\n"));
  EXPECT_THAT(lines, HasSubstr("level=error msg=parent a=1\n"));
}

TEST(Log, OneEntryIsOneLineWhateverIsInIt) {
  std::string lines;
  Log::ToString(&lines)
      .With("cause", "a \"b\"\nlevel=error msg=forged")
      .With("empty", "")
      .Warn("x{}%v");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
  EXPECT_THAT(lines, EndsWith(R"( msg=x{}%v cause="a \"b\"\nlevel=error msg=forged" empty="")"
                              "\n"));
}

TEST(Log, ChangesItsLevelAndFormatForAllThatWereMadeFromIt) {
  std::string lines;
  const Log log = Log::ToString(&lines);
  const Log child = log.With("part", "http");
  log.Configure(LogLevel::kWarn, LogFormat::kJson);
  child.Info("not written");
  child.Warn("written");
  EXPECT_THAT(lines, ::testing::StartsWith("{\"time\":\""));
  EXPECT_THAT(lines, EndsWith("\"level\":\"warn\",\"msg\":\"written\",\"part\":\"http\"}\n"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
  log.Configure(LogLevel::kDebug, LogFormat::kLogfmt);
  child.Debug("again");
  EXPECT_THAT(lines, EndsWith(" level=debug msg=again part=http\n"));
}

TEST(Log, NeverPrintsASecret) {
  std::string lines;
  Log::ToString(&lines).With("password", SecretString("hunter2")).Info("x");
  EXPECT_THAT(lines, HasSubstr("password=***"));
}

TEST(Log, OfNowhereIsSilent) {
  const Log log;
  log.With("a", 1).Error("nobody reads this");
}

TEST(Log, IsSharedBetweenThreads) {
  std::string lines;
  {
    const Log log = Log::ToString(&lines);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([log, t] {
        for (int i = 0; i < 100; ++i) log.With("thread", t).Info("line");
      });
    }
  }
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 400);
}

}  // namespace
}  // namespace mooring
