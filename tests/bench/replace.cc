// SPDX-License-Identifier: Apache-2.0
// One changed resource among many: from the moment in which the commit is the branch's head to the
// `start` event of the container that replaces the old one, beside the same four calls made by hand
// in the same round. The watching daemon's poll interval is in it.
// Usage: bench_replace SOCKET FLEET ROUNDS     FLEET has a bare clone beside it, FLEET.git
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/bench/raw_container.h"

namespace {

using namespace mooring::bench;

/// Gives the file another environment and commits that. The time at which the branch moved.
int64_t Commit(const std::filesystem::path& fleet, const std::filesystem::path& file,
               size_t round) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  const std::string changed = std::regex_replace(text.str(), std::regex("ROUND: \"[^\"]*\""),
                                                 fmt::format("ROUND: \"{}\"", NowNanos()));
  std::ofstream(file) << changed;
  const std::string git = "git -C " + fleet.string();
  const std::string command =
      fmt::format("{0} commit -qam 'Round {1}' && {0} push -q origin main", git, round);
  struct stat head{};
  if (std::system(command.c_str()) != 0 ||
      ::stat((fleet.string() + ".git/refs/heads/main").c_str(), &head) != 0) {
    fmt::print(stderr, "error: cannot commit in {}\n", fleet.string());
    std::exit(1);
  }
  return head.st_mtim.tv_sec * 1'000'000'000LL + head.st_mtim.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_replace SOCKET FLEET ROUNDS\n");
    return 64;
  }
  const std::filesystem::path fleet = argv[2];
  RawEngine engine(argv[1]);
  Timeline timeline(argv[1]);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(fleet / "apps"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  const size_t rounds = std::min<size_t>(files.size(), static_cast<size_t>(std::atoi(argv[3])));
  const auto running = engine.Running("mooring.dev/name=" + files.front().stem().string());
  if (running.empty()) {
    fmt::print(stderr, "error: {} does not run\n", files.front().stem().string());
    return 1;
  }
  RawContainer raw(engine, running.front());
  std::vector<double> applied, gone, raws;
  for (size_t round = 0; round < rounds; ++round) {
    const auto& file = files[round * files.size() / rounds];
    const std::string app = file.stem().string();
    const int64_t seen = Commit(fleet, file, round);
    const Moment died = timeline.Await("die", app, seen);
    const Moment start = timeline.Await("start", app, seen);
    gone.push_back(static_cast<double>(died.nanos - seen) / 1e6);
    applied.push_back(static_cast<double>(start.nanos - seen) / 1e6);
    const int64_t since = NowNanos();
    raw.Replace();
    raws.push_back(static_cast<double>(timeline.Await("start", raw.id(), since).nanos - since) /
                   1e6);
  }
  fmt::print(
      "{{\"rounds\": {}, \"applied_ms\": {:.1f}, \"gone_ms\": {:.1f}, \"raw_ms\": {:.1f}, "
      "\"more_ms\": {:.1f}}}\n",
      rounds, Median(applied), Median(gone), Median(raws), Median(applied) - Median(raws));
  return 0;
}
