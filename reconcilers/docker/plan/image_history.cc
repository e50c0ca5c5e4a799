// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/image_history.h"

#include <algorithm>

namespace mooring::docker {

ImageHistory::ImageHistory(const Json* details) {
  if (details == nullptr || !details->is_object()) return;
  const Json known = details->value("images", Json::object());
  const Json pulled = known.value("pulled", Json::array());
  for (const Json& reference : pulled) pulled_.insert(reference.get<std::string>());
  const Json versions = known.value("versions", Json::object());
  for (const auto& [service, list] : versions.items()) {
    for (const Json& image : list)
      versions_[service].push_back({image.value("image", ""), image.value("id", "")});
  }
}

void ImageHistory::NoteUse(const std::map<std::string, KnownImage>& by_service) {
  services_.clear();
  for (const auto& [service, image] : by_service) {
    services_.insert(service);
    std::vector<KnownImage>& list = versions_[service];
    const auto before = std::ranges::find(list, image.id, &KnownImage::id);
    const bool ours = before != list.end() || pulled_.contains(image.reference);
    if (before != list.end()) list.erase(before);
    if (ours) list.insert(list.begin(), image);
  }
  pulled_.clear();
}

std::vector<KnownImage> ImageHistory::TakeObsolete(int keep) {
  std::vector<KnownImage> obsolete;
  std::set<std::string> kept;
  for (auto& [service, list] : versions_) {
    const size_t most = services_.contains(service) ? static_cast<size_t>(keep) + 1 : 0;
    if (list.size() > most) {
      obsolete.insert(obsolete.end(), list.begin() + static_cast<std::ptrdiff_t>(most), list.end());
      list.resize(most);
    }
    for (const KnownImage& image : list) kept.insert(image.id);
  }
  std::erase_if(versions_, [](const auto& entry) { return entry.second.empty(); });
  std::set<std::string> told;
  std::erase_if(obsolete, [&](const KnownImage& image) {
    return kept.contains(image.id) || !told.insert(image.id).second;
  });
  return obsolete;
}

Json ImageHistory::ToJson() const {
  Json json = Json::object();
  if (!pulled_.empty()) json["pulled"] = pulled_;
  for (const auto& [service, list] : versions_) {
    for (const KnownImage& image : list)
      json["versions"][service].push_back({{"image", image.reference}, {"id", image.id}});
  }
  return json;
}

}  // namespace mooring::docker
