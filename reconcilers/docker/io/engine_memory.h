// SPDX-License-Identifier: Apache-2.0
// What is remembered of the engine, and how far it can be trusted. Readings and events are put in
// one order by a counter: a reading counts as of the moment before it began, so that an event that
// comes while it runs makes it stale, and an older reading never overwrites a newer one.
// Not thread-safe: DockerObserver keeps it behind its lock. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/docker/io/docker_client.h"

namespace mooring::docker {

class EngineMemory {
 public:
  /// A moment in the order of readings and events.
  using Moment = uint64_t;
  /// What a write of ours has changed, beside the App's containers.
  enum class Part { kContainers, kNetworks, kVolumes, kImages };

  /// What a spec names outside its App.
  struct Mentions {
    std::set<std::string> images;
    std::set<std::string> volumes;
    std::set<std::string> networks;  ///< beside the App's own
    std::vector<Subnet> subnets;     ///< of these
    std::string project;             ///< of Compose, to adopt; empty: none
  };

  explicit EngineMemory(std::string instance) : instance_(std::move(instance)) {}

  /// Taken before a reading begins and given back with what was read.
  Moment Now() const { return now_; }

  bool HasAll() const { return all_read_ >= gap_; }
  bool HasApp(const ResourceKey& key) const;
  bool HasStrangers(const ResourceKey& key) const;
  bool HasNetworks() const;
  /// The names under which networks must be read; nullopt: all must be.
  std::optional<std::vector<std::string>> StaleNetworks() const;
  bool HasVolumes() const { return volumes_read_ >= std::max(gap_, volumes_touched_); }

  /// Since when Fill has the same to say of the App, and Details and Image of what it has; 0: not
  /// all of that is known. Every write to what they answer from moves it.
  Moment VersionOf(const ResourceKey& key) const;

  void PutAll(Moment began, std::vector<SummaryPtr> all);
  /// `named`: those whose names begin like the App's; nullopt: not read, what is known stands.
  void PutApp(const ResourceKey& key, Moment began, std::vector<SummaryPtr> ours,
              std::optional<std::vector<SummaryPtr>> named);
  void PutNetworks(Moment began, std::vector<NetworkInfo> networks);
  /// Those of one name.
  void PutNetwork(const std::string& name, Moment began, std::vector<NetworkInfo> networks);

  /// Keeps `subnet` from being given to others until the network `name` that is made with it now,
  /// or was not, is read. False: it overlaps what another App is about to get.
  bool Reserve(const ResourceKey& key, const std::string& name, const Subnet& subnet);
  void PutVolumes(Moment began, std::vector<VolumeInfo> volumes);

  /// Null when it must be read: then BeginDetails, read, PutDetails with the ticket.
  std::shared_ptr<const ContainerDetails> Details(const std::string& id) const;
  Moment BeginDetails(const std::string& id);
  void PutDetails(const std::string& id, Moment ticket,
                  std::shared_ptr<const ContainerDetails> details);

  const std::optional<ImageInfo>* Image(const std::string& reference) const;
  void PutImage(const std::string& reference, Moment began, std::optional<ImageInfo> image);

  /// What a spec of the App names outside itself, so that events about it find the App. It adds to
  /// what is known: previews look with other specs than the loop, and must not take its away.
  void Watch(const ResourceKey& key, Mentions mentions);
  /// Fills in containers, strangers, networks and volumes. `mentions`: of the spec.
  void Fill(const ResourceKey& key, const Mentions& mentions, AppObservation& seen) const;
  /// The Compose projects that specs of the App have named: a reading of it reads theirs, too.
  std::set<std::string> ProjectsOf(const ResourceKey& key) const;
  /// Containers of Compose that the App may have adopted: those of `project`, and those in its
  /// network. The latter are its own only with its mark.
  std::vector<SummaryPtr> Adoptable(const ResourceKey& key, const std::string& project) const;
  std::vector<ResourceKey> Owned() const;

  /// Takes in an event and returns the Apps that it may concern.
  std::vector<ResourceKey> OnEvent(const EngineEvent& event);
  void Touch(const ResourceKey& key, Part part);
  void ForgetAll();
  void ForgetDetails();

 private:
  struct App {
    std::vector<SummaryPtr> containers;
    Moment changed = 0;
    Moment read = 0;
    Moment touched = 0;
    Moment strangers_read = 0;
    Moment strangers_touched = 0;
    bool looked = false;  ///< with a spec
    std::set<std::string> images;
    std::set<std::string> volumes;
    std::set<std::string> projects;
    std::set<std::string> networks;
  };
  using Keys = std::set<ResourceKey>;
  using Strangers = std::map<std::string, SummaryPtr>;
  void SetContainers(App& app, std::vector<SummaryPtr> containers);
  void SetStrangers(Strangers strangers);
  /// Whether a reading of the App's strangers reads this one.
  bool IsLookedAtBy(const ResourceKey& key, const ContainerSummary& stranger) const;
  void TouchAdopters(const EngineEvent& event, Keys& keys);
  void FillNetworks(const ResourceKey& key, const std::string& project, AppObservation& seen) const;
  void FillOthers(const ResourceKey& key, const Mentions& mentions, AppObservation& seen) const;
  void OnContainer(const EngineEvent& event, Keys& keys);
  void OnNetwork(const EngineEvent& event, Keys& keys);
  void OnVolume(const EngineEvent& event, Keys& keys);
  void OnImage(const EngineEvent& event, Keys& keys);
  void TouchContainer(const std::string& id, Keys& keys);
  void ForgetContainer(const std::string& id);

  const std::string instance_;
  Moment now_ = 1;
  Moment gap_ = 1;
  Moment all_read_ = 0;
  std::map<ResourceKey, App> apps_;
  Strangers strangers_;  ///< by name
  Moment strangers_changed_ = 0;
  std::map<std::string, ResourceKey> owner_of_;  ///< container id -> App
  std::map<std::string, std::shared_ptr<const ContainerDetails>> details_;
  Moment details_changed_ = 0;                     ///< those of an App move its own `changed`
  std::map<std::string, Moment> reading_details_;  ///< gone when an event makes the reading stale
  std::map<std::string, std::optional<ImageInfo>> images_;
  Moment images_touched_ = 0;  ///< and changed
  using Networks = std::multimap<std::string, NetworkInfo>;
  struct TouchedNetwork {
    Moment touched = 0;
    bool read = false;  ///< since then
  };
  struct Reservation {
    ResourceKey key;
    std::string name;  ///< of the network
    Subnet subnet;
    Moment used = 0;  ///< when the engine had answered
  };
  void TouchNetwork(const std::string& name);
  void FillUsedSubnets(const ResourceKey& key, AppObservation& seen) const;
  void DropReservations(const std::string& name, Moment began);
  Networks networks_;                                         ///< by name
  std::map<std::string, TouchedNetwork> touched_network_;     ///< by name; since all were read
  std::map<ResourceKey, std::set<std::string>> networks_of_;  ///< names, by owner
  std::vector<Reservation> reserved_;
  Moment networks_changed_ = 0;
  Moment networks_read_ = 0;
  Moment networks_touched_ = 0;
  std::map<std::string, VolumeInfo> volumes_;                   ///< by name
  std::map<ResourceKey, std::vector<std::string>> volumes_of_;  ///< names, by owner
  Moment volumes_changed_ = 0;
  Moment volumes_read_ = 0;
  Moment volumes_touched_ = 0;
};

}  // namespace mooring::docker
