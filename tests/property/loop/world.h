// SPDX-License-Identifier: Apache-2.0
// A fake Docker host with things of others on it, a fleet that changes, and the daemon's loop, life
// after life. Plays a story and says what is wrong with how it went. Driven by one thread.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "controller/store/memory_store.h"
#include "tests/property/loop/life.h"
#include "tests/property/loop/story.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::testing {

class World {
 public:
  /// `order`: how the triggers of each step are shuffled; 0 leaves them in order.
  explicit World(uint64_t order = 0);

  /// What went wrong, one text per finding; empty: all is as it should be.
  std::vector<std::string> Play(const Story& story);
  /// What the host and the statuses are like at the end, without what chance decides (ids,
  /// addresses, times): any order of the same triggers must give the same.
  std::string End() const;
  /// How many daemons died in it.
  int deaths() const { return deaths_; }

 private:
  struct App {
    int image = 1;
    int value = 0;
    int replicas = 1;
    bool volume = false;
    bool recreate = false;
    std::vector<std::string> needs;
  };
  using Fleet = std::map<std::string, App>;

  void Do(const Step& step);
  void Commit(const Step& step);
  void Rename(const std::string& from, const std::string& to);
  void Push();
  void Drift(const Step& step);
  void Fault(const Step& step);
  void Restart(bool store_lost);
  void Deliver();
  void Pass(Duration duration);
  void ComeToRest();
  bool AtRest();
  static Resource ResourceOf(const std::string& name, const App& app);
  /// Whether the volume of the App, when it has one, is filled.
  static bool HasSeed(const std::string& name) { return name < "c"; }
  static const std::map<std::string, std::string>& SeedFiles();
  static void TakeSeed(Resource& resource);

  void CheckAlways();
  void CheckVolumes();
  void CheckEnd();
  void CheckHost();
  void CheckInventories();
  void CheckNothingToDo();
  void CheckTold();
  void Problem(const std::string& text) { problems_.push_back(text); }
  std::string Others() const;
  std::vector<FakeDockerHost::Container> Ours() const;

  TempDir dir_;
  FakeClock clock_;
  FakeDockerHost host_{clock_};
  std::unique_ptr<MemoryStore> store_ = std::make_unique<MemoryStore>();
  std::unique_ptr<Life> life_;
  std::mt19937_64 order_;
  const bool shuffle_;
  Fleet fleet_;
  std::shared_ptr<const DesiredSet> desired_;
  int commits_ = 0;
  int deaths_ = 0;
  bool forgot_ = false;  ///< a store was lost, and its events with it
  std::string others_;   ///< as they were at the start
  std::set<std::string> volumes_;
  std::vector<std::string> problems_;
};

}  // namespace mooring::testing
