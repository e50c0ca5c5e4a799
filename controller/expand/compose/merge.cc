// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/merge.h"

#include <fmt/format.h>

#include <algorithm>

namespace mooring::compose {
namespace {

class Merger {
 public:
  explicit Merger(Problems& problems) : problems_(problems) {}

  void Merge(Node& base, Node over, const Path& path);

 private:
  using Merging = void (Merger::*)(Node& base, Node over, const Path& path);
  struct Special {
    std::string_view pattern;
    Merging merge;
  };
  static const Special kSpecials[];

  void MergeMaps(Node& base, Node over, const Path& path) {
    for (Member& m : over.members) {
      Node* there = base.Find(m.key);
      if (there == nullptr || m.key.starts_with("x-")) {
        Set(base, m.key, m.key_at, std::move(m.value));
        continue;
      }
      Path next = path;
      next.push_back(m.key);
      Merge(*there, std::move(m.value), next);
    }
  }

  /// {A: 1} -> [A=1], in the order of the names
  static std::vector<Node> AsList(Node node) {
    if (node.IsSequence()) return std::move(node.items);
    std::vector<Node> list;
    if (node.IsString()) list.push_back(std::move(node));
    for (const Member& m : node.members) {
      if (m.value.IsNull()) {
        list.push_back(Node::String(m.key_at, m.key));
      } else if (m.value.IsSequence()) {
        for (const Node& item : m.value.items)
          list.push_back(Node::String(item.at, m.key + "=" + ScalarText(item)));
      } else {
        list.push_back(Node::String(m.value.at, m.key + "=" + m.value.text));
      }
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const Node& a, const Node& b) { return a.text < b.text; });
    return list;
  }
  static Node Listed(Position at, std::vector<Node> items) {
    Node list = Node::Sequence(at);
    list.items = std::move(items);
    return list;
  }

  /// [a, b] -> {a: default, b: default}
  static Node AsMap(Node node, bool dependency) {
    if (!node.IsSequence()) return node;
    Node map = Node::Map(node.at);
    for (const Node& item : node.items) {
      Node value;
      value.at = item.at;
      if (dependency) {
        value = Node::Map(item.at);
        value.Add("condition", Node::String(item.at, "service_started"));
        value.Add("required", MakeBool(item.at, true));
      }
      Set(map, item.text, std::move(value));
    }
    return map;
  }

  void ToList(Node& base, Node over, const Path&) {
    const Position at = base.at;
    std::vector<Node> items = AsList(std::move(base));
    std::vector<Node> more = AsList(std::move(over));
    std::move(more.begin(), more.end(), std::back_inserter(items));
    base = Listed(at, std::move(items));
  }
  void Hosts(Node& base, Node over, const Path&) {
    const Position at = base.at;
    std::vector<Node> items = AsList(std::move(base));
    for (Node& host : AsList(std::move(over))) {
      const bool known =
          std::ranges::any_of(items, [&](const Node& item) { return SameValue(item, host); });
      if (!known) items.push_back(std::move(host));
    }
    base = Listed(at, std::move(items));
  }
  void Replace(Node& base, Node over, const Path&) { base = std::move(over); }
  void AsMaps(Node& base, Node over, const Path& path, bool dependency) {
    base = AsMap(std::move(base), dependency);
    over = AsMap(std::move(over), dependency);
    if (base.IsMap() && over.IsMap()) {
      MergeMaps(base, std::move(over), path);
    } else if (!over.IsNull()) {
      base = std::move(over);
    }
  }
  void DependsOn(Node& base, Node over, const Path& path) {
    AsMaps(base, std::move(over), path, true);
  }
  void Networks(Node& base, Node over, const Path& path) {
    AsMaps(base, std::move(over), path, false);
  }
  void Build(Node& base, Node over, const Path& path) {
    for (Node* build : {&base, &over}) {
      if (!build->IsString()) continue;
      Node map = Node::Map(build->at);
      map.Add("context", *build);
      *build = std::move(map);
    }
    if (base.IsMap() && over.IsMap()) MergeMaps(base, std::move(over), path);
  }
  /// Options of another driver are not mixed.
  void Logging(Node& base, Node over, const Path& path) {
    const Node* theirs = base.Find("driver");
    const Node* ours = over.Find("driver");
    if (over.IsMap() && base.IsMap() &&
        (theirs == nullptr || ours == nullptr || SameValue(*theirs, *ours))) {
      MergeMaps(base, std::move(over), path);
    } else {
      base = std::move(over);
    }
  }
  /// Pools of the same subnet are one.
  void Pools(Node& base, Node over, const Path& path) {
    const auto same_subnet = [](const Node& a, const Node& b) {
      const Node* left = a.Find("subnet");
      const Node* right = b.Find("subnet");
      if (left == nullptr || right == nullptr) return left == right;
      return SameValue(*left, *right);
    };
    std::vector<Node> pools;
    const auto find = [&](const Node& pool) {
      return std::ranges::find_if(pools, [&](const Node& p) { return same_subnet(p, pool); });
    };
    for (const Node& original : base.items) {
      for (const Node& pool : over.items) {
        if (!same_subnet(original, pool) && find(pool) == pools.end()) {
          pools.push_back(pool);
          continue;
        }
        Node merged = original;
        MergeMaps(merged, pool, path);
        const auto there = find(merged);
        if (there != pools.end()) {
          *there = std::move(merged);
        } else {
          pools.push_back(std::move(merged));
        }
      }
    }
    base.items = std::move(pools);
  }

