// SPDX-License-Identifier: Apache-2.0
// A range of IPv4 or IPv6 addresses, as people write it. A value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace mooring {

struct Cidr {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes{};  ///< of IPv4 the first four
  int bits = 0;                     ///< prefix length

  /// "172.30.0.0/24", "fd00:30::/64"; an address alone is a range of one. nullopt if it is none.
  static std::optional<Cidr> Parse(std::string_view text);
  /// No bit behind the prefix is set.
  bool IsNetwork() const;
  bool Overlaps(const Cidr& other) const;
  bool Contains(const Cidr& other) const { return other.bits >= bits && Overlaps(other); }
  /// Without the bits behind the prefix.
  Cidr Network() const;
  auto operator<=>(const Cidr&) const = default;
};

/// Ranges of which none overlaps another, each with something about it. Not thread-safe.
template <typename T>
class CidrMap {
 public:
  /// What `range` overlaps; null: nothing. Ranges are nested or apart, so its neighbours tell.
  const T* Find(const Cidr& range) const {
    const Cidr network = range.Network();
    const auto next = ranges_.lower_bound(network);
    if (next != ranges_.end() && next->first.Overlaps(network)) return &next->second;
    if (next == ranges_.begin()) return nullptr;
    const auto before = std::prev(next);
    return before->first.Overlaps(network) ? &before->second : nullptr;
  }
  /// REQUIRES: Find gives null.
  void Add(const Cidr& range, T value) { ranges_.emplace(range.Network(), std::move(value)); }

 private:
  std::map<Cidr, T> ranges_;
};

}  // namespace mooring
