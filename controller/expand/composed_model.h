// SPDX-License-Identifier: Apache-2.0
// The model of Compose files as an App writes it: what only Compose knows is taken out, paths are
// those of the repository, and where a Secret's value is to stand, its reference stands. Not
// thread-safe; lives as long as one loading.
#pragma once

#include <map>
#include <string>

#include "controller/expand/compose/model.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

/// The variables of `compose.environment` whose values are in Secrets. No value is known here: a
/// text stands in for it while the files are read.
class PlacedSecrets {
 public:
  /// `environment`: texts and references by variable.
  compose::Variables Variables(const Json& environment);
  /// The reference that `text` stands in for; null: none.
  const Json* Find(const std::string& text) const;
  /// The variable for which something in `text` stands in; empty: none.
  std::string FindIn(const std::string& text) const;

 private:
  struct Placed {
    std::string variable;
    Json reference;
  };
  std::map<std::string, Placed> by_text_;
};

/// Changes `model` so. Its places count files from 2 afterwards. What an App cannot have is a
/// problem.
void PlaceInApp(compose::Model& model, const PlacedSecrets& secrets, compose::Problems& problems);

}  // namespace mooring::expand
