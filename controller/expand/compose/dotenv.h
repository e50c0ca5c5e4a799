// SPDX-License-Identifier: Apache-2.0
// Files of variables: .env, env_file, label_file. Pure; thread-safe.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "controller/expand/compose/substitution.h"

namespace mooring::compose {

using Variables = std::map<std::string, std::string, std::less<>>;

struct DotenvError {
  int line = 0;  ///< from 1
  std::string what;
  std::string hint;
};

/// A file with quotes, comments, `export` and variables in its values; a name
/// without a value takes that of `lookup`, which also goes before what the file
/// itself says further up.
std::expected<Variables, DotenvError> ReadDotenv(std::string_view text, const Lookup& lookup);

/// The same as `docker run --env-file` reads it: each line is as it stands.
std::expected<Variables, DotenvError> ReadRawEnv(std::string_view text, const Lookup& lookup);

}  // namespace mooring::compose
