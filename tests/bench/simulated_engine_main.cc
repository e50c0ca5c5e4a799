// SPDX-License-Identifier: Apache-2.0
// A Docker engine without containers, for as many of them as one likes; until SIGTERM.
// Usage: simulated_engine SOCKET LIST_ITEM_MICROSECONDS IMAGE...
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

#include "tests/bench/simulated_engine.h"

int main(int argc, char** argv) {
  using namespace mooring;
  if (argc < 4) {
    fmt::print(stderr, "usage: simulated_engine SOCKET LIST_ITEM_MICROSECONDS IMAGE...\n");
    return 64;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  SystemClock clock;
  bench::SimulatedEngine engine(clock, std::chrono::microseconds(std::atoi(argv[2])),
                                {argv + 3, argv + argc});
  web::HttpServer server(clock, Log(), {.max_body = 16u << 20, .threads = 8, .max_queued = 4096});
  engine.Register(server);
  if (const Status started = server.Start({{.address = {.unix_path = argv[1]}}}); !started) {
    fmt::print(stderr, "error: {}\n", started.error().ToString());
    return 1;
  }
  int which = 0;
  sigwait(&ends, &which);
  server.Stop(clock.Steady());
  return 0;
}
