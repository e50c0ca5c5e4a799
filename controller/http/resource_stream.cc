// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/resources/stream.
#include "controller/http/errors.h"
#include "controller/http/find_resources.h"
#include "controller/http/handlers.h"

namespace mooring::http {
namespace {

class ResourceSubscription final : public Subscription {
 public:
  ResourceSubscription(std::shared_ptr<const ApiBackend> backend, ResourceFilter filter)
      : backend_(std::move(backend)), filter_(std::move(filter)) {}

  void Note(const Changes::Batch& batch) override {
    every_ = every_ || batch.every_resource;
    for (const ResourceKey& key : batch.resources) {
      if (filter_.Matches(key)) due_.insert(key);
    }
  }

  Status Fill(web::BodyStream& body) override {
    if (every_) {
      MOORING_TRY(const std::vector<ResourceKey> all, ListKeys(*backend_, filter_));
      due_.insert(all.begin(), all.end());
      every_ = false;
    }
    while (!due_.empty() && body.HasRoom()) {
      const ResourceKey key = *due_.begin();
      MOORING_TRY(const auto document, FindDocument(*backend_, key));
      due_.erase(due_.begin());
      body.Write(ServerSentEvent("", document ? "resource" : "deleted",
                                 OneLine(document ? *document : GoneDocument(key))));
    }
    if (!synced_ && due_.empty()) {
      body.Write(ServerSentEvent("", "sync", "{}"));
      synced_ = true;
    }
    return {};
  }

 private:
  const std::shared_ptr<const ApiBackend> backend_;
  const ResourceFilter filter_;
  bool every_ = true;
  bool synced_ = false;
  std::set<ResourceKey> due_;  ///< what to look at: the document is made when it is sent
};

}  // namespace

web::Response StreamResources(const std::shared_ptr<const ApiBackend>& backend, Streams& streams,
                              const web::Request& request) {
  const auto filter = ResourceFilter::Read(request);
  if (!filter) return ErrorResponse(filter.error());
  return StreamResponse(streams, request, std::make_unique<ResourceSubscription>(backend, *filter));
}

web::Response StreamResponse(Streams& streams, const web::Request& request,
                             std::unique_ptr<Subscription> subscription) {
  auto body = streams.Open(request.caller->id, std::move(subscription));
  if (!body) return ErrorResponse(body.error());
  return {.content_type = "text/event-stream", .stream = *std::move(body)};
}

}  // namespace mooring::http
