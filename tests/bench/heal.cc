// SPDX-License-Identifier: Apache-2.0
// How long a container that was killed by hand is away, beside a running daemon: from its `die`
// event to its `start` event, by the engine's own clock. Beside it a raw container, killed in the
// same round: started by whoever watches the events and does nothing else, and started in peace
// later. Usage: bench_heal SOCKET INSTANCE ROUNDS
#include <fmt/format.h>

#include <cstdlib>

#include "tests/bench/raw_container.h"

int main(int argc, char** argv) {
  using namespace mooring::bench;
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_heal SOCKET INSTANCE ROUNDS\n");
    return 64;
  }
  RawEngine engine(argv[1]);
  Timeline timeline(argv[1]);
  const auto ids = engine.Running(std::string("mooring.dev/instance=") + argv[2]);
  const size_t rounds = std::min<size_t>(ids.size(), static_cast<size_t>(std::atoi(argv[3])));
  if (rounds == 0) {
    fmt::print(stderr, "error: no container of {} runs\n", argv[2]);
    return 1;
  }
  RawContainer raw(engine, ids.front());
  const auto between = [](int64_t from, const Moment& to) {
    return static_cast<double>(to.nanos - from) / 1e6;
  };
  std::vector<double> healed, reacted, peaceful;
  for (size_t round = 0; round < rounds; ++round) {
    const std::string& victim = ids[round * ids.size() / rounds];
    int64_t since = NowNanos();
    engine.Call("POST", "/containers/" + victim + "/kill");
    Moment died = timeline.Await("die", victim, since);
    healed.push_back(between(died.nanos, timeline.Await("start", victim, died.nanos)));

    since = NowNanos();
    {
      const std::jthread killer([&] { raw.Kill(); });
      died = timeline.Await("die", raw.id(), since);
      raw.Start();
    }
    reacted.push_back(between(died.nanos, timeline.Await("start", raw.id(), died.nanos)));

    raw.Kill();
    since = NowNanos();
    raw.Start();
    peaceful.push_back(between(since, timeline.Await("start", raw.id(), since)));
  }
  fmt::print(
      "{{\"rounds\": {}, \"healed_ms\": {:.1f}, \"healed_p95_ms\": {:.1f}, \"raw_ms\": {:.1f}, "
      "\"raw_p95_ms\": {:.1f}, \"raw_start_ms\": {:.1f}, \"more_ms\": {:.1f}}}\n",
      rounds, Median(healed), Percentile(healed, 95), Median(reacted), Percentile(reacted, 95),
      Median(peaceful), Median(healed) - Median(reacted));
  return 0;
}
