// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_config.h"

#include "controller/base/digest.h"
#include "controller/base/json_pointer.h"
#include "controller/base/text.h"
#include "reconcilers/caddy/secret_places.h"

namespace mooring::caddy {
namespace {

constexpr std::string_view kPrefix = "mooring:site:";

std::optional<std::string> FirstDifferenceOfObjects(const Json& actual, const Json& desired) {
  for (const auto& [name, value] : desired.items()) {
    std::string here = "/" + EscapePointer(name);
    const auto found = actual.find(name);
    if (found == actual.end()) return here;
    if (const auto below = FirstDifference(*found, value)) return here + *below;
  }
  for (const auto& [name, value] : actual.items()) {
    if (!desired.contains(name)) return "/" + EscapePointer(name);
  }
  return std::nullopt;
}

}  // namespace

const SitePart* SiteConfig::Find(const ResourceKey& key, std::string_view suffix) const {
  const auto found = parts.find(PartId(key, suffix));
  return found == parts.end() ? nullptr : &found->second;
}

std::string SiteConfig::Digest() const {
  Json all = Json::array();
  for (const auto& [id, part] : parts) all.push_back({part.place, part.value});
  return "sha256:" + Sha256Hex(all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string PartId(const ResourceKey& key, std::string_view suffix) {
  return std::string(kPrefix) + key.ns + ":" + key.name + std::string(suffix);
}

std::optional<ResourceKey> KeyOfPartId(std::string_view id) {
  if (!id.starts_with(kPrefix)) return std::nullopt;
  const std::vector<std::string> words = Split(id.substr(kPrefix.size()), ':');
  if (words.size() < 2 || words.size() > 3 || words[0].empty() || words[1].empty()) {
    return std::nullopt;
  }
  return ResourceKey{"Site", words[0], words[1]};
}

std::string IdOf(const Json& value) {
  if (!value.is_object()) return "";
  const auto found = value.find("@id");
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::string> FirstDifference(const Json& actual, const Json& desired) {
  if (actual == desired) return std::nullopt;
  if (actual.is_object() && desired.is_object()) return FirstDifferenceOfObjects(actual, desired);
  if (!actual.is_array() || !desired.is_array()) return "";
  const size_t common = std::min(actual.size(), desired.size());
  for (size_t i = 0; i < common; ++i) {
    if (const auto below = FirstDifference(actual[i], desired[i])) {
      return "/" + std::to_string(i) + *below;
    }
  }
  return "/" + std::to_string(common);
}

std::string ShortText(const Json& document, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (!document.contains(at)) return "(none)";
  if (IsSecretPlace(pointer)) return "(secret)";
  const Json value = WithoutSecrets(document.at(at));
  std::string text = value.is_string() ? value.get<std::string>()
                                       : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  constexpr size_t kLongest = 80;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

}  // namespace mooring::caddy
