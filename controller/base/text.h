// SPDX-License-Identifier: Apache-2.0
// Times, durations and sizes as people write and read them. Pure and thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"

namespace mooring {

/// RFC 3339 in UTC with seconds: "2026-03-01T14:03:41Z".
std::string FormatTime(Time time);
std::optional<Time> ParseTime(std::string_view text);

/// How long ago or how long, in the largest unit that fits, as `mooring get` shows ages:
/// "3s", "28m", "7h", "41d".
std::string FormatAge(Duration duration);
/// A measured duration: "38ms", "4.1s".
std::string FormatElapsed(Duration duration);

/// "500ms 30s 10m 24h 7d", or Go's compound "1m30s". nullopt for anything else; never negative.
std::optional<Duration> ParseDuration(std::string_view text);

/// "512Ki 512Mi 20Gi", Compose's "512m 512M 1g 512mb", or plain bytes; powers of two. nullopt if
/// wrong.
std::optional<long long> ParseByteCount(std::string_view text);
/// "1.2 GiB", "412 MiB".
std::string FormatByteCount(long long bytes);

/// Optimal string alignment distance (insert, delete, substitute, swap neighbours).
size_t EditDistance(std::string_view a, std::string_view b);
/// The candidate nearest to `word` if it is near enough to be a slip of the pen; else "".
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Whether it is UTF-8 without a zero byte: what a variable or a header can hold.
bool IsText(std::string_view bytes);

std::vector<std::string> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
/// "1 change", "2 changes".
std::string Count(size_t n, std::string_view singular);

}  // namespace mooring
