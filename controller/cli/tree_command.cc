// SPDX-License-Identifier: Apache-2.0
// `mooring tree`: what the daemon knows, with what the engine holds right now.
#include <algorithm>
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/tree_view.h"

namespace mooring::cli {
namespace {

bool IsUsed(const Json& document, const std::vector<Json>& all) {
  const std::string key = KeyOf(document).ToString();
  return std::any_of(all.begin(), all.end(), [&](const Json& other) {
    const Json users = other.value("status", Json::object()).value("inUseBy", Json::array());
    return std::find(users.begin(), users.end(), key) != users.end();
  });
}

/// The documents at whose top a tree stands: those that are selected; for all, no Host or
/// Namespace, and a Site only where no App has it below itself.
std::vector<Json> Roots(const Selection& selection, const std::vector<Json>& all) {
  std::vector<Json> roots;
  for (const Json& document : all) {
    const ResourceKey key = KeyOf(document);
    if (!selection.Matches(key)) continue;
    const bool named = !selection.kind.empty() || !selection.name.empty();
    const bool below = key.kind == "Host" || key.kind == "Namespace" ||
                       (key.kind == "Site" && IsUsed(document, all));
    if (named || !below) roots.push_back(document);
  }
  // "shop" is the App and its Site, and the App's tree has both.
  const auto is_app = [](const Json& document) { return KeyOf(document).kind == "App"; };
  if (selection.kind.empty() && !selection.name.empty() &&
      std::any_of(roots.begin(), roots.end(), is_app))
    std::erase_if(roots, [&](const Json& document) { return !is_app(document); });
  return roots;
}

}  // namespace

int Tree(Session& session, const Target& target) {
  const auto selection = ParseSelection(target.words, target.scope);
  if (!selection) return Report(selection.error());
  const std::stop_token stop = session.stop();
  ApiClient api = session.Api();
  const auto all = FetchSelected(api, {});
  if (!all) return Report(all.error());
  const std::vector<Json> roots = Roots(*selection, *all);
  if (roots.empty() && !selection->name.empty()) {
    const auto found = FetchSelected(api, *selection);
    return Report(found ? Error(ErrorCode::kAborted, "it has just come; try again")
                        : found.error());
  }
  Progress progress(session.terminal());
  progress.Say("asking the engine");
  docker::EngineView view(session.config().docker_socket);
  auto live = LiveHost::Read(view, true, stop);
  if (!live) return Report(live.error());
  for (const Json& document : *all) {
    if (KeyOf(document).kind == "App") live->ReadStarts(view, KeyOf(document), stop);
  }
  progress.Clear();
  const Time now = session.clock().Now();
  std::vector<TreeNode> trees;
  for (const Json& root : roots) {
    const std::string kind = KeyOf(root).kind;
    trees.push_back(kind == "App"    ? AppNode(root, *all, *live, now)
                    : kind == "Site" ? SiteNode(root, *all, *live, now)
                                     : PlainNode(root));
  }
  std::cout << DrawTrees(trees, session.ForTables());
  return exit_code::kDone;
}

}  // namespace mooring::cli
