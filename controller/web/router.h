// SPDX-License-Identifier: Apache-2.0
// Finds the route of a request. Filled before the server starts and only read afterwards; then
// thread-safe.
#pragma once

#include <expected>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/web/message.h"
#include "controller/web/target.h"

namespace mooring::web {

class Router {
 public:
  struct Match {
    const Route* route;
    std::map<std::string, std::string> params;
  };

  void Add(Route route);
  /// The route, or the answer that says why there is none: 404, or 405 with Allow.
  std::expected<Match, Response> Find(std::string_view method, const Target& target) const;
  /// "GET /api/v1/events", in the order of their registration.
  std::vector<std::string> Names() const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> pattern;
  };
  std::list<Entry> entries_;
};

}  // namespace mooring::web
