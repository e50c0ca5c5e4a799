// SPDX-License-Identifier: Apache-2.0
// All desired resources of one revision with the edges between them. Immutable once built and
// shared between threads as shared_ptr<const DesiredSet>; the next revision is another set.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/base/error.h"
#include "controller/resource/prune.h"
#include "controller/resource/resource.h"

namespace mooring {

/// A source that a set was put together from.
struct SetSource {
  std::string name;
  std::string revision;  ///< "main@sha1:<commit>"
  bool loaded = false;   ///< false: it was not read yet, so what it has is not known
  std::string author;    ///< of the revision's commit; may be empty
  PrunePolicy prune;     ///< as this revision says
  /// The revision that was in force before, if this one does not go on from it; else empty.
  std::string departs_from;
};

/// All configured sources, and, if there are several, which of them has a resource.
struct Origins {
  std::vector<SetSource> sources;
  std::unordered_map<ResourceKey, size_t> of;
};

class DesiredSet {
 public:
  using Edges = std::map<ResourceKey, std::vector<ResourceKey>>;

  /// `depends_on` has, per key, the keys that must be ready before it; an edge to a key that is not
  /// in `resources` is kept and makes the resource wait. Fails with InvalidArgument when two
  /// resources have one key or when there is a cycle; each such finding is added to `diagnostics`
  /// (never null), a cycle at the place of one of its members. `before`: a set that this one may be
  /// much like; it makes no difference but to the time that it takes.
  static Result<std::shared_ptr<const DesiredSet>> Build(std::string revision,
                                                         std::vector<ResourcePtr> resources,
                                                         Edges depends_on, Diagnostics* diagnostics,
                                                         Origins origins = {},
                                                         const DesiredSet* before = nullptr);

  /// "main@sha1:<commit>"; of several sources, that of the one that changed last.
  const std::string& revision() const { return revision_; }
  /// Of the source that has the resource or, if none has it, of the one called `remembered`.
  const std::string& RevisionOf(const ResourceKey& key, const std::string& remembered) const;
  /// Of that revision.
  const std::string& AuthorOf(const ResourceKey& key, const std::string& remembered) const;
  /// The name of the source that has the resource; "" when there are none (a preview).
  const std::string& SourceOf(const ResourceKey& key) const;
  /// What to do with a resource that is not in the set and is remembered to be of this source, or
  /// of nobody knows which ("").
  enum class Absent { kPrune, kNotRead, kSourceRemoved };
  Absent WhatIfAbsent(const std::string& remembered) const;
  const std::vector<SetSource>& sources() const { return origins_.sources; }
  /// Sorted by key.
  const std::map<ResourceKey, ResourcePtr>& resources() const { return resources_; }
  /// Null when the key is not desired.
  const Resource* Find(const ResourceKey& key) const;
  /// What `key` waits for, sorted; may name keys that are not in the set.
  const std::vector<ResourceKey>& DependenciesOf(const ResourceKey& key) const;
  /// Who waits for `key`, sorted; `key` itself need not be in the set.
  const std::vector<ResourceKey>& DependentsOf(const ResourceKey& key) const;
  /// Every key once, dependencies first; of those that could come next, the least key comes first.
  const std::vector<ResourceKey>& Order() const { return shape_->order; }

 private:
  /// What only keys and edges decide, shared by sets in which none of them differs.
  struct Shape {
    std::unordered_map<ResourceKey, std::vector<ResourceKey>> dependencies;
    std::unordered_map<ResourceKey, std::vector<ResourceKey>> dependents;
    std::vector<ResourceKey> order;
  };
  DesiredSet() = default;
  bool TakeFrom(const DesiredSet& before, const std::vector<ResourcePtr>& resources,
                const Edges& depends_on);
  void Add(const std::vector<ResourcePtr>& resources, Edges depends_on, Diagnostics* diagnostics);
  const SetSource* FindSource(const ResourceKey& key) const;
  std::string revision_;
  std::map<ResourceKey, ResourcePtr> resources_;
  std::vector<ResourcePtr> given_;  ///< the resources in the order in which they came
  std::shared_ptr<const Shape> shape_;
  Origins origins_;
};

/// What one revision changes against another, each list sorted by key.
struct DesiredSetDiff {
  std::vector<ResourceKey> added;
  std::vector<ResourceKey> changed;  ///< another spec digest, or suspended or no longer
  std::vector<ResourceKey> removed;
  bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// `before` null: everything is added.
DesiredSetDiff Diff(const DesiredSet* before, const DesiredSet& after);

}  // namespace mooring
