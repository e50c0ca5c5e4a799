// SPDX-License-Identifier: Apache-2.0
// A model as `docker compose config` prints it. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "controller/expand/compose/problems.h"
#include "controller/expand/compose/vocabulary.h"

namespace mooring::compose {

using OrderedJson = nlohmann::ordered_json;

/// The two forms differ: JSON has fields that YAML leaves out, and YAML keeps
/// fields of one's own.
enum class Form { kJson, kYaml };

/// The value with its type, sizes and durations in one form; nullopt: it is
/// empty, and not printed. What has no such type is a problem.
std::optional<OrderedJson> Render(const Node& node, const Shape& shape, Form form,
                                  Problems& problems);

/// A tree as it is, with keys in the order of YAML.
OrderedJson RenderAsItIs(const Node& node);

/// Whether `a` stands before `b` in YAML: digits in names count as numbers.
bool KeyLess(const std::string& a, const std::string& b);

/// The text that the official tool makes of such a value.
std::string YamlText(const OrderedJson& value);

}  // namespace mooring::compose
