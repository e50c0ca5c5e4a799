// SPDX-License-Identifier: Apache-2.0
// random_apps SEED COUNT IMAGE FOLDER: writes so many random Apps below the folder.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/random_apps/random_apps.h"

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: random_apps SEED COUNT IMAGE FOLDER\n");
    return 64;
  }
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  mooring::testing::RandomApps apps(static_cast<unsigned>(number(1)), argv[3]);
  size_t files = 0;
  for (unsigned long i = 0; i < number(2); ++i) {
    for (const auto& [path, content] : apps.Next().files) {
      const std::filesystem::path target = std::filesystem::path(argv[4]) / path;
      std::filesystem::create_directories(target.parent_path());
      std::ofstream out(target, std::ios::binary);
      if (!(out << content).flush()) {
        fmt::print(stderr, "cannot write {}\n", target.string());
        return 1;
      }
      ++files;
    }
  }
  fmt::print("{} Apps in {} files; {} mixtures were refused\n", number(2), files, apps.refused());
  return 0;
}
