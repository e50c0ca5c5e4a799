// SPDX-License-Identifier: Apache-2.0
// Which digest a tag has at its registry now, for Apps with imageDrift: digest. The engine asks, as
// the host's login; an answer counts for some seconds, so that a busy App does not ask at each
// event. Thread-safe.
#pragma once

#include <map>
#include <set>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/resource/key.h"
#include "reconcilers/docker/io/docker_client.h"
#include "reconcilers/docker/io/registry_logins.h"

namespace mooring::docker {

class RegistryDigests {
 public:
  RegistryDigests(DockerReader& reader, RegistryLogins logins, Clock& clock)
      : reader_(reader), logins_(std::move(logins)), clock_(clock) {}

  /// Never fails: that nobody knows is an answer, too. A reference with a digest never moves, and
  /// is not asked for: nullopt.
  std::optional<RegistryAnswer> Ask(const std::string& reference, std::stop_token stop);

  /// Whether what is seen of the App depends on registries, which tell nothing by themselves.
  void Follow(const ResourceKey& key, bool follows);
  bool Follows(const ResourceKey& key) const;

 private:
  struct Answered {
    RegistryAnswer answer;
    SteadyTime at;
  };
  RegistryAnswer AskNow(const std::string& reference, std::stop_token stop);

  DockerReader& reader_;
  const RegistryLogins logins_;
  Clock& clock_;
  Guarded<std::map<std::string, Answered>> answers_;
  Guarded<std::set<ResourceKey>> followers_;
};

}  // namespace mooring::docker
