// SPDX-License-Identifier: Apache-2.0
// The vocabulary of Compose as data: which fields there are, what may be
// written for each, and how `docker compose config` prints it. Everything that
// checks or prints a model reads this table. Constants; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mooring::compose {

/// What may be written; a set.
enum Accepted : uint16_t {
  kString = 1,
  kInteger = 2,
  kFraction = 4,
  kBoolean = 8,
  kNull = 16,
  kMapping = 32,
  kList = 64,
};
inline constexpr uint16_t kWhole = kString | kInteger;
inline constexpr uint16_t kNumeric = kString | kInteger | kFraction;
inline constexpr uint16_t kFlag = kString | kBoolean;
inline constexpr uint16_t kScalars = kString | kInteger | kFraction | kBoolean | kNull;

/// How a value is read and printed.
enum class As : uint8_t {
  kText,
  kBool,
  kInteger,
  kFloat,        ///< of 32 bits
  kSize,         ///< a text with the bytes
  kDuration,     ///< "1m30s"
  kTexts,        ///< a list of texts; one text stands for a list of one
  kCommand,      ///< words; none is null, and not an empty list
  kHealthTest,   ///< one text is for the shell
  kEnvironment,  ///< name to text, or to null: not known here
  kTextMap,      ///< name to text; a list of NAME=value is one, too
  kHosts,        ///< "name=address"
  kUlimit,       ///< a number, or {soft, hard}
  kDeviceCount,  ///< a number; "all" is -1
  kSsh,          ///< the ids of keys
  kStruct,       ///< known fields
  kListOf,       ///< of `each`
  kMapOf,        ///< of `each`, by names
  kNothing,      ///< read, and never printed
};

struct Field;

struct Shape {
  As as = As::kText;
  uint16_t accepts = kString;
  /// Of elements of a list that is written, if not those of `each`.
  uint16_t elements = kString;
  bool unique = false;   ///< no two equal elements
  bool always = false;   ///< printed even if it is zero: it was given at all
  bool in_json = false;  ///< JSON has it always
  std::span<const Field> fields = {};
  const Shape* each = nullptr;
  std::span<const std::string_view> required = {};
  std::span<const std::string_view> values = {};  ///< the only ones; empty: any
  std::string_view keys = "[a-zA-Z0-9._-]+";      ///< what keys of kMapOf may be; "": anything
  bool open = false;                              ///< other keys and values pass unread
  int64_t minimum = INT64_MIN;
  int64_t maximum = INT64_MAX;
};

/// Fields stand in the order in which YAML is printed.
struct Field {
  std::string_view name;
  const Shape* shape = nullptr;
  std::string_view json_name = {};  ///< if JSON has another
};

/// The whole file.
const Shape& ModelShape();
const Shape& ServiceShape();

const Field* FindField(const Shape& shape, std::string_view name);

}  // namespace mooring::compose
