// SPDX-License-Identifier: Apache-2.0
// A YAML text as a tree in which every key and value knows its place. YAML 1.2 core types: `yes`,
// `no`, `on` and `off` are strings. Duplicate keys are findings, merge keys (`<<`) are merged,
// aliases are written out within a limit. Values; whoever parses owns them. Not thread-safe while
// changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controller/manifest/limits.h"
#include "controller/resource/diagnostic.h"

namespace mooring::manifest {

/// Line and column from 1; columns count characters, not bytes.
struct Position {
  int line = 0;
  int column = 0;
  /// 0: the file itself; 1: the overlay that was laid over it; others: the model of a Compose file
  /// names them.
  int file = 0;
};

struct Member;

struct Node {
  enum class Type : uint8_t { kNull, kBool, kInteger, kNumber, kString, kMap, kSequence };

  Type type = Type::kNull;
  bool substituted = false;  ///< the text had variables, or $$
  /// Compose's tags: what was there before goes, and takes nothing or this value in its place.
  enum class Tag : uint8_t { kNone, kReset, kOverride };
  Tag tag = Tag::kNone;
  Position at;
  std::string text;             ///< a scalar as it is written, without its quotes
  std::vector<Member> members;  ///< of a map, in the order of the file
  std::vector<Node> items;      ///< of a sequence

  bool IsMap() const { return type == Type::kMap; }
  bool IsSequence() const { return type == Type::kSequence; }
  bool IsString() const { return type == Type::kString; }
  bool IsNull() const { return type == Type::kNull; }
  bool IsScalar() const { return !IsMap() && !IsSequence() && !IsNull(); }

  /// The value under `key`; nullptr when this is no map or has no such key.
  const Node* Find(std::string_view key) const;
  Node* Find(std::string_view key);
  /// The text of the string under `key`, or "".
  std::string_view StringAt(std::string_view key) const;

  static Node String(Position place, std::string text);
  static Node Integer(Position place, long long value);
  static Node Map(Position place);
  static Node Sequence(Position place);
  /// Appends a member; `key` must not be there yet.
  void Add(std::string key, Node value);
};

struct Member {
  std::string key;
  Position key_at;
  Node value;
};

/// "a string", "a number", "a list", ...: what a message says was found.
std::string_view TypeName(Node::Type type);

struct Document {
  Node root;
  Diagnostics diagnostics;  ///< what is wrong inside; counts only if the document is ours
};

struct ParsedFile {
  std::vector<Document> documents;
  Diagnostics diagnostics;  ///< why the reading stopped; then documents are those before
};

/// Whose rules say what a scalar without quotes is.
enum class Dialect {
  kCore,     ///< YAML 1.2
  kCompose,  ///< as the official Compose tool reads: 0644 is octal, keys are strings, and its tags
};

/// `file` is only named in messages.
ParsedFile ParseYaml(const std::string& file, std::string_view text, const Limits& limits,
                     Dialect dialect = Dialect::kCore);

}  // namespace mooring::manifest
