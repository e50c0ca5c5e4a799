// SPDX-License-Identifier: Apache-2.0
// What the checks of single texts share; only format*.cc include it. Pure.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/manifest/format.h"

namespace mooring::manifest {

using Answer = std::optional<Complaint>;

inline bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
inline bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsAlnum(char c) { return IsLower(c) || IsUpper(c) || IsDigit(c); }

inline bool Consists(std::string_view text, bool (*is)(char)) {
  return std::all_of(text.begin(), text.end(), is);
}

inline std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// A text for a message: whole if short, on one line.
inline std::string Quoted(std::string_view text) {
  std::string shown(text.substr(0, 60));
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return fmt::format("\"{}{}\"", shown, text.size() > 60 ? "..." : "");
}

inline Answer No(std::string_view text, std::string_view what, std::string hint) {
  return Complaint{fmt::format("{} is not {}", Quoted(text), what), std::move(hint)};
}

/// Host names, addresses, paths and headers.
std::span<const Format> NetworkFormats();
/// What only Hosts and Namespaces have: labels, files of the repository.
std::span<const Format> FleetFormats();
/// Schedules and their time zones.
std::span<const Format> ScheduleFormats();
/// Devices, modes of namespaces, limits of the kernel.
std::span<const Format> ContainerFormats();

}  // namespace mooring::manifest
