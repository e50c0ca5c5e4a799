// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/hosts_block.h"

#include <fmt/format.h>

#include <algorithm>

namespace mooring::docker {
namespace {

constexpr std::string_view kBegin =
    "# BEGIN mooring: written by the daemon, changes here are undone";
constexpr std::string_view kBeginMark = "# BEGIN mooring";
constexpr std::string_view kEnd = "# END mooring";
constexpr std::string_view kSuffix = ".mooring.internal";

struct Line {
  std::string_view address;
  std::string_view name;
};

/// Takes the first word off `text`; empty when there is none.
std::string_view TakeWord(std::string_view& text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlank));
  text.remove_prefix(word.size());
  return word;
}

/// "10.201.0.2 web.hello.default.mooring.internal": a line that only we write.
bool ParseOurs(std::string_view text, Line* line) {
  std::string_view rest = text;
  line->address = TakeWord(rest);
  line->name = TakeWord(rest);
  return line->name.ends_with(kSuffix) && TakeWord(rest).empty() && !text.starts_with('#');
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

std::string_view Bare(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
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
    if (ParseOurs(Bare(line), &ours)) names[std::string(ours.name)].emplace_back(ours.address);
  }
  return names;
}

std::string WithHostsBlock(std::string_view file, const HostsNames& names) {
  std::string out;
  bool placed = names.empty();
  for (const std::string_view line : Lines(file)) {
    const std::string_view bare = Bare(line);
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
