// SPDX-License-Identifier: Apache-2.0
#include "controller/web/router.h"

namespace mooring::web {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    for (const auto& [method, pattern] :
         std::vector<std::pair<const char*, const char*>>{{"GET", "/healthz"},
                                                          {"GET", "/items"},
                                                          {"POST", "/items"},
                                                          {"GET", "/items/{kind}/{name}"}}) {
      router_.Add({method, pattern, Role::kRead, [](const Request&) { return Response{}; }});
    }
  }
  int StatusOf(std::string_view method, std::string_view path) const {
    const auto found = router_.Find(method, *Target::Parse(path));
    return found ? 200 : found.error().status;
  }
  Router router_;
};

TEST_F(RouterTest, FindsByMethodAndPath) {
  EXPECT_EQ(StatusOf("GET", "/healthz"), 200);
  EXPECT_EQ(StatusOf("HEAD", "/healthz"), 200);
  EXPECT_EQ(StatusOf("GET", "/items?x=1"), 200);
  EXPECT_EQ(StatusOf("POST", "/items"), 200);
  EXPECT_EQ(StatusOf("GET", "/items/App/shop"), 200);
  for (const char* path : {"/", "/health", "/healthz/", "/items/App", "/items/App/", "/items//shop",
                           "/items/App/shop/more"}) {
    EXPECT_EQ(StatusOf("GET", path), 404) << path;
  }
}

TEST_F(RouterTest, GivesTheParams) {
  const auto match = router_.Find("GET", *Target::Parse("/items/App/a%2Fb"));
  ASSERT_TRUE(match);
  EXPECT_EQ(match->params.at("kind"), "App");
  EXPECT_EQ(match->params.at("name"), "a/b");
}

TEST_F(RouterTest, SaysWhatAPathTakes) {
  const auto found = router_.Find("PUT", *Target::Parse("/items"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().status, 405);
  EXPECT_THAT(found.error().headers,
              ::testing::Contains(std::pair<std::string, std::string>("Allow", "GET, HEAD, POST")));
}

}  // namespace
}  // namespace mooring::web
