// SPDX-License-Identifier: Apache-2.0
// Fields of a service that go to the engine as they are, one row each: how the spec's value becomes
// the engine's, and how the engine's is compared whatever it has made of it. Pure; thread-safe.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::docker {

struct EngineField {
  /// What a container has of it when its spec says nothing.
  enum class Unset {
    kNothing,  ///< nothing; whatever it has is a difference
    kEngines,  ///< whatever the engine chooses, by its own configuration
  };
  const char* word;                ///< Compose's: "shm_size"
  const char* section;             ///< of the create body and of an inspection: "HostConfig"
  const char* name;                ///< there: "ShmSize"
  Json (*read)(const Json& spec);  ///< the spec's value as the engine takes it
  /// The engine's value in one form; null when it says no more than the usual.
  Json (*canonical)(const Json& engine);
  Unset unset = Unset::kNothing;
  /// The engine adds members of its own: only those that the spec has are compared.
  bool adds = false;
  bool in_place = false;            ///< POST /containers/{id}/update can change it
  const char* needs_api = nullptr;  ///< the engine's API that has it; nullptr: any
};

/// A value that the spec gives.
struct EngineSetting {
  std::string path;  ///< in the service, as it is written: "deploy.resources.limits.pids"
  Json value;        ///< as the engine takes it
};
/// By the field's word.
using EngineSettings = std::map<std::string, EngineSetting, std::less<>>;

std::span<const EngineField> EngineFields();
/// The names in "HostConfig" or "Config" that EngineFields compares.
std::vector<std::string> EngineNames(std::string_view section);

/// What a service's spec gives of them.
EngineSettings ReadEngineSettings(const Json& service);

}  // namespace mooring::docker
