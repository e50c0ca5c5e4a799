// SPDX-License-Identifier: Apache-2.0
#include "controller/git/location.h"

#include <gtest/gtest.h>

namespace mooring::git {
namespace {

TEST(PathOfLocation, TakesPathsAndFileUrls) {
  EXPECT_EQ(PathOfLocation("/srv/fleet").value(), "/srv/fleet");
  EXPECT_EQ(PathOfLocation("fleet").value(), "fleet");
  EXPECT_EQ(PathOfLocation("./with:colon").value(), "./with:colon");
  EXPECT_EQ(PathOfLocation("file:///srv/fleet.git").value(), "/srv/fleet.git");
  EXPECT_EQ(PathOfLocation("file://localhost/srv/fleet.git").value(), "/srv/fleet.git");
  EXPECT_EQ(PathOfLocation("file:///srv/my%20fleet").value(), "/srv/my fleet");
}

TEST(PathOfLocation, RefusesWhatIsNotOnThisMachine) {
  for (const char* location : {"https://u:geheim@example.com/fleet.git", "ssh://example.com/fleet",
                               "git@example.com:fleet.git"}) {
    const auto path = PathOfLocation(location);
    ASSERT_FALSE(path) << location;
    EXPECT_EQ(path.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(path.error().message().find("geheim"), std::string::npos);
  }
}

TEST(PathOfLocation, RefusesMalformedFileUrls) {
  for (const char* location :
       {"", "file://host/srv", "file:///srv/%2", "file:///srv/%zz", "file:///srv/%00"}) {
    EXPECT_FALSE(PathOfLocation(location)) << location;
  }
}

TEST(RemoteUrl, IsToldFromAPath) {
  for (const char* url : {"https://h/x", "ssh://git@h:22/x", "git@h:x", "host:x"})
    EXPECT_TRUE(IsRemote(url)) << url;
  for (const char* path : {"/srv/fleet", "fleet", "./with:colon", "file:///srv/fleet.git"})
    EXPECT_FALSE(IsRemote(path)) << path;
}

TEST(RemoteUrl, HasItsParts) {
  const RemoteUrl ssh = ParseRemoteUrl("ssh://git@git.example.com:2222/example/fleet.git").value();
  EXPECT_TRUE(ssh.IsSsh());
  EXPECT_EQ(ssh.user, "git");
  EXPECT_EQ(ssh.host, "git.example.com");
  EXPECT_EQ(ssh.port, 2222);
  EXPECT_EQ(ssh.path, "/example/fleet.git");
  EXPECT_EQ(ssh.KnownHostsName(), "[git.example.com]:2222");
  EXPECT_EQ(ssh.Display(), "ssh://git.example.com:2222/example/fleet.git");
  EXPECT_EQ(ssh.ForLibrary("other"), "ssh://git@git.example.com:2222/example/fleet.git");

  const RemoteUrl scp = ParseRemoteUrl("git.example.com:fleet.git").value();
  EXPECT_EQ(scp.Display(), "git.example.com:fleet.git");
  EXPECT_EQ(scp.ForLibrary("git"), "git@git.example.com:fleet.git");
  EXPECT_EQ(scp.KnownHostsName(), "git.example.com");

  const RemoteUrl six = ParseRemoteUrl("https://[::1]:8443/x.git").value();
  EXPECT_EQ(six.host, "::1");
  EXPECT_TRUE(six.IsLoopback());
  EXPECT_EQ(six.Display(), "https://[::1]:8443/x.git");
  EXPECT_FALSE(ParseRemoteUrl("https://127.example.com.evil/x").value().IsLoopback());
}

TEST(RemoteUrl, NeverRepeatsWhatMayBeAPassword) {
  EXPECT_EQ(ParseRemoteUrl("https://geheim@h/x").value().Display(), "https://h/x");
  for (const char* url :
       {"https://u:geheim@h/x", "https://geheim@/x", "https://geheim@h", "https://geheim@h:99999/x",
        "ftp://geheim@h/x", "https://geheim@h/a b", "ssh://git@-oProxyCommand=geheim/x"}) {
    const auto parsed = ParseRemoteUrl(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(parsed.error().ToString().find("geheim"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace mooring::git
