// SPDX-License-Identifier: Apache-2.0
// A Compose project is adopted by one App. Pure; used once, for one set of resources.
#pragma once

#include <string>
#include <unordered_map>

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

class AdoptedProjects {
 public:
  explicit AdoptedProjects(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Takes the project of an App, if it adopts one; `app` must outlive this.
  void Add(const Resource& app);

 private:
  Diagnostics& diagnostics_;
  std::unordered_map<std::string, const Resource*> owners_;
};

}  // namespace mooring::expand
