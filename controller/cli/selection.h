// SPDX-License-Identifier: Apache-2.0
// Which resources the words of a command line mean. Pure, but for what asks the daemon.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/client.h"
#include "controller/resource/key.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

/// As a person names resources. Empty parts: any.
struct Selection {
  std::string kind;
  std::string ns;
  std::string name;

  bool IsOne() const { return !kind.empty() && !name.empty(); }
  bool Matches(const ResourceKey& key) const;
  ResourceKey Key() const { return {kind, ns, name}; }
};

struct Scope {
  std::string ns;               ///< -n
  bool all_namespaces = false;  ///< -A
};

/// "apps", "app shop", "app/shop", "App/default/shop", "app blue/shop", "shop"; nothing: all.
/// A name of a known kind is in the namespace "default" unless `scope` says otherwise.
/// InvalidArgument: it cannot be meant, with the nearest that can.
Result<Selection> ParseSelection(const std::vector<std::string>& words, const Scope& scope);
/// As ParseSelection, where what is meant is of the kind `kind`: "shop", "blue/shop", "app/shop".
Result<Selection> ParseNameOf(const std::string& kind, const std::vector<std::string>& words,
                              const Scope& scope);

/// The key in a resource document.
ResourceKey KeyOf(const Json& document);
/// The selected documents, sorted by key. NotFound, with the nearest name, when one was named and
/// is not there.
Result<std::vector<Json>> FetchSelected(ApiClient& api, const Selection& selection);
/// The one that is meant. InvalidArgument when several are.
Result<Json> FetchOne(ApiClient& api, const Selection& selection);
/// "App/default/shopp is not there; did you mean App/default/shop?"
Error NotThere(const Selection& selection, const std::vector<ResourceKey>& known);

/// "tier=front,backup!=none,team,!old" of -l, as kubectl has it.
class LabelSelector {
 public:
  static Result<LabelSelector> Parse(const std::string& text);
  bool Matches(const Json& labels) const;

 private:
  struct Term {
    std::string label;
    std::string value;
    bool has_value = false;
    bool negated = false;
  };
  std::vector<Term> terms_;
};

}  // namespace mooring::cli
