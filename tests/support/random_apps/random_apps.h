// SPDX-License-Identifier: Apache-2.0
// Apps that use whatever the vocabulary has, in any mixture that the loader takes: several
// services, networks, volumes, files, jobs, written as an App or as a Compose file. Each can run on
// one engine beside all others of the same seed: their ports and subnets are their own. Not
// thread-safe.
#pragma once

#include <map>
#include <random>
#include <string>

#include "tests/support/docker/vocabulary.h"

namespace mooring::testing {

struct RandomApp {
  std::string name;
  std::map<std::string, std::string> files;  ///< of the repository, by path
};

class RandomApps {
 public:
  /// `image` has sh, sleep and true.
  RandomApps(unsigned seed, std::string image);
  /// The next one; the loader has no finding in it.
  RandomApp Next();
  /// Mixtures so far that the loader took for none.
  int refused() const { return refused_; }

 private:
  RandomApp Draw();
  Json Service(const Json& before, Json& app);
  void AddCommand(Json& service);
  void AddNetworking(const Json& before, Json& app, Json& service);
  void AddPorts(Json& service);
  void AddMounts(Json& app, Json& service);
  void AddFiles(Json& app, Json& service);
  void AddDependencies(const Json& before, Json& service);
  void AddJob(Json& app);
  Json Network();
  Json Volume();

  int Below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(static_cast<int>(from.size())))];
  }
  const std::string& KeyOf(const Json& object);

  std::mt19937 random_;
  const std::string image_;
  const std::vector<VocabularyCase> vocabulary_ = Vocabulary();
  std::vector<std::string> names_;
  std::map<std::string, std::string> repository_;  ///< files of the one that is being drawn
  int number_ = 0;
  int port_ = 20000;
  int subnet_ = 0;
  int refused_ = 0;
};

}  // namespace mooring::testing
