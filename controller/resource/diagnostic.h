// SPDX-License-Identifier: Apache-2.0
// What is wrong with the input, and where: `file:line:col: what; hint`. Values.
#pragma once

#include <string>
#include <vector>

namespace mooring {

/// A place in a file of the source; line and column count from 1, 0 = the whole file.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
  auto operator<=>(const SourceLocation&) const = default;
  /// "apps/hello.yaml:9:7"
  std::string ToString() const;
};

struct Diagnostic {
  SourceLocation where;
  std::string what;  ///< lower case, what was found and what was expected
  std::string hint;  ///< what to do; may be empty
  auto operator<=>(const Diagnostic&) const = default;
  /// `apps/hello.yaml:9:7: unknown field "imagee" in App.spec.services.web; did you mean "image"?`
  std::string ToString() const;
};

using Diagnostics = std::vector<Diagnostic>;

}  // namespace mooring
