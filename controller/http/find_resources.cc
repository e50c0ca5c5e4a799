// SPDX-License-Identifier: Apache-2.0
#include "controller/http/find_resources.h"

#include <set>

#include "controller/http/handlers.h"
#include "controller/http/resource_document.h"

namespace mooring::http {

using nlohmann::ordered_json;

bool ResourceFilter::Matches(const ResourceKey& key) const {
  return (!kind || *kind == key.kind) && (!ns || *ns == key.ns) && (!name || *name == key.name);
}

Result<ResourceFilter> ResourceFilter::Read(const web::Request& request) {
  MOORING_RETURN_IF_ERROR(CheckQuery(request, {"kind", "namespace", "name"}));
  const auto asked = [&](const char* parameter) -> std::optional<std::string> {
    const auto found = request.query.find(parameter);
    if (found == request.query.end()) return std::nullopt;
    return found->second;
  };
  return ResourceFilter{asked("kind"), asked("namespace"), asked("name")};
}

Result<std::vector<ResourceKey>> ListKeys(const ApiBackend& backend, const ResourceFilter& filter) {
  MOORING_TRY(const std::vector<ResourceStatus> statuses, backend.store.ListStatus());
  std::set<ResourceKey> keys;
  for (const ResourceStatus& status : statuses) {
    if (filter.Matches(status.key)) keys.insert(status.key);
  }
  for (const ResourcePtr& desired : backend.list_desired()) {
    if (filter.Matches(desired->key)) keys.insert(desired->key);
  }
  return std::vector<ResourceKey>(keys.begin(), keys.end());
}

Result<std::optional<ordered_json>> FindDocument(const ApiBackend& backend,
                                                 const ResourceKey& key) {
  auto status = backend.store.GetStatus(key);
  if (!status) return std::unexpected(status.error().WithContext("get " + key.ToString()));
  const ResourcePtr desired = backend.find_desired(key);
  if (!desired && !*status) return std::nullopt;
  return ResourceDocument(desired.get(), *status ? &**status : nullptr, backend.in_use_by(key),
                          backend.revision(key), backend.several_sources, SystemClock().Now());
}

ordered_json GoneDocument(const ResourceKey& key) {
  ordered_json metadata = {{"name", key.name}};
  if (!key.ns.empty()) metadata["namespace"] = key.ns;
  return {{"apiVersion", kApiVersion}, {"kind", key.kind}, {"metadata", metadata}};
}

std::string OneLine(const ordered_json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mooring::http
