// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_scalars.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace mooring::manifest {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <typename T>
std::optional<T> Whole(std::string_view text, int base) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The base that the start of a number names, and the digits after it.
int TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char c = digits[1];
  const int base = c == 'x' || c == 'X' ? 16 : c == 'b' || c == 'B' ? 2 : 8;
  digits.remove_prefix(base == 8 && c != 'o' && c != 'O' ? 1 : 2);
  return base;
}

/// An integer in any base, in decimal; nullopt: none, or too large.
std::optional<std::string> IntegerText(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  const int base = TakeBase(text);
  if (!text.empty() && !std::isxdigit(static_cast<unsigned char>(text[0]))) return std::nullopt;
  const auto value = Whole<uint64_t>(text, base);
  constexpr uint64_t kMost = uint64_t{1} << 63;
  if (!value || (negative && *value > kMost)) return std::nullopt;
  return (negative && *value != 0 ? "-" : "") + std::to_string(*value);
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool LooksLikeFloat(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

/// "2001-12-14", and with a time after it; as Go prints it.
std::optional<std::string> DateText(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  if (text.size() < 8 || text.size() > 35 || text[4] != '-' || !IsDigit(text[0]))
    return std::nullopt;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3)
    return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  std::string rest = copy.substr(static_cast<size_t>(used));
  std::string fraction;
  if (!rest.empty()) {
    const char separator = rest[0];
    if (separator != ' ' && separator != 'T' && separator != 't') return std::nullopt;
    if (std::sscanf(rest.c_str() + 1, "%2d:%2d:%2d%n", &hour, &minute, &second, &used) != 3)
      return std::nullopt;
    rest = rest.substr(static_cast<size_t>(used) + 1);
    if (rest.starts_with('.')) {
      const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
      fraction = rest.substr(0, end);
      rest = rest.substr(end);
      while (fraction.ends_with('0') || fraction == ".") fraction.pop_back();
    }
    if (rest != (separator == ' ' ? "" : "Z")) return std::nullopt;
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{} +0000 UTC", year, month, day, hour,
                     minute, second, fraction);
}

PlainScalar ReadNumber(std::string_view text) {
  if (auto date = DateText(text)) return {Node::Type::kString, std::move(*date)};
  std::string plain(text);
  std::erase(plain, '_');
  if (auto integer = IntegerText(plain)) return {Node::Type::kInteger, std::move(*integer)};
  if (LooksLikeFloat(plain)) {
    if (const auto value = ReadFloat(plain)) return {Node::Type::kNumber, FloatText(*value)};
  }
  return {Node::Type::kString, std::string(text)};
}

template <typename T>
std::string TextOf(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<size_t>(end.ptr - buffer));
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(),
                  exponent);
  std::string digits(text.substr(0, e));
  std::erase(digits, '.');
  const std::string sign = negative ? "-" : "";
  if (exponent < -4 || exponent >= 6) {  // as Go's %v does for the shortest text
    const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{}{:02}", sign, digits[0], rest, exponent < 0 ? '-' : '+',
                       std::abs(exponent));
  }
  if (exponent < 0)
    return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto point = static_cast<size_t>(exponent) + 1;
  if (digits.size() < point) digits.append(point - digits.size(), '0');
  return sign + digits.substr(0, point) + (digits.size() > point ? "." + digits.substr(point) : "");
}

struct Unit {
  std::string_view name;
  double nanoseconds;
};
constexpr Unit kUnits[] = {{"ns", 1},   {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3},
                           {"ms", 1e6}, {"s", 1e9},  {"m", 60e9}, {"h", 3600e9}};

}  // namespace

PlainScalar ReadPlainScalar(std::string_view text) {
  using Type = Node::Type;
  const std::string same(text);
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return {Type::kNull, same};
  if (text == "true" || text == "True" || text == "TRUE") return {Type::kBool, "true"};
  if (text == "false" || text == "False" || text == "FALSE") return {Type::kBool, "false"};
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return {Type::kNumber, "NaN"};
  const std::string_view after = text[0] == '+' || text[0] == '-' ? text.substr(1) : text;
  if (after == ".inf" || after == ".Inf" || after == ".INF")
    return {Type::kNumber, text[0] == '-' ? "-Inf" : "+Inf"};
  if (text[0] == '.') {
    const auto value = ReadFloat(text);
    return value ? PlainScalar{Type::kNumber, FloatText(*value)} : PlainScalar{Type::kString, same};
  }
  if (IsDigit(text[0]) || text[0] == '-' || text[0] == '+') return ReadNumber(text);
  return {Type::kString, same};
}

