// SPDX-License-Identifier: Apache-2.0
// Servers that say nothing, stop in the middle, or break off.
#include "tests/contract/git/following.h"
#include "tests/support/git_server/fault_server.h"

namespace mooring::test {
namespace {

using Fault = FaultServer::Fault;

std::string HttpUrl(int port, const std::string& path) {
  return fmt::format("http://127.0.0.1:{}/git{}", port, path);
}

TEST(FetchFaults, SilenceEndsAtTheTimeout) {
  const FaultServer silent(Fault::kSilent);
  SshServer ssh;
  const std::string key = ssh.MakeKey("key", false);
  for (const std::string& url :
       {HttpUrl(silent.port(), "/x"), fmt::format("https://localhost:{}/x", silent.port()),
        fmt::format("ssh://git@127.0.0.1:{}/x", silent.port())}) {
    const auto start = std::chrono::steady_clock::now();
    const std::string error =
        Following({.url = url, .private_key_file = key, .known_hosts_file = ssh.KnownHosts()}, 2s)
            .Poll();
    EXPECT_THAT(error, AllOf(HasSubstr("timed out after 2.0s of silence"),
                             HasSubstr("the last sign was: connecting to ")));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  }
}

TEST(FetchFaults, AStallInTheMiddleLeavesWhatWasThere) {
  const WebGitServer server;
  for (const Fault fault : {Fault::kStall, Fault::kBreak}) {
    TempGitRepo repo(TempGitRepo::Kind::kBare);
    repo.Write("a.yaml", "one");
    repo.Commit("one");
    FaultServer faulty(fault, server.port(), 400'000);
    Following main({.url = HttpUrl(faulty.port(), repo.path())}, 3s);
    const std::string before = main.Poll();
    repo.Write("large.bin", Noise(1'000'000));
    const std::string large = repo.Commit("a large file");
    EXPECT_THAT(main.Poll(),
                fault == Fault::kStall
                    ? AllOf(HasSubstr("of silence"), HasSubstr("the last sign was: receiving, "))
                    : AllOf(HasSubstr("the connection was reset"), HasSubstr("fetch")));
    EXPECT_TRUE(main.source().Fetch({"main", before}, {}));
    faulty.Mend();
    EXPECT_EQ(main.Poll(), large);
    EXPECT_THAT(main.replaced, IsEmpty());
  }
}

TEST(FetchFaults, AResetIsToldInPlainWords) {
  const FaultServer reset(Fault::kReset);
  EXPECT_THAT(Following({.url = HttpUrl(reset.port(), "/x")}).Poll(), HasSubstr("was reset"));
}

TEST(FetchFaults, AStopCutsAStuckFetch) {
  const FaultServer silent(Fault::kSilent);
  Following main({.url = HttpUrl(silent.port(), "/x")}, 300s);
  std::stop_source source;
  const std::jthread stopper([&] {
    while (silent.accepted() == 0) std::this_thread::yield();
    source.request_stop();
  });
  EXPECT_THAT(main.Poll(source.get_token()), HasSubstr("stopping"));
}

}  // namespace
}  // namespace mooring::test
