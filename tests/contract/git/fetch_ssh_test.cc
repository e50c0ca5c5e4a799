// SPDX-License-Identifier: Apache-2.0
// Over SSH, from OpenSSH.
#include <sys/stat.h>

#include "tests/contract/git/following.h"

namespace mooring::test {
namespace {

class FetchSsh : public testing::Test {
 protected:
  git::FetchRequest Request(const std::string& key, const std::string& known_hosts) {
    return {
        .url = server_.Url(repo_.path()), .private_key_file = key, .known_hosts_file = known_hosts};
  }

  TempGitRepo repo_{TempGitRepo::Kind::kBare};
  SshServer server_;
};

TEST_F(FetchSsh, FollowsABranchThroughPushesForcedPushesAndTags) {
  repo_.Write("a.yaml", "one");
  const std::string first = repo_.Commit("one");
  const auto request = Request(server_.MakeKey("key", true), server_.KnownHosts("ed25519"));
  Following main(request);
  EXPECT_EQ(main.Read("a.yaml"), "one");
  repo_.Write("a.yaml", "two");
  const std::string second = repo_.Commit("two");
  EXPECT_EQ(main.Read("a.yaml"), "two");
  EXPECT_EQ(main.source().GoesOn({"main", first}, {"main", second}).value(), true);
  repo_.Write("a.yaml", "two, rewritten");
  const std::string forced = repo_.Amend("two, rewritten");
  EXPECT_EQ(main.Read("a.yaml"), "two, rewritten");
  EXPECT_EQ(main.source().GoesOn({"main", second}, {"main", forced}).value(), false);
  EXPECT_TRUE(main.source().Fetch({"main", second}, {})) << "the last good one can be read";
  EXPECT_THAT(main.replaced, IsEmpty());

  repo_.Tag("v1", first, "with a message");
  auto tagged = request;
  tagged.tag = "v1";
  Following tag(tagged);
  EXPECT_EQ(tag.Poll(), first);
  repo_.Tag("v1", forced, "moved");
  EXPECT_EQ(tag.Poll(), forced);
}

TEST_F(FetchSsh, FetchesACommitThatIsNoTip) {
  repo_.Write("a.yaml", "one");
  auto request = Request(server_.MakeKey("key", true), server_.KnownHosts("ed25519"));
  request.commit = repo_.Commit("one");
  repo_.Write("a.yaml", "two");
  repo_.Commit("two");
  Following pinned(request);
  EXPECT_EQ(pinned.Read("a.yaml"), "one");
  request.commit = std::string(40, '1');
  EXPECT_THAT(Following(request).Poll(), HasSubstr("no commit 1111111"));
}

TEST_F(FetchSsh, NamesWhatThereIsInsteadOfAMissingBranch) {
  const std::string commit = repo_.Commit("one");
  repo_.SetBranch("production", commit);
  auto request = Request(server_.MakeKey("key", true), server_.KnownHosts("ed25519"));
  request.branch = "producton";
  EXPECT_THAT(Following(request).Poll(),
              HasSubstr("no branch producton; did you mean production? it has: main, production"));
  request.branch.clear();
  request.tag = "v1";
  EXPECT_THAT(Following(request).Poll(), HasSubstr("no tag v1; it has none"));
}

TEST_F(FetchSsh, AsksForTheKindOfHostKeyThatIsKnown) {
  const std::string commit = repo_.Commit("one");
  const std::string key = server_.MakeKey("key", true);
  for (const char* type : {"ed25519", "ecdsa", ""})
    EXPECT_EQ(Following(Request(key, server_.KnownHosts(type))).Poll(), commit) << type;
  EXPECT_THAT(Following(Request(key, server_.KnownHosts("rsa"))).Poll(),
              HasSubstr("know no common kind of host key"));
}

TEST_F(FetchSsh, RefusesAnUnknownHostAndOneWhoseKeyChanged) {
  repo_.Commit("one");
  const std::string key = server_.MakeKey("key", true);
  const std::string own = server_.KnownHosts("ed25519");
  const TempDir dir;
  dir.Write("empty", "");
  EXPECT_THAT(Following(Request(key, dir.File("empty"))).Poll(),
              AllOf(HasSubstr("is not known: it shows ecdsa-sha2-nistp256 SHA256:"),
                    HasSubstr("add this line to " + dir.File("empty") + ": [127.0.0.1]:")));
  const std::string other = server_.KnownHosts("ed25519", server_.MakeKey("other", false));
  EXPECT_THAT(Following(Request(key, other)).Poll(),
              AllOf(HasSubstr("the host key of [127.0.0.1]:"), HasSubstr("changed: it shows "),
                    HasSubstr("ssh-ed25519 SHA256:")));
  EXPECT_THAT(Following(Request(key, dir.File("missing"))).Poll(), HasSubstr("make it with"));
}

TEST_F(FetchSsh, TellsWhyAKeyIsNoUse) {
  repo_.Commit("one");
  const std::string known = server_.KnownHosts("ed25519");
  const auto poll = [&](const std::string& key) { return Following(Request(key, known)).Poll(); };
  EXPECT_THAT(poll(server_.MakeKey("stranger", false)),
              AllOf(HasSubstr("authentication failed: the server refuses the private key"),
                    HasSubstr("deploy keys")));
  EXPECT_THAT(poll(server_.MakeKey("rsa", true, "rsa")),
              AllOf(HasSubstr("an RSA key"), HasSubstr("ssh-keygen -t ed25519")));
  EXPECT_THAT(poll(server_.MakeKey("locked", true, "ed25519", "a passphrase")),
              HasSubstr("has a passphrase"));
  const std::string open = server_.MakeKey("open", true);
  ASSERT_EQ(chmod(open.c_str(), 0644), 0);
  EXPECT_THAT(poll(open), HasSubstr("mode 0644); do: chmod 600"));
  const TempDir dir;
  dir.Write("broken", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  ASSERT_EQ(chmod(dir.File("broken").c_str(), 0600), 0);
  EXPECT_THAT(poll(dir.File("broken")), HasSubstr("libssh2 cannot read the private key"));
  EXPECT_THAT(poll(dir.File("missing")), HasSubstr("No such file"));
}

TEST_F(FetchSsh, SaysWhatTheServerSaysOfAMissingRepository) {
  auto request = Request(server_.MakeKey("key", true), server_.KnownHosts("ed25519"));
  request.url = server_.Url("/nonexistent/fleet.git");
  EXPECT_THAT(Following(request).Poll(), HasSubstr("does not appear to be a git repository"));
}

TEST_F(FetchSsh, LooksWithoutAMirror) {
  const std::string commit = repo_.Commit("one");
  Following main(Request(server_.MakeKey("key", true), server_.KnownHosts("ed25519")));
  EXPECT_EQ(main.Look(), commit);
  struct stat info = {};
  EXPECT_NE(stat(main.mirror().c_str(), &info), 0);
}

}  // namespace
}  // namespace mooring::test
