// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/subnet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mooring::docker {
namespace {

Subnet S(std::string_view text) { return *Subnet::Parse(text); }

TEST(Subnet, ParsesAndClearsHostBits) {
  EXPECT_EQ(S("10.201.3.77/24").ToString(), "10.201.3.0/24");
  EXPECT_EQ(S("0.0.0.0/0").ToString(), "0.0.0.0/0");
  for (const char* wrong : {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/24",
                            "10.0.0.0/24x", "fd00::/8"})
    EXPECT_FALSE(Subnet::Parse(wrong)) << wrong;
}

TEST(Subnet, OverlapsAndContains) {
  EXPECT_TRUE(S("10.0.0.0/8").Overlaps(S("10.201.0.0/16")));
  EXPECT_TRUE(S("10.201.0.0/16").Overlaps(S("10.0.0.0/8")));
  EXPECT_FALSE(S("10.201.0.0/26").Overlaps(S("10.201.0.64/26")));
  EXPECT_TRUE(S("0.0.0.0/0").Overlaps(S("1.2.3.4/32")));
  EXPECT_TRUE(S("10.201.0.64/26").Contains(*ParseAddress("10.201.0.127")));
  EXPECT_FALSE(S("10.201.0.64/26").Contains(*ParseAddress("10.201.0.128")));
}

TEST(Subnet, LowestFreeSubnet) {
  const Subnet pool = S("10.201.0.0/16");
  EXPECT_EQ(FreeSubnet(pool, 26, {})->ToString(), "10.201.0.0/26");
  EXPECT_EQ(FreeSubnet(pool, 26, {S("10.201.0.0/26"), S("10.201.0.128/25")})->ToString(),
            "10.201.0.64/26");
  EXPECT_EQ(FreeSubnet(pool, 26, {S("10.201.0.0/17")})->ToString(), "10.201.128.0/26");
  EXPECT_FALSE(FreeSubnet(pool, 26, {S("10.0.0.0/8")}));
  EXPECT_FALSE(FreeSubnet(pool, 15, {}));
  EXPECT_EQ(FreeSubnet(S("255.255.255.0/24"), 26, {S("255.255.255.0/25")})->ToString(),
            "255.255.255.128/26");
}

TEST(Subnet, LowestFreeSubnetAmongAnyOthers) {
  const Subnet pool = S("10.201.0.0/20");
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Subnet> used;
    for (auto n = random() % 12; n > 0; --n) {
      const int bits = static_cast<int>(18 + random() % 12);
      const uint32_t address = pool.base - 4096 + random() % (3 * 4096);
      used.push_back({address & (~uint32_t{0} << (32 - bits)), bits});
    }
    const int bits = static_cast<int>(20 + random() % 8);
    std::optional<Subnet> lowest;
    for (uint32_t base = pool.base; base < pool.base + pool.size() && !lowest;
         base += 1u << (32 - bits)) {
      const Subnet candidate{base, bits};
      const bool taken = std::ranges::any_of(
          used, [&](const Subnet& subnet) { return subnet.Overlaps(candidate); });
      if (!taken) lowest = candidate;
    }
    ASSERT_EQ(FreeSubnet(pool, bits, used), lowest) << "round " << round;
  }
}

TEST(Subnet, AddressesSkipNetworkGatewayAndBroadcast) {
  std::set<uint32_t> used;
  std::vector<std::string> given;
  while (const auto address = FreeAddress(S("10.0.0.0/29"), used)) {
    used.insert(*address);
    given.push_back(AddressText(*address));
  }
  EXPECT_EQ(given,
            (std::vector<std::string>{"10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"}));
}

TEST(Subnet, HalvesDoNotMeet) {
  const Subnet subnet = S("10.201.0.64/26");
  EXPECT_EQ(subnet.FixedHalf().ToString(), "10.201.0.64/27");
  EXPECT_EQ(subnet.EngineHalf().ToString(), "10.201.0.96/27");
}

TEST(Subnet, PrefixHasRoomForARollout) {
  EXPECT_EQ(PrefixFor(0), 26);
  EXPECT_EQ(PrefixFor(14), 26);
  EXPECT_EQ(PrefixFor(15), 25);
  for (const int containers : {1, 14, 15, 100, 1000}) {
    const Subnet subnet{0, PrefixFor(containers)};
    EXPECT_GE(static_cast<int>(subnet.FixedHalf().size()) - 3, 2 * containers);
  }
}

}  // namespace
}  // namespace mooring::docker
