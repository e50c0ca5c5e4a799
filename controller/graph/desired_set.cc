// SPDX-License-Identifier: Apache-2.0
#include "controller/graph/desired_set.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "controller/base/text.h"

namespace mooring {
namespace {

/// The members by number, in key order, and their edges within the set.
struct Graph {
  std::vector<const Resource*> nodes;
  std::vector<std::vector<size_t>> dependencies;
  std::vector<std::vector<size_t>> dependents;
};

Graph MakeGraph(const std::map<ResourceKey, ResourcePtr>& resources,
                const std::unordered_map<ResourceKey, std::vector<ResourceKey>>& edges) {
  Graph graph;
  std::unordered_map<ResourceKey, size_t> numbers;
  numbers.reserve(resources.size());
  for (const auto& [key, resource] : resources) {
    numbers.emplace(key, graph.nodes.size());
    graph.nodes.push_back(resource.get());
  }
  graph.dependencies.resize(graph.nodes.size());
  graph.dependents.resize(graph.nodes.size());
  for (size_t from = 0; from < graph.nodes.size(); ++from) {
    const auto found = edges.find(graph.nodes[from]->key);
    if (found == edges.end()) continue;
    for (const ResourceKey& key : found->second) {
      const auto to = numbers.find(key);
      if (to == numbers.end()) continue;
      graph.dependencies[from].push_back(to->second);
      graph.dependents[to->second].push_back(from);
    }
  }
  return graph;
}

/// Kahn's algorithm with a heap, so that the order is stable. Members of cycles, and what depends
/// on them, are left out.
std::vector<size_t> Sorted(const Graph& graph) {
  std::vector<size_t> missing(graph.nodes.size());
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    missing[node] = graph.dependencies[node].size();
    if (missing[node] == 0) ready.push(node);
  }
  std::vector<size_t> order;
  order.reserve(graph.nodes.size());
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const size_t dependent : graph.dependents[node]) {
      if (--missing[dependent] == 0) ready.push(dependent);
    }
  }
  return order;
}

/// Finds at least one cycle of each knot of cycles by a depth-first walk.
class CycleFinder {
 public:
  explicit CycleFinder(const Graph& graph)
      : graph_(graph), states_(graph.nodes.size(), State::kNew), told_(graph.nodes.size()) {}

  std::vector<std::vector<size_t>> Find() {
    for (size_t node = 0; node < states_.size(); ++node) {
      if (states_[node] == State::kNew) Walk(node);
    }
    return std::move(cycles_);
  }

 private:
  enum class State : char { kNew, kOnPath, kDone };
  struct Step {
    size_t node;
    size_t next = 0;  ///< index of the edge to follow next
  };

  void Walk(size_t start) {
    std::vector<Step> path = {{start}};
    states_[start] = State::kOnPath;
    while (!path.empty()) {
      Step& step = path.back();
      const std::vector<size_t>& edges = graph_.dependencies[step.node];
      if (step.next == edges.size()) {
        states_[step.node] = State::kDone;
        path.pop_back();
        continue;
      }
      const size_t to = edges[step.next++];
      if (states_[to] == State::kOnPath) Tell(path, to);
      if (states_[to] == State::kNew) {
        states_[to] = State::kOnPath;
        path.push_back({to});
      }
    }
  }

  /// The path ends with an edge back to `to`.
  void Tell(const std::vector<Step>& path, size_t to) {
    if (told_[to] && told_[path.back().node]) return;
    std::vector<size_t> cycle;
    for (auto step = path.rbegin();; ++step) {
      cycle.push_back(step->node);
      told_[step->node] = true;
      if (step->node == to) break;
    }
    std::reverse(cycle.begin(), cycle.end());
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    cycles_.push_back(std::move(cycle));
  }

  const Graph& graph_;
  std::vector<State> states_;
  std::vector<bool> told_;
  std::vector<std::vector<size_t>> cycles_;
};

void ReportCycles(const Graph& graph, Diagnostics* diagnostics) {
  for (const std::vector<size_t>& cycle : CycleFinder(graph).Find()) {
    const Resource& first = *graph.nodes[cycle.front()];
    std::string path;
    for (const size_t node : cycle) path += graph.nodes[node]->key.ToString() + " -> ";
    diagnostics->push_back({first.LocationOf("/dependsOn"),
                            "dependency cycle " + path + first.key.ToString(),
                            "remove one of these dependencies"});
  }
}

const std::vector<ResourceKey>& FindOrNone(
    const std::unordered_map<ResourceKey, std::vector<ResourceKey>>& map, const ResourceKey& key) {
  static const std::vector<ResourceKey> kNone;
  const auto found = map.find(key);
  return found == map.end() ? kNone : found->second;
}

}  // namespace

Result<std::shared_ptr<const DesiredSet>> DesiredSet::Build(
    std::string revision, std::vector<ResourcePtr> resources, Edges depends_on,
    Diagnostics* diagnostics, Origins origins, const DesiredSet* before) {
  std::shared_ptr<DesiredSet> set(new DesiredSet);
  set->origins_ = std::move(origins);
  set->revision_ = std::move(revision);
  for (auto& [key, targets] : depends_on) {
    std::ranges::sort(targets);
    targets.erase(std::ranges::unique(targets).begin(), targets.end());
  }
  const size_t findings = diagnostics->size();
  if (before == nullptr || !set->TakeFrom(*before, resources, depends_on))
    set->Add(resources, std::move(depends_on), diagnostics);
  if (diagnostics->size() != findings) {
    return Fail(ErrorCode::kInvalidArgument, "build the desired set of " + set->revision_ + ": " +
                                                 Count(diagnostics->size() - findings, "finding") +
                                                 ", first " + (*diagnostics)[findings].ToString());
  }
  set->given_ = std::move(resources);
  return set;
}

