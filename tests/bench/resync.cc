// SPDX-License-Identifier: Apache-2.0
// What a resync costs that finds nothing to do: one Refresh and a plan of every resource, as a
// ratio to one raw GET of the list, interleaved on the same engine. The daemon's own parts, in
// process, beside a daemon that made the containers. Usage: bench_resync CONFIG FLEET ROUNDS
#include <fmt/format.h>

#include <cstdlib>

#include "controller/cli/engines.h"
#include "controller/git/library.h"
#include "controller/plan/plan_builder.h"
#include "controller/runtime/desired_loader.h"
#include "controller/source/working_tree.h"
#include "tests/bench/engine_timeline.h"

namespace {

using namespace mooring;
using bench::Median;
using bench::NowNanos;

template <typename T>
T Must(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "error: {}\n", result.error().ToString());
  std::exit(1);
}

double MillisecondsSince(int64_t start) { return static_cast<double>(NowNanos() - start) / 1e6; }

/// Plans every resource as the loop does; the number of those with something to do.
int PlanAll(const PlanBuilder& plans, const DesiredSet& desired) {
  int busy = 0;
  for (const ResourceKey& key : desired.Order()) {
    const Resource* resource = desired.Find(key);
    const ResourcePlan plan =
        Must(plans.PlanOne(key, resource, resource->spec_digest, desired.revision(), {}));
    if (plan.HasChanges() || plan.wait || plan.blocked) ++busy;
  }
  return busy;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_resync CONFIG FLEET ROUNDS\n");
    return 64;
  }
  const git::Library git;
  Diagnostics findings;
  const cli::Config config = cli::LoadConfig(argv[1], {}, &findings);
  for (const Diagnostic& finding : findings) fmt::print(stderr, "{}\n", finding.ToString());
  const HostKey key = Must(HostKey::Load(config.seal_key_file));
  const auto tree = Must(WorkingTree::Load(argv[2], {}));
  DesiredLoader loader;
  const LoadedDesired loaded = Must(loader.Load(*tree, "bench"));
  if (!loaded.set) {
    fmt::print(stderr, "error: {}\n", loaded.diagnostics.front().ToString());
    return 1;
  }

  SystemClock clock;
  int calls = 0;
  cli::EngineReaders readers(config, key, clock, [&](const cli::EngineRequest&) { ++calls; });
  const PlanBuilder plans(readers.ReadSides(), clock);
  bench::RawEngine raw(config.docker_socket);
  if (const int busy = PlanAll(plans, *loaded.set); busy > 0) {
    fmt::print(stderr, "error: {} of {} resources are not as they should be: no no-op\n", busy,
               loaded.set->Order().size());
    return 1;
  }
  calls = 0;
  std::vector<double> raws, resyncs, refreshes, plannings;
  size_t bytes = 0;
  const int rounds = std::atoi(argv[3]);
  for (int round = 0; round < rounds; ++round) {
    int64_t start = NowNanos();
    bytes = raw.Fetch("/containers/json?all=1");
    raws.push_back(MillisecondsSince(start));
    start = NowNanos();
    const Status refreshed = readers.docker_observer.Refresh({});
    refreshes.push_back(MillisecondsSince(start));
    if (!refreshed || PlanAll(plans, *loaded.set) != 0) {
      fmt::print(stderr, "error: the resync was no no-op\n");
      return 1;
    }
    resyncs.push_back(MillisecondsSince(start));
    plannings.push_back(resyncs.back() - refreshes.back());
  }
  fmt::print(
      "{{\"resources\": {}, \"bytes\": {}, \"calls\": {:.2f}, \"raw_ms\": {:.2f}, "
      "\"refresh_ms\": {:.2f}, \"plan_ms\": {:.2f}, \"resync_ms\": {:.2f}, \"ratio\": {:.3f}}}\n",
      loaded.set->Order().size(), bytes, static_cast<double>(calls) / rounds, Median(raws),
      Median(refreshes), Median(plannings), Median(resyncs), Median(resyncs) / Median(raws));
  return 0;
}
