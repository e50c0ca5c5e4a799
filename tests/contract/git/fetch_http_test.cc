// SPDX-License-Identifier: Apache-2.0
// Over HTTP and TLS, from git http-backend behind lighttpd.
#include <cstdlib>

#include "tests/contract/git/following.h"

namespace mooring::test {
namespace {

class FetchHttp : public testing::Test {
 protected:
  void SetUp() override {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads it now
    setenv("SSL_CERT_FILE", server_.authority().c_str(), 1);
    repo_.Write("a.yaml", "one");
    commit_ = repo_.Commit("one");
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  void TearDown() override { unsetenv("SSL_CERT_FILE"); }

  TempGitRepo repo_{TempGitRepo::Kind::kBare};
  WebGitServer server_;
  std::string commit_;
};

TEST_F(FetchHttp, FollowsABranch) {
  Following main({.url = server_.Url(repo_.path())});
  EXPECT_EQ(main.Read("a.yaml"), "one");
  repo_.Write("a.yaml", "two");
  repo_.Commit("two");
  EXPECT_EQ(main.Read("a.yaml"), "two");
  repo_.Amend("two, rewritten");
  EXPECT_EQ(main.Read("a.yaml"), "two");
}

TEST_F(FetchHttp, FetchesAnOldCommitThroughTheBranchesWhereTheServerGivesOnlyTips) {
  repo_.Write("a.yaml", "two");
  repo_.Commit("two");
  EXPECT_EQ(Following({.url = server_.Url(repo_.path()), .commit = commit_}).Read("a.yaml"), "one");
}

TEST_F(FetchHttp, SignsInWithATokenOverTls) {
  const std::string token = server_.WriteToken(WebGitServer::kToken);
  EXPECT_EQ(Following({.url = server_.TlsUrl(repo_.path()), .token_file = token}).Poll(), commit_);
  const std::string refused =
      Following({.url = server_.TlsUrl(repo_.path()), .token_file = server_.WriteToken("wr0ng")})
          .Poll();
  EXPECT_THAT(refused, AllOf(HasSubstr("authentication failed: the server refuses the token in"),
                             Not(HasSubstr("wr0ng"))));
  EXPECT_THAT(Following({.url = server_.TlsUrl(repo_.path())}).Poll(),
              HasSubstr("the server wants a sign-in"));
}

TEST_F(FetchHttp, TellsWhatIsWrongWithACertificate) {
  EXPECT_THAT(Following({.url = server_.ExpiredUrl(repo_.path())}).Poll(),
              HasSubstr("its certificate expired at "));
  EXPECT_THAT(Following({.url = server_.ForeignUrl(repo_.path())}).Poll(),
              HasSubstr("its certificate is for other.example, not for localhost"));
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  unsetenv("SSL_CERT_FILE");
  EXPECT_THAT(Following({.url = server_.TlsUrl(repo_.path())}).Poll(),
              HasSubstr("its certificate is by Mooring Test CA, which this host does not trust"));
}

TEST_F(FetchHttp, TellsWhatElseIsWrong) {
  EXPECT_THAT(Following({.url = server_.Url("/nonexistent.git")}).Poll(),
              HasSubstr("no such repository (404)"));
  EXPECT_THAT(Following({.url = fmt::format("http://127.0.0.1:{}/x.git", UnusedPort())}).Poll(),
              HasSubstr("connection refused"));
  EXPECT_THAT(Following({.url = "https://git.invalid/x.git"}).Poll(),
              HasSubstr("the name git.invalid cannot be resolved"));
  EXPECT_THAT(Following({.url = fmt::format("https://localhost:{}/x.git", server_.port())}).Poll(),
              HasSubstr("does not speak TLS"));
}

TEST_F(FetchHttp, NeverSendsATokenInClear) {
  const std::string token = server_.WriteToken(WebGitServer::kToken);
  EXPECT_THAT(Following({.url = "http://192.0.2.1/x.git", .token_file = token}).Poll(),
              HasSubstr("would send the token in clear; use https://"));
  EXPECT_THAT(Following({.url = "http://192.0.2.1/x.git"}).Poll(), HasSubstr("use https://"));
  EXPECT_EQ(Following({.url = server_.TokenUrl(repo_.path()), .token_file = token}).Poll(),
            commit_);
}

}  // namespace
}  // namespace mooring::test
