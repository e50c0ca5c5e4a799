// SPDX-License-Identifier: Apache-2.0
#include "controller/base/text.h"
#include "controller/manifest/format_checks.h"

namespace mooring::manifest {
namespace {

/// Labels of metadata, as selectors name them.
Answer CheckLabelName(std::string_view text) {
  const auto in_name = [](char c) {
    return IsAlnum(c) || c == '_' || c == '.' || c == '-' || c == '/';
  };
  if (!text.empty() && text.size() <= 253 && Consists(text, in_name)) return std::nullopt;
  return No(text, "a label name", "use letters, digits, _ . - and one / behind a prefix");
}

/// Five fields of the right characters.
Answer CheckCron(std::string_view text) {
  constexpr std::string_view kHint =
      "write minute, hour, day of the month, month and day of the week, as in 0 18 * * 5";
  const auto in_field = [](char c) {
    return IsAlnum(c) || c == '*' || c == ',' || c == '-' || c == '/';
  };
  std::vector<std::string> fields = Split(text, ' ');
  std::erase(fields, "");
  const bool fits = fields.size() == 5 &&
                    std::all_of(fields.begin(), fields.end(),
                                [&](const std::string& f) { return Consists(f, in_field); });
  if (fits) return std::nullopt;
  return No(text, "a schedule", std::string(kHint));
}

Answer CheckTimeZone(std::string_view text) {
  const auto in_name = [](char c) {
    return IsAlnum(c) || c == '_' || c == '/' || c == '-' || c == '+';
  };
  if (!text.empty() && IsUpper(text.front()) && Consists(text, in_name)) return std::nullopt;
  return No(text, "a time zone", "write one such as Europe/Berlin or UTC");
}

/// A YAML file of the repository, relative to the file that names it.
Answer CheckYamlPath(std::string_view text) {
  if (text.starts_with('/')) {
    return No(text, "a path in the repository",
              "write one that is relative to this file, such as ./harbour-1.vars.yaml");
  }
  if (text.ends_with(".yaml") || text.ends_with(".yml")) return std::nullopt;
  return No(text, "a YAML file", "its name must end in .yaml or .yml");
}

constexpr Format kFormats[] = {
    {"label-name", CheckLabelName},
    {"cron", CheckCron},
    {"time-zone", CheckTimeZone},
    {"yaml-path", CheckYamlPath},
};

}  // namespace

std::span<const Format> FleetFormats() { return kFormats; }

}  // namespace mooring::manifest
