// SPDX-License-Identifier: Apache-2.0
// A container made straight through the engine's API, like the one that Mooring made of a fleet's
// spec: same image, command and kind of network. Not thread-safe.
#pragma once

#include <string>

#include "tests/bench/engine_timeline.h"

namespace mooring::bench {

class RawContainer {
 public:
  /// Takes image, command and host configuration from the container `like`.
  RawContainer(RawEngine& engine, const std::string& like);
  ~RawContainer();

  /// What a healer does at least.
  void Kill();
  void Start();
  /// What a rollout with Recreate does at least: stop, remove, create, start.
  void Replace();
  const std::string& id() const { return id_; }

 private:
  void Create();

  RawEngine& engine_;
  Json body_;
  std::string id_;
};

}  // namespace mooring::bench
