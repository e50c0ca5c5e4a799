// SPDX-License-Identifier: Apache-2.0
// Follows the references between resources. Pure; used once, for one set of resources.
// A reference to a resource that has findings of its own is no finding; nor is one to a resource
// that may stand in a file that could not be read.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/expand/namespaces.h"
#include "controller/expand/not_placed.h"
#include "controller/manifest/key_index.h"
#include "controller/manifest/loader.h"

namespace mooring::expand {

class References {
 public:
  /// All must outlive this. `not_placed` is sorted by key.
  References(const manifest::LoadResult& loaded, const std::vector<NotPlaced>& not_placed,
             const Namespaces& namespaces, Diagnostics& diagnostics);

  /// Follows what `resource`, one of those loaded, refers to.
  void Follow(const Resource& resource);

  /// The services of `app` that Sites point at, so far; nullptr when there are none.
  const std::set<std::string>* RoutedServices(const Resource& app) const;
  /// The keys of stopped Apps that `site` points at; nullptr when there are none.
  const std::set<std::string>* StoppedBackends(const Resource& site) const;
  /// Differs when what `user` gets from Secrets may differ; "": it uses none.
  std::string SecretsDigest(const Resource& user) const;
  /// What has been followed: sorted, each once.
  std::map<ResourceKey, std::vector<ResourceKey>> TakeDependencies();

 private:
  /// A place in a list of the spec; written out only for a finding.
  struct Place {
    std::string_view list;
    size_t index = 0;
    std::string_view field;
    std::string Pointer() const;
  };
  void FollowDependsOn(const Resource& resource);
  void FollowBackends(const Resource& site);
  void FollowSecrets(const Resource& resource);
  /// What a resource gets from Secrets, as Git has it.
  struct Secrets {
    std::vector<ResourceKey> keys;
    std::string seen;  ///< differs when a value may differ; empty: there are none
  };
  const Secrets& SecretsOf(const Resource& holder);
  bool MayUse(const Resource& secret, const Resource& holder, const SecretUse& use);
  bool HasService(const Resource& app, const std::string& service, const Resource& site,
                  const Place& place);
  const Resource* Find(const ResourceKey& key, const Resource& from, const std::string& pointer);
  std::string Advice(const ResourceKey& key);

  const manifest::LoadResult& loaded_;
  const std::vector<NotPlaced>& not_placed_;
  const Namespaces& namespaces_;
  Diagnostics& diagnostics_;
  manifest::KeyIndex index_;
  std::map<ResourceKey, std::vector<ResourceKey>> depends_on_;
  std::unordered_map<const Resource*, std::set<std::string>> routed_services_;
  std::unordered_map<const Resource*, std::set<std::string>> stopped_backends_;  ///< by Site
  std::unordered_map<const Resource*, Secrets> secrets_;  ///< by what holds the references
  int advice_ = 0;
};

}  // namespace mooring::expand
