// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/ignored_drift.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "controller/base/json_pointer.h"
#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

/// A dotted path, as far as the spec knows its names, and what is left.
struct Place {
  std::vector<std::string> names;
  std::string_view rest;
  const Json* at = nullptr;  ///< what the names lead to
};

bool BeginsWith(std::string_view path, std::string_view name) {
  return path == name || (path.starts_with(name) && path[name.size()] == '.');
}

/// The member that the path goes through: of several names the longest. Null: the spec has none.
const Json* Follow(const Json& value, std::string_view path, std::string& name) {
  if (value.is_array()) {
    name = path.substr(0, path.find('.'));
    size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool is_index = error == std::errc() && end == name.data() + name.size();
    return is_index && index < value.size() ? &value[index] : nullptr;
  }
  const Json* found = nullptr;
  if (!value.is_object()) return found;
  name.clear();
  for (const auto& [key, member] : value.items()) {
    const bool ends_here = path == key;
    if (!ends_here && !(member.is_structured() && BeginsWith(path, key))) continue;
    if (found != nullptr && key.size() < name.size()) continue;
    found = &member;
    name = key;
  }
  return found;
}

Place Locate(const Json& spec, std::string_view path) {
  Place place{.rest = path, .at = &spec};
  while (!place.rest.empty()) {
    std::string name;
    const Json* next = Follow(*place.at, place.rest, name);
    if (next == nullptr) break;
    place.at = next;
    place.rest.remove_prefix(std::min(place.rest.size(), name.size() + 1));
    place.names.push_back(std::move(name));
  }
  return place;
}

bool IsAtOrBelow(const Place& place, const std::vector<std::string>& ignored) {
  const size_t known = std::min(place.names.size(), ignored.size());
  if (!std::equal(ignored.begin(), ignored.begin() + static_cast<std::ptrdiff_t>(known),
                  place.names.begin()))
    return false;
  if (ignored.size() <= place.names.size()) return true;
  const std::string left =
      Join({ignored.begin() + static_cast<std::ptrdiff_t>(known), ignored.end()}, ".");
  // Nothing lies below a value, so a longer path is another name: "a.new" beside "a".
  const auto member = place.at->is_object() ? place.at->find(left) : place.at->end();
  if (member != place.at->end() && !member->is_structured()) return place.rest == left;
  return BeginsWith(place.rest, left);
}

}  // namespace

std::string PointerOf(const Json& spec, std::string_view path) {
  const Place place = Locate(spec, path);
  std::string pointer;
  for (const std::string& name : place.names) pointer += "/" + EscapePointer(name);
  if (place.rest.empty()) return pointer;
  for (const std::string& name : Split(std::string(place.rest), '.'))
    pointer += "/" + EscapePointer(name);
  return pointer;
}

IgnoredDrift::IgnoredDrift(const Json& spec) {
  const auto drift = spec.find("drift");
  if (drift == spec.end() || !drift->is_object()) return;
  for (const Json& pointer : drift->value("ignore", Json::array()))
    places_.push_back(PointerNames(pointer.get_ref<const std::string&>()));
  if (!places_.empty()) spec_ = spec;
}

bool IgnoredDrift::Covers(std::string_view path) const {
  if (places_.empty()) return false;
  const Place place = Locate(spec_, path);
  return std::ranges::any_of(places_,
                             [&](const auto& ignored) { return IsAtOrBelow(place, ignored); });
}

std::vector<FieldDiff> IgnoredDrift::TakeFrom(std::vector<FieldDiff>& diffs) const {
  std::vector<FieldDiff> taken;
  std::erase_if(diffs, [&](const FieldDiff& diff) {
    if (!Covers(diff.path)) return false;
    taken.push_back(diff);
    return true;
  });
  return taken;
}

void IgnoredDrift::Tell(const std::vector<FieldDiff>& ignored, ResourcePlan& plan) const {
  std::set<std::string> told;
  Json list = Json::array();
  for (const FieldDiff& diff : ignored) {
    const std::string pointer = PointerOf(spec_, diff.path);
    if (!told.insert(pointer).second) continue;
    const std::string actual = diff.secret ? "(secret)" : diff.actual;
    const std::string desired = diff.secret ? "(secret)" : diff.desired;
    list.push_back({{"path", pointer}, {"desired", desired}, {"actual", actual}});
    plan.notes.push_back(fmt::format("{}: {} is {}, not {}", reason::kDriftIgnored, pointer,
                                     actual.empty() ? "(unset)" : actual,
                                     desired.empty() ? "(unset)" : desired));
  }
  if (!list.empty()) plan.details["driftIgnored"] = std::move(list);
}

}  // namespace mooring
