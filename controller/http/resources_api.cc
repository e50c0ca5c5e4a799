// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/resources[/...].
#include "controller/http/errors.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"
#include "controller/http/resource_document.h"

namespace mooring::http {
namespace {

using nlohmann::ordered_json;

struct Both {
  ResourcePtr desired;
  const ResourceStatus* status = nullptr;
};

}  // namespace

web::Response ListResources(const ApiBackend& backend, const web::Request& request) {
  const auto filter = ResourceFilter::Read(request);
  if (!filter) return ErrorResponse(filter.error());
  const auto statuses = backend.store.ListStatus();
  if (!statuses) return ErrorResponse(statuses.error().WithContext("list resources"));
  std::map<ResourceKey, Both> found;
  for (const ResourceStatus& status : *statuses) {
    if (filter->Matches(status.key)) found[status.key].status = &status;
  }
  for (const ResourcePtr& desired : backend.list_desired()) {
    if (filter->Matches(desired->key)) found[desired->key].desired = desired;
  }
  ordered_json list = {{"apiVersion", kApiVersion}, {"kind", "List"}, {"items", Json::array()}};
  for (const auto& [key, both] : found) {
    list["items"].push_back(ResourceDocument(both.desired.get(), both.status,
                                             backend.in_use_by(key), backend.revision(key),
                                             backend.several_sources, SystemClock().Now()));
  }
  return JsonResponse(list);
}

web::Response GetResource(const ApiBackend& backend, const web::Request& request) {
  if (const Status known = CheckQuery(request, {}); !known) return ErrorResponse(known.error());
  const auto ns = request.params.find("namespace");
  const ResourceKey key{request.params.at("kind"), ns == request.params.end() ? "" : ns->second,
                        request.params.at("name")};
  const auto document = FindDocument(backend, key);
  if (!document) return ErrorResponse(document.error());
  if (!*document) {
    return ErrorResponse(
        Error(ErrorCode::kNotFound,
              fmt::format("{} is neither in Git nor on this host", key.ToString())));
  }
  return JsonResponse(**document);
}

}  // namespace mooring::http
