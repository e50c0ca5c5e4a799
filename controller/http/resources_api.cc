// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/resources[/...].
#include "controller/http/errors.h"
#include "controller/http/handlers.h"
#include "controller/http/resource_document.h"
#include "controller/web/problem.h"

namespace mooring::http {
namespace {

using nlohmann::ordered_json;

/// True when the query names no other kind, namespace or name.
bool Matches(const web::Request& request, const ResourceKey& key) {
  const auto fits = [&](const char* name, const std::string& value) {
    const auto asked = request.query.find(name);
    return asked == request.query.end() || asked->second == value;
  };
  return fits("kind", key.kind) && fits("namespace", key.ns) && fits("name", key.name);
}

struct Both {
  ResourcePtr desired;
  const ResourceStatus* status = nullptr;
};

}  // namespace

web::Response ListResources(const ApiBackend& backend, const web::Request& request) {
  if (const Status known = CheckQuery(request, {"kind", "namespace", "name"}); !known) {
    return ErrorResponse(known.error());
  }
  const auto statuses = backend.store.ListStatus();
  if (!statuses) return ErrorResponse(statuses.error().WithContext("list resources"));
  std::map<ResourceKey, Both> found;
  for (const ResourceStatus& status : *statuses) {
    if (Matches(request, status.key)) found[status.key].status = &status;
  }
  for (const ResourcePtr& desired : backend.list_desired()) {
    if (Matches(request, desired->key)) found[desired->key].desired = desired;
  }
  ordered_json list = {{"apiVersion", kApiVersion}, {"kind", "List"}, {"items", Json::array()}};
  for (const auto& [key, both] : found) {
    list["items"].push_back(ResourceDocument(both.desired.get(), both.status,
                                             backend.in_use_by(key), backend.revision(),
                                             SystemClock().Now()));
  }
  return JsonResponse(list);
}

web::Response GetResource(const ApiBackend& backend, const web::Request& request) {
  if (const Status known = CheckQuery(request, {}); !known) return ErrorResponse(known.error());
  const auto ns = request.params.find("namespace");
  const ResourceKey key{request.params.at("kind"), ns == request.params.end() ? "" : ns->second,
                        request.params.at("name")};
  const auto status = backend.store.GetStatus(key);
  if (!status) return ErrorResponse(status.error().WithContext("get " + key.ToString()));
  const ResourcePtr desired = backend.find_desired(key);
  if (!desired && !*status) {
    return ErrorResponse(
        Error(ErrorCode::kNotFound,
              fmt::format("{} is neither in Git nor on this host", key.ToString())));
  }
  const ResourceStatus* seen = *status ? &**status : nullptr;
  return JsonResponse(ResourceDocument(desired.get(), seen, backend.in_use_by(key),
                                       backend.revision(), SystemClock().Now()));
}

}  // namespace mooring::http
