// SPDX-License-Identifier: Apache-2.0
// Checks of single texts, named by `format` in crds/: durations, host names, image references, ...
// Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mooring::manifest {

/// What is wrong with a text: `"14 days" is not a duration` and `write 14d or 336h`. One that does
/// not begin with the quoted text goes behind the name of the field: `must be longer than zero`.
struct Complaint {
  std::string what;
  std::string hint;
};

struct Format {
  std::string_view name;
  std::optional<Complaint> (*check)(std::string_view text);
};

/// nullptr when there is no such format.
const Format* FindFormat(std::string_view name);

bool IsDnsLabel(std::string_view text);
/// What a service of an App may be called: letters, digits, _ and -, as Compose has it; no dots,
/// because they end it where it is part of a longer name ("web.shop.default.mooring.internal").
bool IsServiceName(std::string_view text);
/// What to write in place of a text that is no duration: "14d or 336h"; "" when it says nothing.
std::string SuggestDuration(std::string_view text);

}  // namespace mooring::manifest
