// SPDX-License-Identifier: Apache-2.0
#include "controller/store/keys.h"

#include <gtest/gtest.h>

#include <limits>

namespace mooring::store_keys {
namespace {

TEST(StoreKeys, OrderStatusesAsTheirResourceKeys) {
  const ResourceKey nested{"App", "a", "x"};
  const ResourceKey dashed{"App", "a-b", "x"};
  EXPECT_LT(nested, dashed);
  EXPECT_LT(StatusKey(nested), StatusKey(dashed));
}

TEST(StoreKeys, OrderEventsByNumber) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  for (const auto& [small, large] : {std::pair<uint64_t, uint64_t>{1, 2},
                                     {255, 256},
                                     {0x7f, 0x80},
                                     {1ull << 32, (1ull << 32) + 1},
                                     {kMax - 1, kMax}}) {
    EXPECT_LT(EventKey(small), EventKey(large));
    EXPECT_EQ(SequenceOf(EventKey(small)), small);
    EXPECT_EQ(SequenceOf(EventIndexKey({"App", "a", "x"}, large)), large);
  }
  EXPECT_EQ(SequenceOf("short"), SequenceOf(std::string("\0\0\0short", 8)));
}

TEST(StoreKeys, KeepTheEventsOfResourcesApart) {
  const ResourceKey key{"App", "a", "x"};
  EXPECT_TRUE(EventIndexKey(key, 7).starts_with(EventIndexPrefix(key)));
  EXPECT_FALSE(EventIndexKey({"App", "a", "x-2"}, 7).starts_with(EventIndexPrefix(key)));
  EXPECT_FALSE(EventIndexKey({"App", "", "a"}, 7).starts_with(EventIndexPrefix({"App", "a", ""})));
}

}  // namespace
}  // namespace mooring::store_keys
