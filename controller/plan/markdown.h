// SPDX-License-Identifier: Apache-2.0
// Foreign text inside Markdown that others render: it stays text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace mooring {

/// As a code span, whatever it holds; fit for a table cell. Control characters become escapes.
std::string CodeSpan(std::string_view text);
/// A value: bare when it can mean nothing else, else a code span.
std::string MarkdownValue(std::string_view text);
/// A sentence: each word that could mean something to Markdown or a forge becomes a code span; what
/// stands between two backticks already is one.
std::string MarkdownProse(std::string_view text);

}  // namespace mooring
