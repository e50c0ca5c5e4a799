// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/tree_view.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/cli/selection.h"
#include "controller/plan/fields.h"

namespace mooring::cli {
namespace {

constexpr size_t kTextColumn = 39;  ///< at least

Json StatusOf(const Json& document) { return document.value("status", Json::object()); }

/// "Ready", or why not.
std::pair<std::string, Style> ReadyText(const Json& document) {
  for (const Json& condition : StatusOf(document).value("conditions", Json::array())) {
    if (condition.value("type", "") != "Ready") continue;
    if (condition.value("status", "") == "True") return {"Ready", Style::kGood};
    return {condition.value("reason", "") + ": " + condition.value("message", ""), Style::kWarning};
  }
  return {"not looked at yet", Style::kWarning};
}

Style StyleOf(const std::string& health) {
  if (health == "healthy" || health == "running") return Style::kGood;
  return health == "starting" ? Style::kWarning : Style::kBad;
}

/// "healthy, up 28m, shop:1.8.2", or with the published ports in place of the image.
TreeNode ContainerNode(const docker::ContainerView& container, const LiveHost& live, Time now) {
  const std::string health = HealthWord(container);
  std::string text = health;
  if (container.state == "running") {
    const auto started = live.started.find(container.id);
    if (started != live.started.end()) text += ", up " + FormatAge(now - started->second);
  } else {
    text = container.status.empty() ? container.state : container.status;
  }
  for (const std::string& port : container.ports) text += ", " + port.substr(0, port.find("->"));
  if (container.ports.empty()) text += ", " + container.image;
  return {"container/" + container.name, text, StyleOf(health), {}};
}

TreeNode VolumeNode(const docker::VolumeView& volume) {
  return {"volume/" + volume.name,
          volume.size ? FormatByteCount(*volume.size) : "size not known",
          Style::kPlain,
          {}};
}

const Json* Find(const std::vector<Json>& all, const std::string& key) {
  for (const Json& document : all) {
    if (KeyOf(document).ToString() == key) return &document;
  }
  return nullptr;
}

/// A Site without what it uses: its state and its first host.
TreeNode SiteLine(const Json& site) {
  TreeNode node = PlainNode(site);
  const Json hosts = StatusOf(site).value("hosts", Json::array());
  if (!hosts.empty()) node.text += ", " + hosts.front().get<std::string>();
  return node;
}

void AddThings(const ResourceKey& app, const LiveHost& live, Time now, TreeNode& node) {
  for (const auto& container : live.ContainersOf(app))
    node.children.push_back(ContainerNode(container, live, now));
  for (const auto& volume : live.VolumesOf(app)) node.children.push_back(VolumeNode(volume));
}

struct Line {
  std::string name;  ///< with the branches in front
  const TreeNode* node;
};

void AddLines(const TreeNode& node, const std::string& stem, const std::string& branch,
              std::vector<Line>& lines) {
  lines.push_back({stem + branch + OneLine(node.name), &node});
  std::string below = stem;
  if (!branch.empty()) below += branch == "└─ " ? "   " : "│  ";
  for (const TreeNode& child : node.children)
    AddLines(child, below, &child == &node.children.back() ? "└─ " : "├─ ", lines);
}

}  // namespace

TreeNode PlainNode(const Json& resource) {
  const auto [text, style] = ReadyText(resource);
  return {KeyOf(resource).ToString(), text, style, {}};
}

TreeNode AppNode(const Json& app, const std::vector<Json>& all, const LiveHost& live, Time now) {
  TreeNode node = PlainNode(app);
  AddThings(KeyOf(app), live, now, node);
  for (const Json& user : StatusOf(app).value("inUseBy", Json::array())) {
    const Json* document = Find(all, user.get<std::string>());
    node.children.push_back(document == nullptr ? TreeNode{user.get<std::string>(), "", {}, {}}
                                                : SiteLine(*document));
  }
  return node;
}

TreeNode SiteNode(const Json& site, const std::vector<Json>& all, const LiveHost& live, Time now) {
  TreeNode node = SiteLine(site);
  const std::string key = node.name;
  for (const Json& document : all) {
    const Json users = StatusOf(document).value("inUseBy", Json::array());
    if (std::find(users.begin(), users.end(), key) == users.end()) continue;
    TreeNode used = PlainNode(document);
    AddThings(KeyOf(document), live, now, used);
    node.children.push_back(std::move(used));
  }
  return node;
}

std::string DrawTrees(const std::vector<TreeNode>& roots, const TableOptions& options) {
  std::vector<std::vector<Line>> trees;
  size_t column = kTextColumn;
  for (const TreeNode& root : roots) {
    AddLines(root, "", "", trees.emplace_back());
    for (const Line& line : trees.back()) column = std::max(column, DisplayWidth(line.name) + 2);
  }
  std::string out;
  for (const std::vector<Line>& tree : trees) {
    if (!out.empty()) out += "\n";
    for (const Line& line : tree) {
      std::string text = OneLine(line.node->text);
      if (options.width > column) text = Fit(text, options.width - column);
      out += line.name;
      if (!text.empty()) out += std::string(column - DisplayWidth(line.name), ' ');
      out += Paint(text, line.node->style, options.color) + "\n";
    }
  }
  return out;
}

}  // namespace mooring::cli
