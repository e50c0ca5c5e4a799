// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/listen_probe.h"

#include "controller/resource/reasons.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::caddy {
namespace {

using testing::HasSubstr;

TEST(ProbeListen, PassesAFreePort) {
  const std::string port = ":" + std::to_string(test::FreePort());
  for (const std::string host : {"", "127.0.0.1", "tcp/127.0.0.1", "[::]"}) {
    const Status free = ProbeListen(host + port, true);
    EXPECT_TRUE(free) << host << ": " << free.error().ToString();
  }
}

TEST(ProbeListen, NamesAPortThatIsTaken) {
  const test::TinyHttpServer other("", [](const auto&) { return test::TinyResponse(200, ""); });
  const std::string port = std::to_string(other.port());
  for (const std::string host : {"", "127.0.0.1"}) {
    const Status taken = ProbeListen(host + ":" + port, false);
    ASSERT_FALSE(taken) << host;
    EXPECT_EQ(taken.error().reason(), reason::kPortConflict);
    EXPECT_THAT(taken.error().ToString(), HasSubstr("port " + port + "/tcp is already in use"));
  }
}

TEST(ProbeListen, NamesAnAddressOfAnotherHost) {
  const Status foreign = ProbeListen("192.0.2.1:8080", false);
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error().ToString(), HasSubstr("192.0.2.1 is not one of this host"));
}

TEST(ProbeListen, PassesWhatItCannotTell) {
  EXPECT_TRUE(ProbeListen("unix//run/x.sock", false));
  EXPECT_TRUE(ProbeListen("example.com:80", false));
  EXPECT_TRUE(ProbeListen("nonsense", false));
}

}  // namespace
}  // namespace mooring::caddy
