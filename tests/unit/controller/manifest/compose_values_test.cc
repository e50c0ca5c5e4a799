// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_values.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::manifest {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Words(std::string_view text) {
  const auto command = SplitCommand(text);
  return command ? command->words : std::vector<std::string>{"(refused)"};
}

TEST(SplitCommand, ReadsWordsAsCompose) {
  EXPECT_THAT(Words("serve  --port 80"), ElementsAre("serve", "--port", "80"));
  EXPECT_THAT(Words("sh -c 'echo \"a b\"'"), ElementsAre("sh", "-c", "echo \"a b\""));
  EXPECT_THAT(Words("a\\ b \"c\\\"d\" ''"), ElementsAre("a b", "c\"d", ""));
  EXPECT_THAT(Words("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(Words(""), ElementsAre());
  EXPECT_THAT(Words("echo `date +%s` $(id -u)"), ElementsAre("echo", "`date +%s`", "$(id -u)"));
  for (const char* open : {"echo 'a", "echo \"a", "echo `a", "echo (a)", "echo $(a", "a\\"})
    EXPECT_FALSE(SplitCommand(open).has_value()) << open;
}

TEST(SplitCommand, StopsAtOperators) {
  EXPECT_THAT(Words("a && b"), ElementsAre("a"));
  EXPECT_EQ(SplitCommand("a && b")->stopped_at, "&");
  EXPECT_THAT(Words("a 2>/dev/null"), ElementsAre("a"));
  EXPECT_THAT(Words("sh -c \"a && b\""), ElementsAre("sh", "-c", "a && b"));
  EXPECT_EQ(SplitCommand("sh -c \"a && b\"")->stopped_at, "");
}

std::string Ports(std::string_view text) {
  const auto ports = ReadPorts(text);
  if (!ports) return ports.error();
  std::string all;
  for (const PortEntry& p : *ports) {
    all += fmt::format("{}{}:{}>{}/{}", all.empty() ? "" : " ", p.host_ip, p.published, p.target,
                       p.protocol);
  }
  return all;
}

TEST(ReadPorts, ReadsAddressesRangesAndProtocols) {
  EXPECT_EQ(Ports("80"), ":>80/tcp");
  EXPECT_EQ(Ports("8080:80/UDP"), ":8080>80/udp");
  EXPECT_EQ(Ports("127.0.0.1::80"), "127.0.0.1:>80/tcp");
  EXPECT_EQ(Ports("[::1]:81:80"), "::1:81>80/tcp");
  EXPECT_EQ(Ports("::1:81:80"), "::1:81>80/tcp");
  EXPECT_EQ(Ports("8000-8001:80-81"), ":8000>80/tcp :8001>81/tcp");
  EXPECT_EQ(Ports("8000-8009:80"), ":8000-8009>80/tcp");
  EXPECT_EQ(Ports("9-10"), ":>10/tcp :>9/tcp");  // by text, as Compose does
  EXPECT_EQ(Ports("8000-8002:80-81"), "3 host ports and 2 container ports do not match");
  EXPECT_EQ(Ports("localhost:1:2"), "\"localhost\" is not an IP address");
  for (const char* bad : {"", "a", "80:", "70000", "1-0", "80/icmp", "1:2:3:x"})
    EXPECT_FALSE(ReadPorts(bad).has_value()) << bad;
}

TEST(ReadMount, TellsPathsFromNames) {
  EXPECT_EQ(ReadMount("data:/d")->type, "volume");
  EXPECT_EQ(ReadMount("/data:/d")->type, "bind");
  EXPECT_EQ(ReadMount("./data:/d")->type, "bind");
  EXPECT_EQ(ReadMount("C:\\data:/d")->source, "C:\\data");
  EXPECT_EQ(ReadMount("/d")->target, "/d");
  EXPECT_EQ(ReadMount("/d")->source, "");
  const auto mount = ReadMount("/a:/b:ro,z,rshared,nocopy,cached");
  EXPECT_TRUE(mount->read_only && mount->nocopy);
  EXPECT_EQ(mount->selinux + mount->propagation, "zrshared");
  EXPECT_THAT(mount->unknown, ElementsAre("cached"));
  for (const char* bad : {"", "aa::b", "abc:", ":/abc", "aa:/b:ro:x"})
    EXPECT_FALSE(ReadMount(bad).has_value()) << bad;
}

TEST(ReadDevice, FillsInWhatIsLeftOut) {
  EXPECT_EQ(ReadDevice("/dev/a")->target, "/dev/a");
  EXPECT_EQ(ReadDevice("/dev/a:/dev/b")->permissions, "rwm");
  EXPECT_FALSE(ReadDevice("a:b:c:d").has_value());
}

TEST(ReadHost, TakesBothSeparators) {
  EXPECT_EQ(ReadHost("a=::1")->addresses[0], "::1");
  EXPECT_EQ(ReadHost("a:[::1]")->addresses[0], "::1");
  EXPECT_THAT(ReadHost("a=1.1.1.1,2.2.2.2")->addresses, ElementsAre("1.1.1.1", "2.2.2.2"));
  for (const char* bad : {"a", "=1.1.1.1", ":1.1.1.1"})
    EXPECT_FALSE(ReadHost(bad).has_value()) << bad;
}

}  // namespace
}  // namespace mooring::manifest
