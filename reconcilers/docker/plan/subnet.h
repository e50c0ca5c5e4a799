// SPDX-License-Identifier: Apache-2.0
// IPv4 subnets and which of them are free. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::docker {

struct Subnet {
  uint32_t base = 0;  ///< host byte order, host bits zero
  int bits = 32;      ///< prefix length

  /// "10.201.0.0/16"; host bits are cleared. nullopt if it is none.
  static std::optional<Subnet> Parse(std::string_view text);
  std::string ToString() const;
  uint32_t size() const { return bits == 0 ? 0 : 1u << (32 - bits); }
  bool Overlaps(const Subnet& other) const;
  bool Contains(uint32_t address) const;
  /// The half that Mooring gives addresses from, and the half that is left to the engine for
  /// containers that others connect, so that neither takes what the other has planned.
  Subnet FixedHalf() const { return {base, bits + 1}; }
  Subnet EngineHalf() const { return {base + size() / 2, bits + 1}; }
  auto operator<=>(const Subnet&) const = default;
};

std::optional<uint32_t> ParseAddress(std::string_view text);
std::string AddressText(uint32_t address);

/// The lowest subnet of `bits` in `pool` that overlaps none of `used`; nullopt when the pool is
/// full.
std::optional<Subnet> FreeSubnet(const Subnet& pool, int bits, const std::vector<Subnet>& used);

/// The lowest address of `subnet` that is not in `used`; the network address, the gateway (.1) and
/// the broadcast address are never given. nullopt when it is full.
std::optional<uint32_t> FreeAddress(const Subnet& subnet, const std::set<uint32_t>& used);

/// The prefix length for a network whose fixed half has room for twice `containers`: a rollout runs
/// old beside new.
int PrefixFor(int containers);

}  // namespace mooring::docker
