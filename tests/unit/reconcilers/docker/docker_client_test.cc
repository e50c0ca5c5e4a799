// SPDX-License-Identifier: Apache-2.0
// What DockerEngine makes of answers that no engine of this machine gives: engines that are older
// or newer than those it was written for.
#include "reconcilers/docker/io/docker_client.h"

#include <gtest/gtest.h>

#include "controller/base/guarded.h"
#include "reconcilers/docker/io/engine_view.h"
#include "tests/support/caddy/tiny_http_server.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::docker {
namespace {

using test::TinyRequest;
using test::TinyResponse;

/// An engine that tells one API version and gives one answer to everything but a ping.
class DockerClient : public ::testing::Test {
 protected:
  void Answer(std::string api_version, int status, std::string body) {
    answer_ = {std::move(api_version), status, std::move(body)};
  }
  std::string LastPath() {
    return paths_.With([](const auto& paths) { return paths.empty() ? "" : paths.back(); });
  }

  TempDir dir_;
  struct {
    std::string api_version;
    int status = 200;
    std::string body;
  } answer_;
  Guarded<std::vector<std::string>> paths_;
  test::TinyHttpServer server_{dir_.File("docker.sock"), [this](const TinyRequest& request) {
                                 paths_.With([&](auto& paths) { paths.push_back(request.path); });
                                 if (request.path == "/_ping")
                                   return TinyResponse(
                                       200, "OK", "Api-Version: " + answer_.api_version + "\r\n");
                                 return TinyResponse(answer_.status, answer_.body);
                               }};
  DockerEngine engine_{dir_.File("docker.sock"), nullptr};
};

TEST_F(DockerClient, AsksAnOlderEngineInItsVersion) {
  Answer("1.43", 200, "[]");
  ASSERT_TRUE(engine_.reader().ListNetworks("", {}));
  EXPECT_EQ(LastPath(), "/v1.43/networks");
}

TEST_F(DockerClient, AsksANewerEngineInTheNewestVersionItKnows) {
  Answer("1.99", 200, "[]");
  ASSERT_TRUE(engine_.reader().ListNetworks("", {}));
  EXPECT_EQ(LastPath(), "/v1.56/networks");
}

TEST_F(DockerClient, RefusesAnEngineThatIsTooOld) {
  Answer("1.40", 200, "[]");
  const auto networks = engine_.reader().ListNetworks("", {});
  ASSERT_FALSE(networks);
  EXPECT_EQ(networks.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_NE(networks.error().message().find("speaks API 1.40, and Mooring needs 1.41"),
            std::string::npos)
      << networks.error().message();
}

TEST_F(DockerClient, SaysThatItIsTooOldItself) {
  Answer("1.99", 400,
         R"({"message": "client version 1.56 is too old. Minimum supported API version is 1.60, )"
         R"(please upgrade your client to a newer version"})");
  const auto networks = engine_.reader().ListNetworks("", {});
  ASSERT_FALSE(networks);
  EXPECT_EQ(networks.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_NE(networks.error().message().find("upgrade Mooring"), std::string::npos);
}

TEST_F(DockerClient, PullFailsByTheDetailOfItsLastLine) {
  Answer("1.56", 200,
         "{\"status\": \"Pulling from library/nothing\"}\r\n"
         "{\"errorDetail\": {\"message\": \"no space left on device\"}}\r\n");
  const Status pulled = engine_.writer().PullImage({"nothing"}, nullptr, {});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(pulled.error().message(), "pull nothing:latest: no space left on device");
}

TEST_F(DockerClient, AFullDiskIsTroubleThatPasses) {
  Answer("1.41", 500, R"({"message":"write /var/lib/docker/x: no space left on device"})");
  const auto made = engine_.writer().CreateContainer("web", Json::object(), {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::kUnavailable);
}

TEST_F(DockerClient, ViewsContainersWithWhatTheyUse) {
  Answer("1.41", 200, R"([{"Id": "6f0e", "Names": ["/shop_web_1", "/peer/link"], "Image": "web:1",
      "State": "running", "Labels": {"a": "b"},
      "Ports": [{"IP": "127.0.0.1", "PublicPort": 80, "PrivatePort": 8080, "Type": "tcp"}],
      "NetworkSettings": {"Networks": {"shop": {}, "spare": {}}},
      "Mounts": [{"Type": "volume", "Name": "data"}, {"Type": "bind"}]},
      {"Id": "7a1b", "Names": null, "Labels": null, "Ports": null, "Mounts": null}])");
  const auto containers = EngineView(dir_.File("docker.sock")).Containers({}, false, {});
  ASSERT_TRUE(containers) << containers.error().ToString();
  ASSERT_EQ(containers->size(), 2u);
  const ContainerView& web = containers->front();
  EXPECT_EQ(web.name, "shop_web_1");
  EXPECT_EQ(web.ports, std::vector<std::string>{"127.0.0.1:80->8080/tcp"});
  EXPECT_EQ(web.networks, (std::vector<std::string>{"shop", "spare"}));
  EXPECT_EQ(web.volumes, std::vector<std::string>{"data"});
  EXPECT_EQ(containers->back().name, "");
}

}  // namespace
}  // namespace mooring::docker
