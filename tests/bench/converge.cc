// SPDX-License-Identifier: Apache-2.0
// How fast many new Apps come up: from the moment in which the branch's head moves to the last
// `start` event of theirs, beside the raw API that makes as many networks and containers, with the
// number of callers at which it is fastest. Health waits are in neither.
// Usage: bench_converge SOCKET IMAGE BRANCH_FILE COUNT     reads from stdin when to look: the
// script that commits the Apps writes one line once they are all ready
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "tests/bench/engine_timeline.h"

namespace {

using namespace mooring;
using namespace mooring::bench;

constexpr char kLabel[] = "mooring-bench-raw";

int64_t MovedAt(const char* branch_file) {
  struct stat head{};
  if (::stat(branch_file, &head) != 0) {
    fmt::print(stderr, "error: there is no {}\n", branch_file);
    std::exit(1);
  }
  return head.st_mtim.tv_sec * 1'000'000'000LL + head.st_mtim.tv_nsec;
}

/// What an App of one service needs at least.
void MakeOne(RawEngine& engine, const std::string& image, int number) {
  const std::string name = fmt::format("bench_raw_{}", number);
  const std::string subnet = fmt::format("10.216.{}.{}/28", number / 16, number % 16 * 16);
  engine.Call("POST", "/networks/create",
              {{"Name", name},
               {"Driver", "bridge"},
               {"Labels", {{kLabel, ""}}},
               {"IPAM", {{"Config", Json::array({{{"Subnet", subnet}}})}}}});
  const Json made = engine.Call("POST", "/containers/create?name=" + name,
                                {{"Image", image},
                                 {"Cmd", {"sleep", "1000000"}},
                                 {"StopSignal", "SIGKILL"},
                                 {"Labels", {{kLabel, ""}}},
                                 {"HostConfig", {{"NetworkMode", name}}}});
  engine.Call("POST", "/containers/" + made.at("Id").get<std::string>() + "/start");
}

void RemoveAll(RawEngine& engine) {
  for (const std::string& id : engine.Running(kLabel))
    engine.Call("DELETE", "/containers/" + id + "?force=1");
  const Json filters = {{"label", {kLabel}}};
  for (const Json& network :
       engine.Call("GET", "/networks?filters=" + net::EscapeQuery(filters.dump())))
    engine.Call("DELETE", "/networks/" + network.at("Id").get<std::string>());
}

/// Containers a second with this many callers.
double RawRate(RawEngine& engine, const std::string& image, int count, int callers) {
  std::atomic<int> next = 0;
  const int64_t start = NowNanos();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (int number = next++; number < count; number = next++) MakeOne(engine, image, number);
      });
    }
  }
  const double seconds = static_cast<double>(NowNanos() - start) / 1e9;
  RemoveAll(engine);
  return count / seconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: bench_converge SOCKET IMAGE BRANCH_FILE COUNT\n");
    return 64;
  }
  const int count = std::atoi(argv[4]);
  RawEngine engine(argv[1]);
  double rate = 0;
  {
    Timeline timeline(argv[1]);
    std::string ready;
    if (!std::getline(std::cin, ready)) return 1;
    const int64_t moved = MovedAt(argv[3]);
    rate = count * 1e9 / static_cast<double>(timeline.LastOfApps("start", count, moved) - moved);
  }
  double best = 0;
  int best_callers = 0;
  for (const int callers : {1, 2, 4, 8}) {
    const double raw = RawRate(engine, argv[2], count, callers);
    if (raw > best) best_callers = callers;
    best = std::max(best, raw);
  }
  fmt::print(
      "{{\"apps\": {}, \"rate\": {:.2f}, \"raw_rate\": {:.2f}, \"raw_callers\": {}, \"ratio\": "
      "{:.3f}}}\n",
      count, rate, best, best_callers, rate / best);
  return 0;
}
