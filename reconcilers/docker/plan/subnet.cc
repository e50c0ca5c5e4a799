// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/subnet.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mooring::docker {
namespace {

uint32_t Mask(int bits) { return bits == 0 ? 0 : ~uint32_t{0} << (32 - bits); }

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
  const uint64_t end = uint64_t{pool.base} + (uint64_t{1} << (32 - pool.bits));
  for (uint64_t base = pool.base; base < end; base += step) {
    const Subnet candidate{static_cast<uint32_t>(base), bits};
    if (std::none_of(used.begin(), used.end(),
                     [&](const Subnet& u) { return u.Overlaps(candidate); })) {
      return candidate;
    }
  }
  return std::nullopt;
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
