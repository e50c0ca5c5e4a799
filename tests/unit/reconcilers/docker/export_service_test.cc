// SPDX-License-Identifier: Apache-2.0
// What a container says about itself that its image does not. The documents as a whole are golden
// cases, tests/golden/export.
#include "reconcilers/docker/plan/export_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/export_gaps.h"
#include "tests/support/docker/docker_loop.h"
#include "tests/support/docker/fake_engine_json.h"

namespace mooring::docker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ImageInfo kImage{.id = "sha256:1",
                       .config = {{"Env", {"PATH=/bin", "A=image"}},
                                  {"Cmd", {"serve"}},
                                  {"Entrypoint", {"/entry"}},
                                  {"User", "app"},
                                  {"WorkingDir", "/srv"},
                                  {"StopSignal", "SIGQUIT"},
                                  {"Healthcheck", {{"Test", {"CMD", "true"}}, {"Retries", 4}}}}};

/// The service as exported from the container that the engine makes for it.
ExportedService RoundTrip(const Json& service) {
  const AppSpec app = ParseApp(testing::MakeApp("shop", {{"services", {{"main", service}}}}));
  const Json body = CreateBody(app, app.services.front());
  Json config = testing::EngineConfig(body, kImage);
  config["Labels"] = app.services.front().labels;
  return ExportService({.inspect = {{"Id", "abc"},
                                    {"Config", config},
                                    {"HostConfig", testing::EngineHostConfig(body)}},
                        .image_config = kImage.config},
                       {.prefix = "default_shop_", .networks = {"default_shop"}});
}

TEST(ExportService, SaysOnlyWhatDiffersFromTheImage) {
  const ExportedService plain = RoundTrip({{"image", "web:1"}});
  EXPECT_EQ(Json(plain.fields), Json({{"image", "web:1"}})) << plain.fields;
  EXPECT_THAT(plain.comments, IsEmpty());
}

TEST(ExportService, FieldsComeBackAsTheyWereWritten) {
  for (const Json& service : std::vector<Json>{
           {{"image", "web:1"}, {"command", {"a", "b"}}},
           {{"image", "web:1"}, {"entrypoint", {"/other"}}},
           {{"image", "web:1"}, {"entrypoint", {"/other"}}, {"command", {"a"}}},
           {{"image", "web:1"}, {"environment", {{"A", "mine"}, {"EMPTY", ""}, {"EQ", "a=b"}}}},
           {{"image", "web:1"}, {"user", "1000:1000"}, {"working_dir", "/x"}, {"hostname", "h"}},
           {{"image", "web:1"}, {"stop_signal", "SIGINT"}, {"stop_grace_period", "30s"}},
           {{"image", "web:1"}, {"init", true}, {"read_only", true}, {"cap_drop", {"ALL"}}},
           {{"image", "web:1"}, {"healthcheck", {{"disable", true}}}},
           {{"image", "web:1"}, {"healthcheck", {{"interval", "1500ms"}, {"retries", 2}}}},
           {{"image", "web:1"}, {"tmpfs", {"/run", "/tmp:size=64m"}}},
           {{"image", "web:1"}, {"restart", "on-failure:3"}},
           {{"image", "web:1"}, {"labels", {{"a", "b"}}}},
           {{"image", "web:1"},
            {"deploy", {{"resources", {{"limits", {{"cpus", "0.5"}, {"memory", "64M"}}}}}}}},
       }) {
    EXPECT_EQ(Json(RoundTrip(service).fields), service);
  }
}

TEST(ExportService, PortsAndMountsAreInShortSyntax) {
  const ExportedService out = RoundTrip(
      {{"image", "web:1"},
       {"ports",
        {{{"target", 80}, {"published", 8080}, {"host_ip", "127.0.0.1"}},
         {{"target", 53}, {"protocol", "udp"}}}},
       {"volumes",
        {{{"type", "volume"}, {"source", "data"}, {"target", "/data"}},
         {{"type", "bind"}, {"source", "/etc/x"}, {"target", "/x"}, {"read_only", true}}}}});
  EXPECT_EQ(Json(out.fields["ports"]), Json({"127.0.0.1:8080:80", "53/udp"}));
  EXPECT_EQ(Json(out.fields["volumes"]), Json({"data:/data", "/etc/x:/x:ro"}));
  ASSERT_TRUE(out.volumes.contains("data"));
  EXPECT_EQ(out.volumes.at("data"), Json({{"name", "default_shop_data"}, {"external", true}}));
}

TEST(ExportService, SecretsAreNeverShown) {
  const ExportedService out = RoundTrip(
      {{"image", "web:1"},
       {"command", {"--api-token", "hunter2", "--key=hunter2", "--v", "x"}},
       {"environment", {{"DB_PASSWORD", "hunter2"}, {"URL", "amqp://u:hunter2@q"}, {"TOKEN", ""}}},
       {"labels", {{"x.secret/y", "hunter2"}}}});
  EXPECT_EQ(out.fields.dump().find("hunter2"), std::string::npos) << out.fields;
  EXPECT_EQ(Json(out.fields["command"]),
            Json({"--api-token", kChangeMe, "--key=CHANGE-ME", "--v", "x"}));
  EXPECT_EQ(out.fields["environment"]["TOKEN"], "");
  for (const char* pointer :
       {"/command", "/environment/DB_PASSWORD", "/environment/URL", "/labels/x.secret~1y"}) {
    EXPECT_TRUE(out.comments.contains(pointer)) << pointer;
  }
}

TEST(ExportGaps, AreSaidInComposesWords) {
  EXPECT_THAT(ExportGaps({{"HostConfig",
                           {{"NetworkMode", "default"},
                            {"Privileged", true},
                            {"IpcMode", "private"},
                            {"PidMode", "host"},
                            {"Devices", {{{"PathOnHost", "/dev/x"}}}},
                            {"ShmSize", 64 << 20},
                            {"PidsLimit", 100},
                            {"Memory", 10},
                            {"MemorySwap", 30}}},
                          {"NetworkSettings", {{"Networks", {{"bridge", {}}, {"proxy", {}}}}}}},
                         {}),
              ElementsAre("privileged", "devices (/dev/x)", "pid host", "pids_limit 100",
                          "network proxy", "memswap_limit 30"));
  EXPECT_THAT(ExportGaps(Json::object(), {}), IsEmpty());
}

}  // namespace
}  // namespace mooring::docker
