// SPDX-License-Identifier: Apache-2.0
// What the docker planner asks the docker applier to do. Values, opaque to everyone else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/secret_string.h"
#include "controller/reconcile/change.h"
#include "controller/resource/resource.h"
#include "reconcilers/docker/plan/file_mount.h"
#include "reconcilers/docker/plan/registry_login.h"
#include "reconcilers/docker/plan/subnet.h"
#include "reconcilers/docker/plan/volume_seed.h"

namespace mooring::docker {

struct PullImage {
  std::string image;
  std::optional<RegistryLogin> login;  ///< nullopt: the host's, if it has one
  std::string platform = {};           ///< "linux/arm64"; empty: the host's
};
/// Without force: what anything still uses or names stays.
struct RemoveImage {
  std::string reference;
  std::string id;
};
struct CreateNetwork {
  Json body;  ///< POST /networks/create
  Subnet subnet = {};
};
struct RemoveNetwork {
  std::string id;
  bool duplicate = false;  ///< goes first: with two of a name the engine makes no container
};
struct CreateVolume {
  Json body;  ///< POST /volumes/create
};
/// Where a container that fills a volume has it mounted, and its mark.
inline constexpr char kSeedFolder[] = "/mooring-seed";
inline constexpr char kSeedMarkFolder[] = "/mooring-seed-mark";
/// Makes a volume and fills it: makes its mark, the volume and a container that is never started,
/// unpacks through that one, removes it, and then the mark. Cut anywhere, it is done from the start
/// again, because the mark is there.
struct FillVolume {
  VolumeSeedPtr seed;             ///< null: it is left empty
  Json mark;                      ///< POST /volumes/create
  Json volume;                    ///< POST /volumes/create
  std::string name;               ///< of the container
  Json container;                 ///< POST /containers/create
  bool again = false;             ///< half of it is there: it is removed first
  std::vector<std::string> left;  ///< ids of containers that an earlier attempt left
};
/// With its data.
struct RemoveVolume {
  std::string name;
};
/// Lets a volume be full as it is.
struct RemoveMark {
  std::string name;
};
/// A file with a secret, in memory and sealed on the disk for the next boot.
struct SecretFileContent {
  std::string path;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t mode = 0400;
  SecretString value;
};
/// Writes those that are not there; files that are never change.
struct WriteSecretFiles {
  std::vector<SecretFileContent> files;
};
struct RemoveSecretFiles {
  std::vector<std::string> paths;
};
/// Lays files of the repository, and says beside a live object what was laid.
struct WriteFiles {
  FileObjectPtr object;
  bool whole = false;                       ///< nothing of it is there, or something else is
  std::vector<std::string> write;           ///< by name; "" is the object itself
  std::vector<std::string> remove;          ///< by name
  std::map<std::string, std::string> laid;  ///< by name: the blobs that are Mooring's afterwards
};
/// By path; empty folders go with the last one.
struct RemoveFiles {
  std::vector<std::string> paths;
};
/// Tells a running container of another content of a live object, and remembers that it did.
struct SignalContainer {
  std::string id;
  std::string signal;
  std::string path;    ///< of the object
  std::string digest;  ///< of its content
};
/// Creates and starts.
struct CreateContainer {
  std::string name;
  Json body;  ///< POST /containers/create
  /// Variables whose values are not in `body`: they are laid over it when it is sent.
  std::map<std::string, SecretString> secrets;
  /// Networks that it is connected to before it starts: name and EndpointConfig. The oldest engines
  /// take one only when a container is created, which is in `body`.
  std::vector<std::pair<std::string, Json>> networks;
  std::string service = {};
  std::set<std::string> depends_on = {};  ///< services whose containers are started before
};
/// Puts a container in the place of one that it cannot run beside: creates it, unless `created`
/// names it, stops and removes the old one, starts the new one and gives it its name. The old one
/// is not touched before the new one is there.
struct ReplaceContainer {
  CreateContainer next;
  std::string created;  ///< id
  std::string old_one;  ///< id
  Duration grace{0};    ///< of the old one
  std::string name;     ///< empty: it keeps the one that it was created with
};
struct StartContainer {
  std::string id;
};
/// SIGTERM, then SIGKILL after the grace; it stays.
struct StopContainer {
  std::string id;
  Duration grace{0};
};
struct UnpauseContainer {
  std::string id;
};
struct UpdateContainer {
  std::string id;
  Json body;  ///< POST /containers/{id}/update
};
struct RenameContainer {
  std::string id;
  std::string name;
};
/// Takes the container off the network, if it is on it, and puts it on with this endpoint.
struct ConnectNetwork {
  std::string container;
  std::string network;
  Json endpoint;  ///< EndpointConfig
};
/// Stops (SIGTERM, then SIGKILL after the grace) and removes; then, when `rename` names a
/// container, gives it `name`. Volumes stay.
struct RemoveContainer {
  std::string id;
  Duration grace{0};
  std::string rename;
  std::string name;
};
/// Makes the hosts block hold exactly these addresses for these names; no address removes a name.
struct SetHosts {
  std::map<std::string, std::vector<std::string>> names;
};

struct DockerOperation final : Operation {
  using Step =
      std::variant<PullImage, RemoveImage, CreateNetwork, RemoveNetwork, CreateVolume,
                   CreateContainer, ReplaceContainer, StartContainer, StopContainer,
                   UnpauseContainer, UpdateContainer, RenameContainer, ConnectNetwork,
                   RemoveContainer, SetHosts, WriteSecretFiles, RemoveSecretFiles, WriteFiles,
                   RemoveFiles, SignalContainer, FillVolume, RemoveMark, RemoveVolume>;
  explicit DockerOperation(Step s) : step(std::move(s)) {}
  Step step;
};

}  // namespace mooring::docker