/// Takes over what follows from keys and edges, when these are the ones of `before`; false: they
/// are not, and nothing was taken.
bool DesiredSet::TakeFrom(const DesiredSet& before, const std::vector<ResourcePtr>& resources,
                          const Edges& depends_on) {
  const auto same_key = [](const ResourcePtr& a, const ResourcePtr& b) {
    return a == b || a->key == b->key;
  };
  if (!std::ranges::equal(resources, before.given_, same_key)) return false;
  size_t edges = 0;
  for (const auto& [key, targets] : depends_on) {
    if (targets.empty() || !before.resources_.contains(key)) continue;
    const auto known = before.shape_->dependencies.find(key);
    if (known == before.shape_->dependencies.end() || known->second != targets) return false;
    ++edges;
  }
  if (edges != before.shape_->dependencies.size()) return false;
  shape_ = before.shape_;
  resources_ = before.resources_;
  for (size_t i = 0; i < resources.size(); ++i) {
    if (resources[i] != before.given_[i]) resources_[resources[i]->key] = resources[i];
  }
  return true;
}

void DesiredSet::Add(const std::vector<ResourcePtr>& resources, Edges depends_on,
                     Diagnostics* diagnostics) {
  for (const ResourcePtr& resource : resources) {
    const auto [found, added] = resources_.try_emplace(resource->key, resource);
    if (added) continue;
    diagnostics->push_back(
        {resource->source,
         resource->key.ToString() + " is already in " + found->second->source.ToString(),
         "rename or remove one of them"});
  }
  auto shape = std::make_shared<Shape>();
  shape->dependencies.reserve(depends_on.size());
  for (auto& [key, targets] : depends_on) {
    if (targets.empty() || !resources_.contains(key)) continue;
    for (const ResourceKey& target : targets) shape->dependents[target].push_back(key);
    shape->dependencies.emplace(key, std::move(targets));
  }
  const Graph graph = MakeGraph(resources_, shape->dependencies);
  const std::vector<size_t> order = Sorted(graph);
  shape->order.reserve(order.size());
  for (const size_t node : order) shape->order.push_back(graph.nodes[node]->key);
  if (order.size() != graph.nodes.size()) ReportCycles(graph, diagnostics);
  shape_ = std::move(shape);
}

const SetSource* DesiredSet::FindSource(const ResourceKey& key) const {
  const auto& sources = origins_.sources;
  if (sources.size() == 1) return &sources.front();
  const auto found = origins_.of.find(key);
  return found == origins_.of.end() ? nullptr : &sources[found->second];
}

const std::string& DesiredSet::RevisionOf(const ResourceKey& key,
                                          const std::string& remembered) const {
  if (const SetSource* source = FindSource(key)) return source->revision;
  const auto found = std::ranges::find(origins_.sources, remembered, &SetSource::name);
  return found == origins_.sources.end() ? revision_ : found->revision;
}

const std::string& DesiredSet::AuthorOf(const ResourceKey& key,
                                        const std::string& remembered) const {
  static const std::string kNobody;
  if (const SetSource* source = FindSource(key)) return source->author;
  const auto found = std::ranges::find(origins_.sources, remembered, &SetSource::name);
  return found == origins_.sources.end() ? kNobody : found->author;
}

const std::string& DesiredSet::SourceOf(const ResourceKey& key) const {
  static const std::string kNone;
  const SetSource* source = FindSource(key);
  return source == nullptr ? kNone : source->name;
}

DesiredSet::Absent DesiredSet::WhatIfAbsent(const std::string& remembered) const {
  const auto& sources = origins_.sources;
  if (sources.empty()) return Absent::kPrune;
  if (remembered.empty()) {
    return std::ranges::all_of(sources, &SetSource::loaded) ? Absent::kPrune : Absent::kNotRead;
  }
  const auto found = std::ranges::find(sources, remembered, &SetSource::name);
  if (found == sources.end()) return Absent::kSourceRemoved;
  return found->loaded ? Absent::kPrune : Absent::kNotRead;
}

const Resource* DesiredSet::Find(const ResourceKey& key) const {
  const auto found = resources_.find(key);
  return found == resources_.end() ? nullptr : found->second.get();
}

const std::vector<ResourceKey>& DesiredSet::DependenciesOf(const ResourceKey& key) const {
  return FindOrNone(shape_->dependencies, key);
}

const std::vector<ResourceKey>& DesiredSet::DependentsOf(const ResourceKey& key) const {
  return FindOrNone(shape_->dependents, key);
}

DesiredSetDiff Diff(const DesiredSet* before, const DesiredSet& after) {
  DesiredSetDiff diff;
  static const std::map<ResourceKey, ResourcePtr> kNothing;
  const auto& old_ones = before == nullptr ? kNothing : before->resources();
  auto old = old_ones.begin();
  for (const auto& [key, resource] : after.resources()) {
    for (; old != old_ones.end() && old->first < key; ++old) diff.removed.push_back(old->first);
    if (old == old_ones.end() || key < old->first) {
      diff.added.push_back(key);
      continue;
    }
    const Resource& was = *old->second;
    const bool same = old->second == resource || (was.spec_digest == resource->spec_digest &&
                                                  was.derived == resource->derived);
    if (!same) diff.changed.push_back(key);
    ++old;
  }
  for (; old != old_ones.end(); ++old) diff.removed.push_back(old->first);
  return diff;
}

}  // namespace mooring
