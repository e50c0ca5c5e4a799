// SPDX-License-Identifier: Apache-2.0
#include "tests/arch/repository.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace mooring::arch {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = MOORING_SOURCE_DIR;

}  // namespace

std::string RunCommand(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run: " + command);
  std::string output;
  std::array<char, 65536> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return output;
}

std::vector<std::string> Files(Which which) {
  std::vector<std::string> files;
  if (fs::exists(kRoot / ".git")) {
    // The checkout may belong to another user than the one who tests.
    std::istringstream list(
        RunCommand("git -c safe.directory='*' -C '" + kRoot.string() + "' ls-files --cached" +
                   (which == Which::kTracked ? "" : " --others --exclude-standard")));
    for (std::string path; std::getline(list, path);) {
      if (fs::is_regular_file(kRoot / path)) files.push_back(path);
    }
  } else {
    for (auto it = fs::recursive_directory_iterator(kRoot); it != fs::end(it); ++it) {
      if (it.depth() == 0 && it->path().filename() == "build") it.disable_recursion_pending();
      if (it->is_regular_file()) files.push_back(it->path().lexically_relative(kRoot).string());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> ProductionSources() {
  std::vector<std::string> sources = Files(Which::kTrackedAndNew);
  std::erase_if(sources, [](const std::string& path) {
    const bool ours = path.starts_with("controller/") || path.starts_with("reconcilers/") ||
                      path.starts_with("agent/");
    return !ours || !(path.ends_with(".h") || path.ends_with(".cc"));
  });
  return sources;
}

std::string ReadFile(std::string_view path) {
  std::ifstream file(kRoot / path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string Lines(const std::vector<std::string>& findings) {
  std::string text;
  for (const std::string& finding : findings) text += finding + "\n";
  return text;
}

}  // namespace mooring::arch
