// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/summary_list.h"

#include <functional>
#include <optional>

#include "reconcilers/docker/io/engine_json.h"

namespace mooring::docker {
namespace {

/// The items of a JSON array of objects; nullopt when its brackets do not match. What is between
/// them is for the parser to judge.
std::optional<std::vector<std::string_view>> Items(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  std::vector<std::string_view> items;
  size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (size_t at = 1; at + 1 < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '{') {
      if (depth++ == 0) begin = at;
    } else if (c == '}') {
      if (--depth < 0) return std::nullopt;
      if (depth == 0) items.push_back(text.substr(begin, at + 1 - begin));
    }
  }
  if (depth != 0 || quoted) return std::nullopt;
  return items;
}

/// "Up 3 minutes (healthy)" counts without the time, which would make every item new each minute.
uint64_t HashOf(std::string_view item) {
  constexpr std::string_view kUp = "\"Status\":\"Up ";
  const std::hash<std::string_view> hash;
  const size_t up = item.find(kUp);
  if (up == std::string_view::npos) return hash(item);
  const size_t begin = up + kUp.size();
  const size_t end = std::min(item.find_first_of("(\"", begin), item.size());
  return hash(item.substr(0, begin)) * 31 + hash(item.substr(end));
}

}  // namespace

Result<std::vector<SummaryPtr>> SummaryList::Parse(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto items = Items(text);
  if (!items) return Fail(ErrorCode::kInternal, "the engine's list of containers is no JSON array");
  return known_.With([&](Known& known) -> Result<std::vector<SummaryPtr>> {
    std::vector<SummaryPtr> list;
    list.reserve(items->size());
    Known seen;
    seen.reserve(items->size());
    try {
      for (const std::string_view item : *items) {
        const uint64_t hash = HashOf(item);
        auto node = known.extract(hash);
        const auto kept =
            node.empty() ? seen.try_emplace(hash).first : seen.insert(std::move(node)).position;
        if (!kept->second)
          kept->second = std::make_shared<const ContainerSummary>(ParseSummary(Json::parse(item)));
        list.push_back(kept->second);
      }
    } catch (const Json::exception& e) {
      return Fail(
          ErrorCode::kInternal,
          fmt::format("the engine's list of containers has an unexpected form: {}", e.what()));
    }
    known = std::move(seen);
    return list;
  });
}

}  // namespace mooring::docker
