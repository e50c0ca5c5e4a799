// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/admin_client.h"

namespace mooring::caddy {
namespace {

using testing::HasSubstr;

TEST(AdminAddress, ReadsCaddysForms) {
  EXPECT_EQ(AdminAddress::Parse("unix//run/caddy/admin.sock")->unix_socket,
            "/run/caddy/admin.sock");
  EXPECT_EQ(AdminAddress::Parse("unix//run/a.sock|0660")->unix_socket, "/run/a.sock");
  EXPECT_EQ(AdminAddress::Parse("localhost:2019")->base_url, "http://localhost:2019");
  EXPECT_EQ(AdminAddress::Parse("http://127.0.0.1:2019/")->base_url, "http://127.0.0.1:2019");
  EXPECT_EQ(AdminAddress::Parse("[::1]:2019")->base_url, "http://[::1]:2019");
}

TEST(AdminAddress, IsWrittenAsCaddyReadsIt) {
  for (const char* text : {"http://127.0.0.1:2019/", "tcp/127.0.0.1:2019", "127.0.0.1:2019"}) {
    EXPECT_EQ(AdminAddress::Parse(text)->text, "127.0.0.1:2019") << text;
  }
  EXPECT_EQ(AdminAddress::Parse("unix//run/a.sock|0660")->text, "unix//run/a.sock|0660");
}

TEST(AdminAddress, RefusesWhatOthersCanReach) {
  for (const char* text : {":2019", "0.0.0.0:2019", "[::]:2019", "10.0.0.5:2019", "127.evil:2019",
                           "caddy.test:2019", "http://192.0.2.1:2019/", "user@localhost:2019"}) {
    const auto address = AdminAddress::Parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(address.error().ToString(),
                HasSubstr("use unix//run/caddy/admin.sock or localhost:2019"));
  }
}

TEST(AdminAddress, SaysWhatItExpects) {
  for (const char* text :
       {"", "localhost", "unix/run/x", "localhost:", "a:b", "/run/caddy.sock", "https://x:1"}) {
    const auto address = AdminAddress::Parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error().ToString(), HasSubstr("write unix//run/caddy/admin.sock"));
  }
}

TEST(UsefulCause, LeavesOutTheChainOfWhatWasLoaded) {
  const auto cause = [](const std::string& text) {
    return UsefulCause(Json{{"error", text}}.dump());
  };
  EXPECT_EQ(
      cause("loading config: loading new config: loading http app module: provision http: "
            "server srv0: setting up route handlers: route 1: loading handler modules: "
            "position 0: loading module 'rate_limit': unknown module: http.handlers.rate_limit"),
      "loading module 'rate_limit': unknown module: http.handlers.rate_limit");
  EXPECT_EQ(cause("loading new config: http app module: start: listening on :443: listen tcp :443: "
                  "bind: address already in use"),
            "listening on :443: listen tcp :443: bind: address already in use");
  EXPECT_EQ(UsefulCause("not JSON\n"), "not JSON");
}

TEST(ConfigWriter, NeverLoadsWithoutAnEtagOrAnObject) {
  ConfigWriter writer;
  const AdminAddress nowhere = *AdminAddress::Parse("unix//nonexistent/admin.sock");
  EXPECT_EQ(writer.Replace(nowhere, "", Json::object(), {}).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(writer.Replace(nowhere, "\"x\"", Json(), {}).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(writer.Replace(nowhere, "\"x\"", Json::object(), {}).error().code(),
            ErrorCode::kUnavailable);
}

TEST(AdminClient, TellsOfEachRequest) {
  std::vector<std::string> told;
  const OnRequest on_request = [&](const std::string& method, const std::string& path, int status,
                                   Duration took) {
    told.push_back(fmt::format("{} {} {} {}", method, path, status, took >= Duration(0)));
  };
  const AdminAddress nowhere = *AdminAddress::Parse("unix//nonexistent/admin.sock");
  ConfigReader reader({.address = nowhere, .fallback = "", .on_request = on_request});
  EXPECT_FALSE(reader.Read({}));
  ConfigWriter writer(on_request);
  EXPECT_FALSE(writer.Replace(nowhere, "\"x\"", Json::object(), {}));
  EXPECT_THAT(told, testing::ElementsAre("GET /config/ 0 true", "POST /config/ 0 true"));
}

}  // namespace
}  // namespace mooring::caddy
