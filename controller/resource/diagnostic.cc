// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/diagnostic.h"

#include <fmt/format.h>

namespace mooring {

std::string SourceLocation::ToString() const {
  if (line == 0) return file;
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string Diagnostic::ToString() const {
  return hint.empty() ? fmt::format("{}: {}", where.ToString(), what)
                      : fmt::format("{}: {}; {}", where.ToString(), what, hint);
}

}  // namespace mooring
