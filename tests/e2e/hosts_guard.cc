// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/hosts_guard.h"

#include <fstream>
#include <sstream>

#include "controller/base/text.h"

namespace mooring::test {

std::string ReadText(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void WriteText(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

HostsGuard::HostsGuard(std::string ns)
    : suffix_("." + std::move(ns) + ".mooring.internal"), before_(ReadText(kHostsFile)) {}

std::vector<std::string> HostsGuard::Lines() const {
  std::vector<std::string> lines;
  for (std::string& line : Split(ReadText(kHostsFile), '\n')) {
    if (line.ends_with(suffix_)) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> HostsGuard::Addresses(const std::string& service_and_app) const {
  std::vector<std::string> addresses;
  for (const std::string& line : Lines()) {
    const size_t space = line.find(' ');
    if (line.substr(space + 1) == service_and_app + suffix_)
      addresses.push_back(line.substr(0, space));
  }
  return addresses;
}

std::string HostsGuard::Without(const std::string& text) const {
  std::string kept;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    std::string line = text.substr(begin, end - begin);
    begin = end;
    const std::string bare = line.substr(0, line.find('\n'));
    if (bare.ends_with(suffix_)) continue;
    const size_t block = kept.rfind("# BEGIN mooring");
    const bool empties_block = bare.starts_with("# END mooring") && block != std::string::npos &&
                               kept.find('\n', block) + 1 == kept.size();
    if (empties_block) {
      kept.erase(block);
    } else {
      kept += line;
    }
  }
  return kept;
}

void HostsGuard::Restore() const {
  const std::string now = ReadText(kHostsFile);
  std::string restored = Without(now);
  // The block needs the line before it to end; the file may not have had that.
  if (restored == before_ + "\n") restored = before_;
  if (restored != now) WriteText(kHostsFile, restored);
}

}  // namespace mooring::test
