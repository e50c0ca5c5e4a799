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
    {"yaml-path", CheckYamlPath},
};

}  // namespace

std::span<const Format> FleetFormats() { return kFormats; }

}  // namespace mooring::manifest
