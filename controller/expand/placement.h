// SPDX-License-Identifier: Apache-2.0
// Which resources are on this host: their own selector says so, else that of their Namespace; a
// Site without one is where its backends are. Points at resources that its owner keeps. Pure; used
// once, for one set of resources.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "controller/expand/namespaces.h"
#include "controller/manifest/key_index.h"
#include "controller/manifest/loader.h"

namespace mooring::expand {

class Placement {
 public:
  /// `host` is the name of this host; empty: no host is asked about, and everything is here. All
  /// must outlive this.
  Placement(const manifest::LoadResult& loaded, const Namespaces& namespaces, std::string host);

  /// Why the resource is not here: "placement site=hel, and this host has site=fra"; nullopt: it
  /// is.
  std::optional<std::string> WhyElsewhere(const Resource& resource) const;
  /// Whether there are Hosts and none of them has our name. A finding then goes to `diagnostics`.
  void CheckHost(const manifest::LoadResult& loaded, Diagnostics& diagnostics) const;
  /// Whether this host has a document.
  bool IsDescribed() const { return document_ != nullptr; }

 private:
  std::optional<std::string> Mismatch(const Json& labels) const;
  std::optional<std::string> WhereBackendsAre(const Resource& site, bool* has_backends) const;

  const Namespaces& namespaces_;
  const std::string host_;
  const Resource* document_ = nullptr;
  std::map<std::string, std::string> labels_;
  manifest::KeyIndex apps_;
};

}  // namespace mooring::expand
