// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes and durations as the official Compose tool reads and prints them, which is as Go
// does. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

/// What a YAML scalar without quotes is to Compose.
struct PlainScalar {
  Node::Type type = Node::Type::kString;
  /// Integers in decimal, other numbers and dates as Go prints them; else as it is written.
  std::string text;
};
PlainScalar ReadPlainScalar(std::string_view text);

/// "-12"; nullopt: none, or beyond 64 bits.
std::optional<int64_t> ReadDecimal(std::string_view text);
/// What Go's ParseFloat takes, but for "infinity" and its like.
std::optional<double> ReadFloat(std::string_view text);
/// 2 of 2.0; nullopt: it has a fraction, or is beyond 64 bits.
std::optional<int64_t> WholeOf(double value);
/// As Go's %v prints a number of 64 bits, or of 32.
std::string FloatText(double value);
std::string FloatText(float value);

/// "1h30m" in nanoseconds; nullopt: no duration.
std::optional<int64_t> ReadGoDuration(std::string_view text);
/// 5400000000000 -> "1h30m0s"
std::string GoDurationText(int64_t nanoseconds);

/// "1.5g", "64 MiB", "512" in bytes, with powers of two; nullopt: no size.
std::optional<int64_t> ReadMemorySize(std::string_view text);

/// "true", "yes", "off", ... in any case; nullopt: neither.
std::optional<bool> ReadComposeBool(std::string_view text);

}  // namespace mooring::manifest
