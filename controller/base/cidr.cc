// SPDX-License-Identifier: Apache-2.0
#include "controller/base/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace mooring {
namespace {

bool BitAt(const Cidr& range, int place) {
  return (range.bytes[static_cast<size_t>(place / 8)] >> (7 - place % 8) & 1) != 0;
}

}  // namespace

std::optional<Cidr> Cidr::Parse(std::string_view text) {
  Cidr range;
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  range.is_v6 = address.find(':') != std::string::npos;
  if (inet_pton(range.is_v6 ? AF_INET6 : AF_INET, address.c_str(), range.bytes.data()) != 1)
    return std::nullopt;
  const int most = range.is_v6 ? 128 : 32;
  range.bits = most;
  if (slash == std::string_view::npos) return range;
  const std::string_view bits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(bits.begin(), bits.end(), range.bits);
  const bool ok = !bits.empty() && bits.front() != '-' && error == std::errc() && end == bits.end();
  return ok && range.bits <= most ? std::make_optional(range) : std::nullopt;
}

bool Cidr::IsNetwork() const { return Network() == *this; }

Cidr Cidr::Network() const {
  Cidr network = *this;
  for (int place = bits; place < 128; ++place) {
    uint8_t& byte = network.bytes[static_cast<size_t>(place / 8)];
    byte = static_cast<uint8_t>(byte & ~(1u << (7 - place % 8)));
  }
  return network;
}

bool Cidr::Overlaps(const Cidr& other) const {
  if (is_v6 != other.is_v6) return false;
  for (int place = 0; place < std::min(bits, other.bits); ++place) {
    if (BitAt(*this, place) != BitAt(other, place)) return false;
  }
  return true;
}

}  // namespace mooring
