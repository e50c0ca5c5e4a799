// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "controller/base/text.h"

namespace mooring {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kUnset = "(unset)";

/// The length of what two image references share up to the tag's ':' or the digest's '@'; 0 if the
/// values are no two tags of one repository.
size_t SharedRepository(const FieldDiff& diff) {
  if (!diff.path.ends_with("image")) return 0;
  const auto end_of_repository = [](std::string_view image) {
    if (const size_t at = image.find('@'); at != std::string_view::npos) return at;
    const size_t colon = image.rfind(':');
    const size_t slash = image.rfind('/');
    const bool is_port = slash != std::string_view::npos && colon < slash;
    return is_port ? std::string_view::npos : colon;
  };
  const size_t length = end_of_repository(diff.actual);
  if (length == std::string_view::npos || length != end_of_repository(diff.desired)) return 0;
  return diff.actual.compare(0, length + 1, diff.desired, 0, length + 1) == 0 ? length + 1 : 0;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// U+202A to U+202E and U+2066 to U+2069: they make a line read other than it is.
bool IsDirectionControl(std::string_view three) {
  return (three >= "\xE2\x80\xAA" && three <= "\xE2\x80\xAE") ||
         (three >= "\xE2\x81\xA6" && three <= "\xE2\x81\xA9");
}

}  // namespace

std::vector<FieldDiff> MergedFields(const ResourcePlan& plan) {
  struct Merged {
    FieldDiff diff;
    std::vector<std::string> actuals;
  };
  std::vector<Merged> merged;
  std::map<std::string, size_t> by_path;
  for (const Change& change : plan.changes) {
    for (const FieldDiff& diff : change.diffs) {
      const auto [found, added] = by_path.try_emplace(diff.path, merged.size());
      if (added) merged.push_back({diff, {}});
      Merged& field = merged[found->second];
      field.diff.secret |= diff.secret;
      if (std::ranges::find(field.actuals, diff.actual) == field.actuals.end()) {
        field.actuals.push_back(diff.actual);
      }
    }
  }
  std::vector<FieldDiff> fields;
  fields.reserve(merged.size());
  for (Merged& field : merged) {
    if (field.actuals.size() > 1) {
      std::ranges::replace(field.actuals, std::string(), std::string(kUnset));
    }
    field.diff.actual = field.diff.secret ? "" : Join(field.actuals, ", ");
    if (field.diff.secret) field.diff.desired.clear();
    fields.push_back(std::move(field.diff));
  }
  return fields;
}

std::vector<FieldDiff> ShownFields(const ResourcePlan& plan) {
  if (plan.HasChanges()) return MergedFields(plan);
  std::vector<FieldDiff> fields;
  for (const DriftEntry& drift : plan.drift) {
    std::string path = drift.path.substr(drift.path.starts_with('/') ? 1 : 0);
    std::ranges::replace(path, '/', '.');
    fields.push_back({std::move(path), drift.actual, drift.desired});
  }
  return fields;
}

std::string OneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c < 0x20 || c == 0x7f) {
      line += fmt::format("\\x{:02x}", c);
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // C1 controls: terminals obey them too
      line += fmt::format("\\x{:02x}", next);
      ++i;
    } else if (IsDirectionControl(text.substr(i, 3))) {
      line += fmt::format("\\u{:04x}", 0x2000 | (next & 0x3f) << 6 |
                                           (static_cast<unsigned char>(text[i + 2]) & 0x3f));
      i += 2;
    } else {
      line += text[i];
    }
  }
  return line;
}

std::string Shortened(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t end = limit > kEllipsis.size() ? limit - kEllipsis.size() : 0;
  while (end > 0 && IsContinuation(text[end])) --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

ShownValues Show(const FieldDiff& diff, bool common_twice, size_t limit) {
  const size_t shared = SharedRepository(diff);
  const auto show = [&](std::string_view value) {
    return value.empty() ? std::string(kUnset) : Shortened(OneLine(value), limit);
  };
  const std::string_view actual = diff.actual;
  const std::string_view desired = diff.desired;
  return {show(common_twice ? actual : actual.substr(shared)), show(desired.substr(shared))};
}

SourceLocation LocationOfChange(const ResourcePlan& plan, const Resource& resource) {
  for (const Change& change : plan.changes) {
    if (change.diffs.empty() || change.diffs.front().path.empty()) continue;
    std::string pointer = "/" + change.diffs.front().path;
    std::ranges::replace(pointer, '.', '/');
    return resource.LocationOf(std::move(pointer));
  }
  return resource.source;
}

}  // namespace mooring
