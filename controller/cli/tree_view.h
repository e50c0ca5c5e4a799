// SPDX-License-Identifier: Apache-2.0
// How resources hang together, as `mooring tree` draws it. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/live_host.h"
#include "controller/cli/table.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

struct TreeNode {
  std::string name;  ///< "container/default_shop_web_1"
  std::string text;
  Style style = Style::kPlain;
  std::vector<TreeNode> children;
};

/// An App: its containers, its volumes, and who uses it. `all`: every resource document.
TreeNode AppNode(const Json& app, const std::vector<Json>& all, const LiveHost& live, Time now);
/// A Site: the Apps that it uses, each with what it has.
TreeNode SiteNode(const Json& site, const std::vector<Json>& all, const LiveHost& live, Time now);
/// Anything else: only itself.
TreeNode PlainNode(const Json& resource);

/// Trees with a blank line between, all texts in one column.
std::string DrawTrees(const std::vector<TreeNode>& roots, const TableOptions& options);

}  // namespace mooring::cli
