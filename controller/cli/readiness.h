// SPDX-License-Identifier: Apache-2.0
// Whether each part that the daemon needs works, for /readyz. Thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/base/guarded.h"
#include "controller/cli/config.h"
#include "controller/http/api.h"

namespace mooring::cli {

class Readiness {
 public:
  /// The parts that `config` has on; none is ready yet.
  explicit Readiness(const Config& config) {
    parts_.With([&](auto& parts) {
      parts["git"] = parts["store"] = Part{};
      if (config.docker_enabled) parts["engine"] = Part{};
      if (config.caddy_enabled) parts["caddy"] = Part{};
    });
  }

  void Set(const std::string& name, bool ready, const std::string& reason) {
    parts_.With([&](auto& parts) { parts[name] = {ready, reason}; });
  }

  std::vector<http::ReadinessPart> Parts() const {
    return parts_.With([](const auto& parts) {
      std::vector<http::ReadinessPart> list;
      list.reserve(parts.size());
      for (const auto& [name, part] : parts) list.push_back({name, part.ready, part.reason});
      return list;
    });
  }

 private:
  struct Part {
    bool ready = false;
    std::string reason = "not looked at yet";
  };
  Guarded<std::map<std::string, Part>> parts_;
};

}  // namespace mooring::cli