  Problems& problems_;
};

const Merger::Special Merger::kSpecials[] = {
    {"networks.*.ipam.config", &Merger::Pools},
    {"networks.*.labels", &Merger::ToList},
    {"volumes.*.labels", &Merger::ToList},
    {"services.*.annotations", &Merger::ToList},
    {"services.*.build", &Merger::Build},
    {"services.*.build.args", &Merger::ToList},
    {"services.*.build.additional_contexts", &Merger::ToList},
    {"services.*.build.extra_hosts", &Merger::Hosts},
    {"services.*.build.labels", &Merger::ToList},
    {"services.*.command", &Merger::Replace},
    {"services.*.depends_on", &Merger::DependsOn},
    {"services.*.deploy.labels", &Merger::ToList},
    {"services.*.dns", &Merger::ToList},
    {"services.*.dns_opt", &Merger::ToList},
    {"services.*.dns_search", &Merger::ToList},
    {"services.*.entrypoint", &Merger::Replace},
    {"services.*.env_file", &Merger::ToList},
    {"services.*.label_file", &Merger::ToList},
    {"services.*.environment", &Merger::ToList},
    {"services.*.extra_hosts", &Merger::Hosts},
    {"services.*.healthcheck.test", &Merger::Replace},
    {"services.*.labels", &Merger::ToList},
    {"services.*.logging", &Merger::Logging},
    {"services.*.networks", &Merger::Networks},
    {"services.*.sysctls", &Merger::ToList},
    {"services.*.tmpfs", &Merger::ToList},
    {"services.*.ulimits.*", &Merger::Replace},
};

void Merger::Merge(Node& base, Node over, const Path& path) {
  for (const Special& special : kSpecials) {
    if (Matches(path, special.pattern)) {
      (this->*special.merge)(base, std::move(over), path);
      return;
    }
  }
  if (over.IsNull()) return;
  if (base.IsMap() && over.IsMap()) {
    MergeMaps(base, std::move(over), path);
  } else if (base.IsSequence() && over.IsSequence()) {
    std::move(over.items.begin(), over.items.end(), std::back_inserter(base.items));
  } else if (base.IsMap() || base.IsSequence()) {
    problems_.Add(over.at,
                  fmt::format("{} is {} here and {} in what this is laid over", PathText(path),
                              manifest::TypeName(over.type), manifest::TypeName(base.type)),
                  "write it in the same form in both places");
  } else {
    base = std::move(over);
  }
}

void TakeResetsBelow(Node& node, Path& path, Resets& resets) {
  const auto is_reset = [](const Node& n) { return n.tag == Node::Tag::kReset; };
  if (node.tag != Node::Tag::kNone) {
    resets.paths.push_back(path);
    node.tag = Node::Tag::kNone;
    return;
  }
  for (Member& m : node.members) {
    path.push_back(m.key);
    const bool reset = is_reset(m.value);
    TakeResetsBelow(m.value, path, resets);
    if (reset) m.value.tag = Node::Tag::kReset;
    path.pop_back();
  }
  std::erase_if(node.members, [&](const Member& m) { return is_reset(m.value); });
  // Entries of lists are taken out here, but never out of what this is laid
  // over.
  std::erase_if(node.items, is_reset);
  for (Node& item : node.items) {
    path.emplace_back("[]");
    TakeResetsBelow(item, path, resets);
    path.pop_back();
  }
}

void ApplyBelow(const Resets& resets, Node& node, Path& path) {
  if (!node.IsMap()) return;
  for (size_t i = 0; i < node.members.size();) {
    path.push_back(node.members[i].key);
    const bool named = std::ranges::any_of(resets.paths, [&](const Path& p) { return p == path; });
    if (named) {
      node.members.erase(node.members.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ApplyBelow(resets, node.members[i].value, path);
      ++i;
    }
    path.pop_back();
  }
}

}  // namespace

void MergeModel(Node& base, Node over, Problems& problems) {
  Merger(problems).Merge(base, std::move(over), {});
}

void MergeService(Node& base, Node over, Problems& problems) {
  Merger(problems).Merge(base, std::move(over), {"services", "x"});
}

Resets TakeResets(Node& root) {
  Resets resets;
  Path path;
  TakeResetsBelow(root, path, resets);
  return resets;
}

void ApplyResets(const Resets& resets, Node& model) {
  if (resets.paths.empty()) return;
  Path path;
  ApplyBelow(resets, model, path);
}

}  // namespace mooring::compose
