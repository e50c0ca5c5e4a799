// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/hosts_block.h"

#include <fmt/format.h>

#include <sstream>

namespace mooring::docker {
namespace {

constexpr std::string_view kBegin =
    "# BEGIN mooring: written by the daemon, changes here are undone";
constexpr std::string_view kBeginMark = "# BEGIN mooring";
constexpr std::string_view kEnd = "# END mooring";
constexpr std::string_view kSuffix = ".mooring.internal";

struct Line {
  std::string address;
  std::string name;
};

/// "10.201.0.2 web.hello.default.mooring.internal": a line that only we write.
bool ParseOurs(const std::string& text, Line* line) {
  std::istringstream words(text);
  std::string more;
  words >> line->address >> line->name;
  return line->name.ends_with(kSuffix) && !(words >> more) && !text.starts_with('#');
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string Bare(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return std::string(line);
}

/// The mark itself or with a comment after a colon, not another tool's "# BEGIN mooring-lines".
bool IsMark(std::string_view line, std::string_view mark) {
  return line.starts_with(mark) && (line.size() == mark.size() || line[mark.size()] == ':');
}

std::string Render(const HostsNames& names) {
  std::string block = fmt::format("{}\n", kBegin);
  for (const auto& [name, addresses] : names) {
    for (const std::string& address : addresses) block += fmt::format("{} {}\n", address, name);
  }
  return block + fmt::format("{}\n", kEnd);
}

}  // namespace

HostsNames ParseHostsBlock(std::string_view file) {
  HostsNames names;
  for (const std::string_view line : Lines(file)) {
    Line ours;
    if (ParseOurs(Bare(line), &ours)) names[ours.name].push_back(ours.address);
  }
  return names;
}

std::string WithHostsBlock(std::string_view file, const HostsNames& names) {
  std::string out;
  bool placed = names.empty();
  for (const std::string_view line : Lines(file)) {
    const std::string bare = Bare(line);
    Line ours;
    if (IsMark(bare, kBeginMark)) {
      if (!placed) out += Render(names);
      placed = true;
    } else if (!IsMark(bare, kEnd) && !ParseOurs(bare, &ours)) {
      out += line;
    }
  }
  if (!placed) {
    if (!out.empty() && out.back() != '\n') out += '\n';
    out += Render(names);
  }
  return out;
}

}  // namespace mooring::docker
