// SPDX-License-Identifier: Apache-2.0
// Answers as recorded from dockerd 20.10.24, and what broken ones do.
#include "reconcilers/docker/io/engine_json.h"

#include <gtest/gtest.h>

namespace mooring::docker {
namespace {

TEST(EngineJson, Summary) {
  const Json item =
      Json::parse(R"({"Id":"7b53c3a5","Names":["/other/alias","/p1"],"Image":"probe:1",
    "ImageID":"sha256:078b","Command":"sleep 1000","Created":1795180448,"Ports":[],"Labels":{"a":"","b":"c"},
    "State":"exited","Status":"Exited (137) 22 minutes ago","HostConfig":{"NetworkMode":"pnet"},
    "NetworkSettings":{"Networks":{"pnet":{"IPAMConfig":{"IPv4Address":"10.201.0.5"},"Links":null,"Aliases":null,
    "NetworkID":"cdfd","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0}}},"Mounts":[]})");
  const ContainerSummary c = ParseSummary(item);
  EXPECT_EQ(c.name, "p1");
  EXPECT_EQ(c.state, "exited");
  EXPECT_EQ(c.exit_code, 137);
  EXPECT_EQ(c.Label("b"), "c");
  EXPECT_EQ(c.networks.at("pnet").fixed_address, "10.201.0.5");
  EXPECT_EQ(c.networks.at("pnet").address, "");
  EXPECT_EQ(c.networks.at("pnet").network_id, "cdfd");
}

TEST(EngineJson, StatusTextTellsHealthAndExitCode) {
  EXPECT_EQ(HealthOf("Up 3 minutes (healthy)"), Health::kHealthy);
  EXPECT_EQ(HealthOf("Up 3 minutes (unhealthy)"), Health::kUnhealthy);
  EXPECT_EQ(HealthOf("Up 1 second (health: starting)"), Health::kStarting);
  EXPECT_EQ(HealthOf("Up 3 minutes"), Health::kNone);
  EXPECT_EQ(HealthOf("Up 3 minutes (Paused)"), Health::kNone);
  EXPECT_EQ(ExitCodeOf("Exited (143) 2 hours ago"), 143);
  EXPECT_EQ(ExitCodeOf("Restarting (1) 3 seconds ago"), 1);
  EXPECT_EQ(ExitCodeOf("Created"), 0);
}

TEST(EngineJson, DetailsKeepOwnedFieldsAndDropNulls) {
  const Json inspect = Json::parse(
      R"({"Id":"x","RestartCount":2,"State":{"StartedAt":"2026-03-01T14:03:41.123456789Z",
    "OOMKilled":true,"Error":"no"},"Config":{"Image":"web:1","Env":["A=1"],"Cmd":null,"Entrypoint":null,"Labels":{"l":"1"}},
    "HostConfig":{"Binds":null,"Memory":0,"Init":null,"AutoRemove":false},
    "NetworkSettings":{"Networks":{"n":{"Aliases":["web","7b"]},"m":{"Aliases":null}}}})");
  const ContainerDetails d = ParseDetails(inspect);
  EXPECT_EQ(d.config, Json({{"Image", "web:1"}, {"Env", {"A=1"}}}));
  EXPECT_EQ(d.host_config, Json({{"Memory", 0}}));
  EXPECT_EQ(d.aliases.at("n").size(), 2u);
  EXPECT_EQ(d.aliases.at("m").size(), 0u);
  EXPECT_EQ(d.restart_count, 2);
  EXPECT_TRUE(d.oom_killed);
  EXPECT_EQ(d.started_at.time_since_epoch().count() % 1000, 123);
}

TEST(EngineJson, NetworkWithTwoPoolsAndOneWithNone) {
  const NetworkInfo n = ParseNetwork(Json::parse(R"({"Name":"n","Id":"1","Labels":{"k":"v"},
    "IPAM":{"Config":[{"Subnet":"10.1.0.0/26"},{"Subnet":"fd00::/64"}]}})"));
  ASSERT_EQ(n.subnets.size(), 1u);
  EXPECT_EQ(n.subnets[0].ToString(), "10.1.0.0/26");
  EXPECT_TRUE(ParseNetwork(Json::parse(R"({"Name":"host","IPAM":{"Config":null},"Labels":null})"))
                  .subnets.empty());
}

TEST(EngineJson, EventsAndImages) {
  const EngineEvent e = ParseEvent(Json::parse(
      R"({"status":"die","id":"7b","Type":"container","Action":"die","Actor":{"ID":"7b","Attributes":{"exitCode":"137","name":"p1"}},"scope":"local"})"));
  EXPECT_EQ(e.type + " " + e.action + " " + e.id, "container die 7b");
  EXPECT_EQ(e.attributes.at("exitCode"), "137");
  const ImageInfo i = ParseImage(Json::parse(
      R"({"Id":"sha256:1","RepoDigests":null,"Config":{"Cmd":["a"],"User":"","Volumes":null}})"));
  EXPECT_EQ(i.config, Json({{"Cmd", {"a"}}, {"User", ""}}));
}

TEST(EngineJson, EmptyAnswersAreEmptyValues) {
  EXPECT_EQ(ParseSummary(Json::object()).id, "");
  EXPECT_EQ(ParseDetails(Json::object()).id, "");
  EXPECT_EQ(ParseNetwork(Json::object()).id, "");
  EXPECT_EQ(ParseVolumeInfo(Json::object()).name, "");
  EXPECT_EQ(ParseEvent(Json()).type, "");
}

}  // namespace
}  // namespace mooring::docker
