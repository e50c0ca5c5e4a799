// SPDX-License-Identifier: Apache-2.0
// An App on the real engine: from its spec to containers and back, by the code that the daemon
// runs.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/docker/docker_loop.h"
#include "tests/support/docker/real_docker_host.h"
#include "tests/support/docker/vocabulary.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::testing {
namespace {

class DockerLoopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    host_ = RealDockerHost::Connect();
    if (!host_) GTEST_SKIP() << "no Docker engine answers here";
    image_ = host_->MakeImage();
    ASSERT_NE(image_, "");
    loop_ = NewLoop(std::string(32, 'k'));
  }

  std::unique_ptr<DockerLoop> NewLoop(const std::string& key) {
    DockerLoop::Options options;
    options.planner.instance = host_->prefix();
    options.planner.address_pool =
        *docker::Subnet::Parse(fmt::format("10.{}.0.0/16", 211 + ::getpid() % 20));
    options.planner.settle_time = std::chrono::milliseconds(300);
    options.planner.resolver_horizon = std::chrono::milliseconds(300);
    options.routes_file = "/proc/net/route";
    options.key = key;
    return std::make_unique<DockerLoop>(host_->reader(), host_->writer(), dir_.File("hosts"),
                                        clock_, options);
  }

  /// The App in a namespace of this process alone.
  Resource App(Json spec, std::vector<std::string> routed = {}) const {
    Resource app = MakeApp("shop", std::move(spec), std::move(routed));
    app.key.ns = host_->prefix();
    return app;
  }
  ResourcePlan Converge(const Resource* app, const ResourceKey& key) {
    // No events here: each round reads all again, as after a gap.
    auto plan = loop_->Run(key, app, 200, [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      loop_->observer.ForgetAll();
    });
    EXPECT_TRUE(plan) << plan.error().ToString();
    if (!plan) return {};
    EXPECT_EQ(Lines(*plan), "");
    return *plan;
  }
  ResourcePlan Converge(const Resource& app) { return Converge(&app, app.key); }
  /// The one container of the service web.
  Json Web() {
    const auto [status, json] =
        host_->Raw("GET", "/containers/" + host_->prefix() + "_shop_web_1/json");
    return status == 200 ? json : Json();
  }
  /// The list may tell of a change some moments after the call that made it.
  void AwaitState(const std::string& state) {
    const std::string path = "/containers/json?all=1&filters=" +
                             net::EscapeQuery(R"({"name":["^/)" + host_->prefix() + R"(_"]})");
    for (int i = 0; i < 1000; ++i) {
      const Json list = host_->Raw("GET", path).second;
      if (list.size() == 1 && list[0]["State"] == state) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    FAIL() << "not " << state;
  }
  std::string Hosts() {
    std::ifstream file(dir_.File("hosts"));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  TempDir dir_;
  SystemClock clock_;
  std::unique_ptr<RealDockerHost> host_;
  std::string image_;
  std::unique_ptr<DockerLoop> loop_;
};

TEST_F(DockerLoopTest, CreatesRollsHealsAndDeletes) {
  Json spec = {{"services",
                {{"web",
                  {{"image", image_},
                   {"environment", {{"GREETING", "one"}}},
                   {"stop_grace_period", "1s"},
                   {"volumes", {{{"type", "volume"}, {"source", "data"}, {"target", "/data"}}}}}}}},
               {"rollout", {{"strategy", "StartFirst"}}},
               {"volumes", {{"data", Json::object()}}}};
  const Resource first = App(spec, {"web"});
  const ResourcePlan created = Converge(first);
  EXPECT_TRUE(created.healthy);
  const Json one = Web();
  ASSERT_TRUE(one.is_object());
  const std::string network = host_->prefix() + "_shop";
  const std::string address = one["NetworkSettings"]["Networks"][network]["IPAddress"];
  EXPECT_NE(Hosts().find(address + " web.shop." + host_->prefix() + ".mooring.internal"),
            std::string::npos);

  // In peace another look costs nothing.
  int before = host_->calls();
  ASSERT_EQ(Lines(*loop_->Plan(first.key, &first)), "");
  EXPECT_EQ(host_->calls(), before);
  // Nor does a process that has just started change anything.
  loop_ = NewLoop(std::string(32, 'k'));
  EXPECT_EQ(Lines(*loop_->Plan(first.key, &first)), "");
  // Nor one that has lost its key.
  loop_ = NewLoop(std::string(32, 'x'));
  EXPECT_EQ(Lines(*loop_->Plan(first.key, &first)), "");
  loop_ = NewLoop(std::string(32, 'k'));

  spec["services"]["web"]["environment"]["GREETING"] = "two";
  const Resource second = App(spec, {"web"});
  const auto rolling = loop_->Plan(second.key, &second);
  ASSERT_TRUE(rolling);
  ASSERT_EQ(rolling->changes.size(), 1u) << Lines(*rolling);
  EXPECT_EQ(rolling->changes[0].action, Action::kReplace);
  EXPECT_EQ(rolling->changes[0].impact, Impact::kNone);
  Converge(second);
  const Json two = Web();
  EXPECT_NE(one["Id"], two["Id"]);
  EXPECT_EQ(Hosts().find(address + " "), std::string::npos) << Hosts();

  const std::string id = two["Id"];
  host_->Raw("POST", "/containers/" + id + "/kill");
  AwaitState("exited");
  loop_->observer.ForgetAll();
  Converge(second);
  EXPECT_EQ(Web()["Id"], id);
  EXPECT_EQ(Web()["State"]["Status"], "running");

  Converge(nullptr, second.key);
  EXPECT_TRUE(Web().is_null());
  EXPECT_EQ(Hosts().find("mooring"), std::string::npos);
  EXPECT_EQ(host_->Raw("GET", "/networks/" + network).first, 404);
  EXPECT_EQ(host_->Raw("GET", "/volumes/" + network + "_data").first, 200)
      << "data outlives its App";
}

/// Two networks, of which one has a subnet of the spec's and all that can be said of a place.
TEST_F(DockerLoopTest, SeveralNetworksAreMadeHealedAndRemoved) {
  const int third = ::getpid() % 200;
  const std::string subnet = fmt::format("172.29.{}.0/24", third);
  const std::string address = fmt::format("172.29.{}.9", third);
  const Json place = {{"aliases", {"front", "www.example.com"}},
                      {"ipv4_address", address},
                      {"ipv6_address", "fd00:29::9"},
                      {"link_local_ips", {"169.254.34.68"}},
                      {"priority", 10}};
  const Json back = {
      {"internal", true},
      {"enable_ipv6", true},
      {"labels", {{"com.example.team", "shop"}}},
      {"driver_opts", {{"com.docker.network.driver.mtu", "1400"}}},
      {"ipam",
       {{"config",
         {{{"subnet", subnet}, {"aux_addresses", {{"x", fmt::format("172.29.{}.2", third)}}}},
          {{"subnet", "FD00:29:0::/64"}}}}}}};
  Json spec = {
      {"networks", {{"back", back}, {"plain", Json::object()}}},
      {"services",
       {{"web",
         {{"image", image_},
          {"stop_grace_period", "0s"},
          {"networks", {{"default", Json::object()}, {"back", place}, {"plain", nullptr}}}}}}}};
  const Resource app = App(spec);
  Converge(app);
  const std::string prefix = host_->prefix() + "_shop";
  Json networks = Web()["NetworkSettings"]["Networks"];
  EXPECT_EQ(networks.size(), 3u) << networks;
  EXPECT_EQ(networks[prefix + "_back"]["IPAddress"], address);
  EXPECT_EQ(networks[prefix + "_back"]["GlobalIPv6Address"], "fd00:29::9");
  for (const char key : {'k', 'x'}) {
    loop_ = NewLoop(std::string(32, key));
    EXPECT_EQ(Lines(*loop_->Plan(app.key, &app)), "") << key;
  }
  loop_ = NewLoop(std::string(32, 'k'));
  host_->Raw("POST", "/networks/" + prefix + "_back/disconnect",
             {{"Container", prefix + "_web_1"}, {"Force", true}});
  loop_->observer.ForgetAll();
  const std::string lines = Lines(*loop_->Plan(app.key, &app));
  EXPECT_NE(lines.find("services.web.networks.back: (none) -> connected as web, front, "
                       "www.example.com"),
            std::string::npos)
      << lines;
  const std::string id = Web()["Id"];
  Converge(app);
  EXPECT_EQ(Web()["Id"], id);
  EXPECT_EQ(Web()["NetworkSettings"]["Networks"][prefix + "_back"]["IPAddress"], address);

  spec["networks"]["back"]["internal"] = false;
  const Resource open = App(spec);
  Converge(open);
  EXPECT_EQ(host_->Raw("GET", "/networks/" + prefix + "_back").second["Internal"], false);
  Converge(nullptr, app.key);
  for (const char* suffix : {"", "_back", "_plain"})
    EXPECT_EQ(host_->Raw("GET", "/networks/" + prefix + suffix).first, 404) << suffix;
}

/// What belongs to another service's container, or to the host.
TEST_F(DockerLoopTest, ServicesThatShareAreMadeInOrderAndAreNoFalseDrift) {
  const auto service = [&](Json more) {
    Json json = {{"image", image_}, {"stop_grace_period", "0s"}, {"command", {"sleep", "1000"}}};
    json.update(more);
    return json;
  };
  const Json data = {{"type", "volume"}, {"source", "data"}, {"target", "/data"}};
  const Resource app =
      App({{"volumes",
            {{"data",
              {{"driver", "local"},
               {"driver_opts", {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m"}}}}}}},
           {"services",
            {{"web", service({{"ipc", "shareable"}, {"volumes", {data}}})},
             {"side", service({{"network_mode", "service:web"},
                               {"ipc", "service:web"},
                               {"pid", "service:web"},
                               {"volumes_from", {"web:ro"}}})},
             {"link", service({{"links", {"web:site"}}})},
             {"alone", service({{"network_mode", "none"}})},
             {"usual", service({{"network_mode", "bridge"}})},
             {"hosts", service({{"network_mode", "host"}})}}}});
  Converge(app);
  const std::string prefix = "/containers/" + host_->prefix() + "_shop_";
  const auto inspect = [&](const std::string& name) {
    return host_->Raw("GET", prefix + name + "_1/json").second;
  };
  const std::string mode = "container:" + Web()["Id"].get<std::string>();
  for (const char* field : {"NetworkMode", "IpcMode", "PidMode"})
    EXPECT_EQ(inspect("side")["HostConfig"][field], mode);
  EXPECT_EQ(inspect("side")["Mounts"][0]["RW"], false);
  EXPECT_EQ(inspect("alone")["HostConfig"]["NetworkMode"], "none");
  for (const char key : {'k', 'x'}) {
    loop_ = NewLoop(std::string(32, key));
    EXPECT_EQ(Lines(*loop_->Plan(app.key, &app)), "") << key;
  }
  loop_ = NewLoop(std::string(32, 'k'));
  // A successor of the one that is shared takes the others along.
  host_->Raw("DELETE", prefix + "web_1?force=1");
  loop_->observer.ForgetAll();
  Converge(app);
  EXPECT_NE(inspect("side")["HostConfig"]["NetworkMode"], mode);
  Converge(nullptr, app.key);
}

/// Each field that a spec can say, on an image that brings defaults for all of them.
TEST_F(DockerLoopTest, NoFieldOfASpecIsFalseDrift) {
  const std::string rich = host_->Build(
      "rich",
      "FROM " + image_ +
          "\nENTRYPOINT [\"/bin/sh\", \"-c\"]\nCMD [\"serve\"]\nENV A=image B=image\nUSER 0:0\n"
          "HEALTHCHECK --interval=1s --retries=4 CMD true\nVOLUME /data\nSTOPSIGNAL "
          "SIGINT\nWORKDIR /tmp/\nEXPOSE 9000\n");
  ASSERT_NE(rich, "");
  const std::string plain = image_;
  const std::vector<Json> services = {
      {{"image", rich}},
      {{"image", rich}, {"entrypoint", Json::array()}, {"command", {"/bin/sleep", "1000"}}},
      {{"image", rich}, {"entrypoint", {"/bin/sleep"}}, {"command", {"1000"}}},
      {{"image", rich}, {"command", {"sleep 1000"}}},
      {{"image", rich}, {"healthcheck", {{"interval", "2s"}}}},
      {{"image", rich}, {"healthcheck", {{"disable", true}}}},
      {{"image", rich},
       {"environment", {{"A", "mine"}, {"EMPTY", ""}}},
       {"user", "0"},
       {"working_dir", "/x/../etc/"},
       {"stop_signal", "SIGQUIT"},
       {"labels", {{"com.example/x", "y"}}}},
      {{"image", plain},
       {"hostname", "box"},
       {"init", true},
       {"read_only", true},
       {"tmpfs", {"/run:size=1m", "/scratch"}},
       {"cap_drop", {"net_admin", "CAP_CHOWN"}},
       {"restart", "on-failure:3"}},
      {{"image", plain},
       {"deploy", {{"resources", {{"limits", {{"memory", "64M"}, {"cpus", "0.25"}}}}}}},
       {"restart", "always"}},
      {{"image", plain},
       {"volumes",
        {{{"type", "volume"}, {"source", "data"}, {"target", "/data/"}, {"read_only", true}},
         {{"type", "bind"}, {"source", "/etc"}, {"target", "/host/etc"}, {"read_only", true}},
         {{"type", "tmpfs"}, {"target", "/t"}, {"tmpfs", {{"size", "1m"}, {"mode", "0700"}}}}}}},
      {{"image", plain},
       {"ports",
        {{{"target", 8080}},
         {{"target", 8081}, {"published", 31000 + ::getpid() % 1000}, {"host_ip", "127.0.0.1"}},
         {{"target", 53}, {"protocol", "udp"}, {"host_ip", "0.0.0.0"}}}}},
  };
  for (const Json& service : services) {
    SCOPED_TRACE(service.dump());
    Json with_grace = service;
    with_grace["stop_grace_period"] = "0s";
    const Resource app = App({{"services", {{"web", with_grace}}}});
    Converge(app);
    loop_ = NewLoop(std::string(32, 'k'));
    EXPECT_EQ(Lines(*loop_->Plan(app.key, &app)), "");
    loop_ = NewLoop(std::string(32, 'x'));
    EXPECT_EQ(Lines(*loop_->Plan(app.key, &app)), "") << "another key compares fields";
    loop_ = NewLoop(std::string(32, 'k'));
    Converge(nullptr, app.key);
  }
}

/// Each field of the vocabulary, as the real engine has it at the second look.
TEST_F(DockerLoopTest, NoFieldOfTheVocabularyIsFalseDrift) {
  for (const VocabularyCase& c : Vocabulary()) {
    SCOPED_TRACE(c.what);
    Json service = c.service;
    service["image"] = image_;
    if (!service.contains("stop_grace_period")) service["stop_grace_period"] = "0s";
    const Resource app =
        App({{"services", {{"web", service}}}, {"volumes", {{"data", Json::object()}}}});
    Converge(app);
    loop_ = NewLoop(std::string(32, 'x'));
    EXPECT_EQ(Lines(*loop_->Plan(app.key, &app)), "") << "another key compares fields";
    loop_ = NewLoop(std::string(32, 'k'));
    Converge(nullptr, app.key);
  }
}

}  // namespace
}  // namespace mooring::testing
