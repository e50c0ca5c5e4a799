// SPDX-License-Identifier: Apache-2.0
// An App with a Site whose version 1.0.0 serves, for tests of what comes of the next one. New
// containers have little time, so that a version that fails does so soon.
#pragma once

#include <gmock/gmock.h>

#include "tests/e2e/world.h"

namespace mooring::test {

class ShopVersions : public EndToEnd {
 protected:
  Json Shop(const std::string& version = "1.0.0") const;
  /// The same with another service, `migrate`, whose script must run before each rollout.
  Json ShopWithJob(const std::string& version, const std::string& script) const;

  /// Commits it with its Site and waits until `text` is served.
  void Start(const Json& app, const std::string& text = "version 1.0.0");
  void Push(const Json& app);
  /// `app` is pushed, fails and leaves version 1.0.0 as it was, with the very same container.
  void PushAndAwaitRolledBack(const Json& app);
  /// The version before is back, whole, and nothing else is left.
  void AwaitRolledBack(const std::vector<std::string>& containers);
  bool Converged() const;
  /// The message of Ready.
  std::string Why() const;
};

}  // namespace mooring::test
