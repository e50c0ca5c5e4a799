// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/subnet.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mooring::docker {
namespace {

uint32_t Mask(int bits) { return bits == 0 ? 0 : ~uint32_t{0} << (32 - bits); }

/// The first address behind it.
uint64_t EndOf(const Subnet& subnet) {
  return uint64_t{subnet.base} + (uint64_t{1} << (32 - subnet.bits));
}

constexpr int kSmallestNetwork = 26;  // 14 containers: enough for most, 1,024 of them in a /16

}  // namespace

std::optional<uint32_t> ParseAddress(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::string AddressText(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

std::optional<Subnet> Subnet::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = ParseAddress(text.substr(0, slash));
  const std::string_view length = text.substr(slash + 1);
  int bits = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (!address || error != std::errc() || end != length.data() + length.size() || bits < 0 ||
      bits > 32) {
    return std::nullopt;
  }
  return Subnet{*address & Mask(bits), bits};
}

std::string Subnet::ToString() const { return fmt::format("{}/{}", AddressText(base), bits); }

bool Subnet::Overlaps(const Subnet& other) const {
  const uint32_t mask = Mask(std::min(bits, other.bits));
  return (base & mask) == (other.base & mask);
}

bool Subnet::Contains(uint32_t address) const { return (address & Mask(bits)) == base; }

std::optional<Subnet> FreeSubnet(const Subnet& pool, int bits, const std::vector<Subnet>& used) {
  if (bits < pool.bits) return std::nullopt;
  const uint64_t step = uint64_t{1} << (32 - bits);
  const uint64_t end = EndOf(pool);
  std::vector<Subnet> taken;
  std::ranges::copy_if(used, std::back_inserter(taken),
                       [&](const Subnet& u) { return u.Overlaps(pool); });
  std::ranges::sort(taken);
  // All that were passed end at or before `base`, which is always where a candidate may begin.
  uint64_t base = pool.base;
  for (const Subnet& u : taken) {
    if (EndOf(u) <= base) continue;
    if (u.base >= base + step) break;
    base = (EndOf(u) + step - 1) / step * step;
  }
  if (base + step > end) return std::nullopt;
  return Subnet{static_cast<uint32_t>(base), bits};
}

std::optional<uint32_t> FreeAddress(const Subnet& subnet, const std::set<uint32_t>& used) {
  for (uint32_t host = 2; host + 1 < subnet.size(); ++host) {
    if (!used.contains(subnet.base + host)) return subnet.base + host;
  }
  return std::nullopt;
}

int PrefixFor(int containers) {
  int bits = kSmallestNetwork;
  while (bits > 16 && (1 << (31 - bits)) - 3 < 2 * containers) --bits;
  return bits;
}

}  // namespace mooring::docker