std::optional<int64_t> ReadDecimal(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && IsDigit(text[1])) text.remove_prefix(1);
  return Whole<int64_t>(text, 10);
}

std::optional<int64_t> WholeOf(double value) {
  constexpr double kBeyond = 9223372036854775808.0;
  if (!(value >= -kBeyond && value < kBeyond) || std::trunc(value) != value) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<double> ReadFloat(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::string FloatText(double value) { return TextOf(value); }
std::string FloatText(float value) { return TextOf(value); }

std::optional<int64_t> ReadGoDuration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view number = text.substr(0, end);
    if (number.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
    const auto value = ReadFloat(number.starts_with('.') ? "0" + std::string(number) : number);
    text.remove_prefix(end);
    const size_t unit_end = std::min(text.find_first_of("0123456789."), text.size());
    const Unit* unit = nullptr;
    for (const Unit& u : kUnits) {
      if (u.name == text.substr(0, unit_end)) unit = &u;
    }
    if (!value || unit == nullptr) return std::nullopt;
    text.remove_prefix(unit_end);
    total += *value * unit->nanoseconds;
  }
  if (total >= 9.223372036854775e18) return std::nullopt;
  const auto nanoseconds = static_cast<int64_t>(std::llround(total));
  return negative ? -nanoseconds : nanoseconds;
}

std::string GoDurationText(int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  const std::string sign = nanoseconds < 0 ? "-" : "";
  const uint64_t all =
      nanoseconds < 0 ? -static_cast<uint64_t>(nanoseconds) : static_cast<uint64_t>(nanoseconds);
  const auto with_fraction = [](uint64_t value, uint64_t unit) {
    std::string fraction = std::to_string(unit + value % unit).substr(1);
    while (fraction.ends_with('0')) fraction.pop_back();
    return std::to_string(value / unit) + (fraction.empty() ? "" : "." + fraction);
  };
  if (all < 1'000) return fmt::format("{}{}ns", sign, all);
  if (all < 1'000'000) return sign + with_fraction(all, 1'000) + "µs";
  if (all < 1'000'000'000) return sign + with_fraction(all, 1'000'000) + "ms";
  constexpr uint64_t kMinute = 60'000'000'000;
  const uint64_t minutes = all / kMinute;
  std::string text = with_fraction(all % kMinute, 1'000'000'000) + "s";
  if (minutes > 0) text = fmt::format("{}m{}", minutes % 60, text);
  if (minutes >= 60) text = fmt::format("{}h{}", minutes / 60, text);
  return sign + text;
}

std::optional<int64_t> ReadMemorySize(std::string_view text) {
  const size_t last = text.find_last_of("0123456789. ");
  if (last == std::string_view::npos) return std::nullopt;
  const auto number = ReadFloat(text.substr(0, text[last] == ' ' ? last : last + 1));
  const std::string suffix = LowerCase(text.substr(last + 1));
  if (!number || *number < 0) return std::nullopt;
  double size = *number;
  if (!suffix.empty() && suffix != "b") {
    const size_t power = std::string_view("kmgtp").find(suffix[0]);
    const std::string_view rest = std::string_view(suffix).substr(1);
    if (power == std::string_view::npos || (rest != "" && rest != "b" && rest != "ib"))
      return std::nullopt;
    size = std::ldexp(size, static_cast<int>(10 * (power + 1)));
  }
  if (size >= 9.2e18) return std::nullopt;
  return static_cast<int64_t>(size);
}

std::optional<bool> ReadComposeBool(std::string_view text) {
  const std::string word = LowerCase(text);
  if (word == "true" || word == "y" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "n" || word == "no" || word == "off") return false;
  return std::nullopt;
}

}  // namespace mooring::manifest
