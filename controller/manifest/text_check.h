// SPDX-License-Identifier: Apache-2.0
// What yaml-cpp does not look at: bytes that are no text, quotes that never end, columns in
// characters, and the type of a plain scalar by the YAML 1.2 core schema. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

struct BadByte {
  int line = 0;
  int column = 0;
  std::string what;
  std::string hint;
};

/// The first byte that is not part of a valid UTF-8 character, or is a control character.
std::optional<BadByte> FindBadByte(std::string_view text);

/// True unless `text[start]` is a quote that is not closed again.
bool QuoteEnds(std::string_view text, size_t start);

/// The type of an unquoted scalar.
Node::Type PlainType(std::string_view text);

/// Turns columns in bytes into columns in characters.
class ColumnCounter {
 public:
  explicit ColumnCounter(std::string_view text);
  /// `offset` is the place in the text, `column` its distance in bytes from the start of the line.
  int Characters(size_t offset, int column) const;

 private:
  std::string_view text_;
  bool ascii_;
};

}  // namespace mooring::manifest
