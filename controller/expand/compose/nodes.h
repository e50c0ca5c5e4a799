// SPDX-License-Identifier: Apache-2.0
// What the parts of the loader do with trees. Pure; works on the caller's
// trees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/expand/compose/problems.h"

namespace mooring::compose {

/// The keys from the root of a model; "[]" for an element of a list.
using Path = std::vector<std::string>;

/// "services.*.ports": * stands for any one key.
bool Matches(const Path& path, std::string_view pattern);
/// "services.web.ports"
std::string PathText(const Path& path);

/// Puts `value` under `key`, in place of what is there.
void Set(Node& map, std::string_view key, Node value);
/// The same with the key's own place.
void Set(Node& map, std::string_view key, Position key_at, Node value);
bool Erase(Node& map, std::string_view key);
const Member* FindMember(const Node& map, std::string_view key);

Node MakeBool(Position at, bool value);
/// Equal types and values, wherever they stand and in whatever order keys are.
bool SameValue(const Node& a, const Node& b);
/// A scalar as a text in the middle of another: null is "<nil>".
std::string ScalarText(const Node& node);

}  // namespace mooring::compose
