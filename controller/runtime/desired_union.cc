// SPDX-License-Identifier: Apache-2.0
#include "controller/runtime/desired_union.h"

#include <algorithm>

namespace mooring {

DesiredUnion::DesiredUnion(std::vector<std::string> sources, OwnerOf owner_of, Callbacks callbacks,
                           std::string host)
    : host_(std::move(host)),
      owner_of_(std::move(owner_of)),
      callbacks_(std::move(callbacks)),
      expander_(host_) {
  for (std::string& source : sources) slots_.try_emplace(std::move(source));
}

Diagnostics DesiredUnion::Offer(const std::string& source, const std::string& revision,
                                manifest::LoadResult loaded, const std::string& author,
                                const std::string& departs_from) {
  const std::scoped_lock lock(mutex_);
  slots_[source].held =
      std::make_shared<const Part>(revision, std::move(loaded), author, departs_from);
  return OfferLocked(source, &Slot::held);
}

Diagnostics DesiredUnion::OfferLastGood(const std::string& source, const std::string& revision,
                                        manifest::LoadResult loaded,
                                        const std::string& departs_from) {
  const std::scoped_lock lock(mutex_);
  if (slots_[source].in_force) return {};
  slots_[source].last_good =
      std::make_shared<const Part>(revision, std::move(loaded), "", departs_from);
  return OfferLocked(source, &Slot::last_good);
}

Diagnostics DesiredUnion::OfferLocked(const std::string& source, PartPtr Slot::* where) {
  Built built;
  bool changed = Accept({{source, slots_[source].*where}}, &built);
  // What was held back may fit now.
  while (changed && TryHeld()) {
  }
  // Or each is what the other one was missing.
  const PartPtr offered = slots_[source].*where;
  if (!changed && offered && slots_.size() > 1) {
    Choice all_held;
    for (const auto& [name, slot] : slots_) {
      if (slot.held) all_held.emplace(name, slot.held);
    }
    all_held[source] = offered;
    Built together;
    changed = all_held.size() > 1 && Accept(all_held, &together);
    for (const auto& [name, part] : all_held) {
      if (changed && name != source) callbacks_.on_accepted(name, part->revision);
    }
  }
  if (changed) callbacks_.on_desired(newest_);
  return slots_[source].*where ? built.diagnostics : Diagnostics();
}

std::shared_ptr<const DesiredSet> DesiredUnion::Preview(const std::string& source,
                                                        const std::string& revision,
                                                        manifest::LoadResult loaded,
                                                        const std::string& departs_from,
                                                        Diagnostics* diagnostics) const {
  const std::scoped_lock lock(mutex_);
  const Choice changed = {
      {source, std::make_shared<const Part>(revision, std::move(loaded), "", departs_from)}};
  Choice choice = InForce();
  choice[source] = changed.begin()->second;
  expand::Expander expander = expander_;
  Built built = Build(choice, changed, expander);
  *diagnostics = std::move(built.diagnostics);
  return built.set;
}

/// Puts `changed` into force if all of it fits.
bool DesiredUnion::Accept(const Choice& changed, Built* built) {
  Choice choice = InForce();
  for (const auto& [name, part] : changed) choice[name] = part;
  *built = Build(choice, changed, expander_);
  if (!built->set) return false;
  newest_ = built->set;
  for (const auto& [name, part] : changed) {
    Slot& slot = slots_[name];
    slot.in_force = part;
    slot.last_good = nullptr;
    if (slot.held == part) slot.held = nullptr;
  }
  return true;
}

/// True when one that was held back is in force now.
bool DesiredUnion::TryHeld() {
  for (const auto& [name, slot] : slots_) {
    for (const PartPtr& part : {slot.held, slot.in_force ? nullptr : slot.last_good}) {
      Built built;
      if (!part || !Accept({{name, part}}, &built)) continue;
      callbacks_.on_accepted(name, part->revision);
      return true;
    }
  }
  return false;
}

DesiredUnion::Choice DesiredUnion::InForce() const {
  Choice choice;
  for (const auto& [name, slot] : slots_) {
    if (slot.in_force) choice.emplace(name, slot.in_force);
  }
  return choice;
}

DesiredUnion::Built DesiredUnion::Build(const Choice& choice, const Choice& changed,
                                        expand::Expander& expander) const {
  Built built;
  if (slots_.size() > 1) FindForeign(choice, changed, built.diagnostics);
  manifest::LoadResult all;
  Origins origins;
  for (const auto& [name, slot] : slots_) {
    const auto found = choice.find(name);
    const bool loaded = found != choice.end();
    origins.sources.push_back({.name = name, .revision = "", .loaded = loaded});
    if (!loaded) continue;
    const manifest::LoadResult& part = found->second->loaded;
    origins.sources.back().revision = found->second->revision;
    origins.sources.back().author = found->second->author;
    origins.sources.back().prune = part.policy.prune;
    origins.sources.back().departs_from = found->second->departs_from;
    all.resources.insert(all.resources.end(), part.resources.begin(), part.resources.end());
    all.unresolved.insert(all.unresolved.end(), part.unresolved.begin(), part.unresolved.end());
    all.diagnostics.insert(all.diagnostics.end(), part.diagnostics.begin(), part.diagnostics.end());
    all.invalid.insert(part.invalid.begin(), part.invalid.end());
    all.complete = all.complete && part.complete;
    all.files += part.files;
    if (slots_.size() == 1) continue;
    for (const ResourcePtr& resource : part.resources)
      origins.of.emplace(resource->key, origins.sources.size() - 1);
  }
  if (!built.diagnostics.empty()) {
    // Two of one key would only give findings that follow from these.
    built.diagnostics.insert(built.diagnostics.end(), all.diagnostics.begin(),
                             all.diagnostics.end());
    std::ranges::sort(built.diagnostics);
    return built;
  }
  expand::Expanded expanded = expander.Expand(std::move(all));
  built.diagnostics = std::move(expanded.diagnostics);
  // The Host may stand in what was not read yet: nobody knows then what is placed elsewhere.
  const bool all_loaded = std::ranges::all_of(origins.sources, &SetSource::loaded);
  if (!expanded.described && !all_loaded && !expanded.not_placed.empty()) {
    for (SetSource& source : origins.sources) source.loaded = false;
  }
  if (built.diagnostics.empty()) {
    const std::string& revision = changed.begin()->second->revision;
    auto set =
        DesiredSet::Build(revision, std::move(expanded.resources), std::move(expanded.depends_on),
                          &built.diagnostics, std::move(origins), newest_.get());
    if (set && built.diagnostics.empty()) built.set = std::move(*set);
  }
  std::ranges::sort(built.diagnostics);
  return built;
}

/// Resources of `changed` that another source has, or is remembered to have had and was not read.
void DesiredUnion::FindForeign(const Choice& choice, const Choice& changed,
                               Diagnostics& out) const {
  std::map<ResourceKey, std::pair<const std::string*, const Resource*>> first;
  for (const bool offered : {false, true}) {
    for (const auto& [name, part] : choice) {
      if (changed.contains(name) != offered) continue;
      for (const ResourcePtr& resource : part->loaded.resources) {
        const auto [found, added] = first.try_emplace(resource->key, &name, resource.get());
        if (!added && *found->second.first != name) {
          out.push_back({resource->source,
                         fmt::format("{} of source {} is already in {} of source {}",
                                     resource->key.ToString(), name,
                                     found->second.second->source.ToString(), *found->second.first),
                         "take it out of one of them; the source that had it first keeps it"});
        }
        if (!offered || !added) continue;
        const std::string owner = owner_of_(resource->key);
        if (owner.empty() || owner == name || !slots_.contains(owner) || choice.contains(owner))
          continue;
        out.push_back({resource->source,
                       fmt::format("{} of source {} belongs to source {}, which could not be read "
                                   "yet",
                                   resource->key.ToString(), name, owner),
                       "it is taken over once that source is read and does not have it"});
      }
    }
  }
}

}  // namespace mooring
