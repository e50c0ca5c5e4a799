// SPDX-License-Identifier: Apache-2.0
// The request target (RFC 9112, 3.2.1) taken apart. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/error.h"

namespace mooring::web {

struct Target {
  std::vector<std::string> segments;  ///< decoded, so that one may contain a slash
  std::map<std::string, std::string> query;

  std::string Path() const;
  /// InvalidArgument for what no client of ours sends: no leading slash, bad percent-encoding,
  /// control characters, "." and ".." segments.
  static Result<Target> Parse(std::string_view text);
};

/// nullopt when a '%' is not followed by two hex digits or stands for a control character.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace mooring::web
