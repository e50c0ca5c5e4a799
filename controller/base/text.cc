// SPDX-License-Identifier: Apache-2.0
#include "controller/base/text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

namespace mooring {
namespace {

using std::chrono::duration_cast;

struct Unit {
  std::string_view name;
  double factor;
};

constexpr Unit kDurations[] = {{"ns", 1},   {"us", 1e3},       {"ms", 1e6},       {"s", 1e9},
                               {"m", 60e9}, {"h", 3600 * 1e9}, {"d", 86400 * 1e9}};
constexpr double kKibi = 1024.0;
constexpr Unit kSizes[] = {{"", 1},
                           {"b", 1},
                           {"k", kKibi},
                           {"kb", kKibi},
                           {"ki", kKibi},
                           {"kib", kKibi},
                           {"m", kKibi* kKibi},
                           {"mb", kKibi* kKibi},
                           {"mi", kKibi* kKibi},
                           {"mib", kKibi* kKibi},
                           {"g", kKibi* kKibi* kKibi},
                           {"gb", kKibi* kKibi* kKibi},
                           {"gi", kKibi* kKibi* kKibi},
                           {"gib", kKibi* kKibi* kKibi},
                           {"t", kKibi* kKibi* kKibi* kKibi},
                           {"tb", kKibi* kKibi* kKibi* kKibi},
                           {"ti", kKibi* kKibi* kKibi* kKibi},
                           {"tib", kKibi* kKibi* kKibi* kKibi}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Reads "12.5" at the front of `text` and removes it.
std::optional<double> TakeNumber(std::string_view& text) {
  size_t size = 0;
  while (size < text.size() && (IsDigit(text[size]) || text[size] == '.')) ++size;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, value);
  if (size == 0 || error != std::errc() || end != text.data() + size) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

}  // namespace

std::string FormatTime(Time time) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char buffer[32];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return buffer;
}

std::optional<Time> ParseTime(std::string_view text) {
  std::tm utc{};
  const std::string copy(text.substr(0, 19));
  if (::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) == nullptr) return std::nullopt;
  Time time = std::chrono::time_point_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::from_time_t(timegm(&utc)));
  std::string_view rest = text.substr(std::min<size_t>(19, text.size()));
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int scale = 100;
    while (!rest.empty() && IsDigit(rest.front())) {
      time += std::chrono::milliseconds((rest.front() - '0') * scale);
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest == "Z" || rest.empty()) return time;
  int hours = 0;
  int minutes = 0;
  const bool has_sign = rest.front() == '+' || rest.front() == '-';
  if (!has_sign || rest.size() != 6 ||
      std::sscanf(std::string(rest.substr(1)).c_str(), "%2d:%2d", &hours, &minutes) != 2) {
    return std::nullopt;
  }
  const auto offset = std::chrono::minutes(hours * 60 + minutes);
  return rest.front() == '-' ? time + offset : time - offset;
}

std::string FormatAge(Duration duration) {
  const long long seconds =
      std::max(0LL, static_cast<long long>(duration_cast<std::chrono::seconds>(duration).count()));
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 120 * 60) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

std::string FormatElapsed(Duration duration) {
  const double ms = static_cast<double>(duration.count()) / 1e6;
  if (ms < 1000) return fmt::format("{:.0f}ms", std::ceil(ms));
  if (ms < 60'000) return fmt::format("{:.1f}s", ms / 1000);
  const long long seconds = static_cast<long long>(ms / 1000);
  return fmt::format("{}m{}s", seconds / 60, seconds % 60);
}

std::optional<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration(0);
  double total = 0;
  bool any = false;
  while (!text.empty()) {
    const auto number = TakeNumber(text);
    if (!number) return std::nullopt;
    size_t size = 0;
    while (size < text.size() && !IsDigit(text[size]) && text[size] != '.') ++size;
    const std::string_view name = text.substr(0, size);
    const auto* unit = std::find_if(std::begin(kDurations), std::end(kDurations),
                                    [&](const Unit& u) { return u.name == name; });
    if (unit == std::end(kDurations)) return std::nullopt;
    total += *number * unit->factor;
    text.remove_prefix(size);
    any = true;
  }
  if (!any || total > 9e18) return std::nullopt;
  return Duration(static_cast<long long>(std::llround(total)));
}

std::optional<long long> ParseByteCount(std::string_view text) {
  const auto number = TakeNumber(text);
  if (!number) return std::nullopt;
  std::string unit(text);
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const Unit& u : kSizes) {
    if (u.name == unit && *number * u.factor < 9e18) return std::llround(*number * u.factor);
  }
  return std::nullopt;
}

std::string FormatByteCount(long long bytes) {
  static constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0 || value >= 10) return fmt::format("{:.0f} {}", value, kUnits[unit]);
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const size_t limit = std::max<size_t>(1, word.size() / 3);
  std::string best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

bool IsText(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xc2 ? 0
                          : lead < 0xe0 ? 2
                          : lead < 0xf0 ? 3
                          : lead < 0xf5 ? 4
                                        : 0;
    if (lead == 0 || length == 0 || i + length > bytes.size()) return false;
    for (size_t j = 1; j < length; ++j) {
      if ((static_cast<unsigned char>(bytes[i + j]) & 0xc0) != 0x80) return false;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(bytes[i + 1]) : 0;
    // Overlong forms, halves of a pair, and what is beyond the last character.
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
      return false;
    i += length;
  }
  return true;
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (true) {
    const size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string Count(size_t n, std::string_view singular) {
  return fmt::format("{} {}{}", n, singular, n == 1 ? "" : "s");
}

}  // namespace mooring
