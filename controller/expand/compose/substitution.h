// SPDX-License-Identifier: Apache-2.0
// Variables in a text, in all forms of Compose: $A ${A} ${A:-d} ${A-d} ${A:?e}
// ${A?e} ${A:+x}
// ${A+x}, one in another, and $$ for a dollar sign. Pure; thread-safe.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::compose {

/// The value of a variable; nullopt: it is not set.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

struct SubstitutionError {
  std::string what;
  std::string hint;
};

/// The text with its variables replaced; one that is not set is empty.
std::expected<std::string, SubstitutionError> Substitute(std::string_view text,
                                                         const Lookup& lookup);

/// The name in a text that is one variable and nothing else: ${A}, ${A:?e},
/// ${A:-d}, $A.
std::optional<std::string> LoneVariable(std::string_view text);

/// Whether a variable of that name occurs in the text.
bool Mentions(std::string_view text, std::string_view name);

}  // namespace mooring::compose
