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

}  // namespace
}  // namespace mooring::git
