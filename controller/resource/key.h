// SPDX-License-Identifier: Apache-2.0
// The identity of a resource: kind, namespace, name. A value; ordered, hashable, thread-safe.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mooring {

struct ResourceKey {
  std::string kind;
  std::string ns;
  std::string name;

  /// "App/default/shop"; the implicit Host and other kinds without a namespace: "Host/harbour-1".
  std::string ToString() const;
  /// The inverse of ToString.
  static std::optional<ResourceKey> Parse(std::string_view text);
  auto operator<=>(const ResourceKey&) const = default;
};

}  // namespace mooring

template <>
struct std::hash<mooring::ResourceKey> {
  size_t operator()(const mooring::ResourceKey& key) const noexcept {
    const std::hash<std::string> of;
    return of(key.kind) * 31 * 31 + of(key.ns) * 31 + of(key.name);
  }
};
