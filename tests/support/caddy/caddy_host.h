// SPDX-License-Identifier: Apache-2.0
// A Caddy to test against, fake or real. Thread-safe.
#pragma once

#include <string>

#include "controller/resource/resource.h"

namespace mooring::test {

class CaddyHost {
 public:
  virtual ~CaddyHost() = default;
  /// Its admin address in Caddy's words.
  virtual std::string admin() const = 0;
  /// Loads by `POST /config/` that it accepted so far: Mooring's.
  virtual int Writes() = 0;
  /// What it runs.
  virtual Json Config() = 0;
  /// Replaces everything behind Mooring's back; the admin block is added.
  virtual void Overwrite(Json config) = 0;
};

}  // namespace mooring::test
