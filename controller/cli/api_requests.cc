// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/api_requests.h"

#include <tuple>

#include "controller/base/text.h"
#include "controller/cli/preview.h"
#include "controller/plan/plan_json.h"
#include "controller/resource/reasons.h"

namespace mooring::cli {

Result<Json> ApiRequests::Preview(const Json& request, std::stop_token stop) {
  const Json asked = request.is_object() ? request.value("source", Json("")) : Json("");
  if (!asked.is_string()) return Fail(ErrorCode::kInvalidArgument, "source must be a string");
  const std::string name = asked.get<std::string>();
  Source* const source = parts_.sources.Find(name);
  if (source == nullptr)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("no source is called \"{}\"", name));
  const auto load = [&](const FileTree& tree, const std::string& revision) {
    return parts_.sources.Preview(name, tree, revision);
  };
  MOORING_TRY(PreviewInput input,
              ReadPlanRequest(request, *source, load, parts_.controller.desired(), stop));
  parts_.holding.AddTo(input);
  MOORING_TRY(const Plan plan, BuildPreview(input, parts_.plans, parts_.policy, parts_.store,
                                            parts_.config.host_name, stop));
  return PlanToJson(plan);
}

Status ApiRequests::OverrideWindow(const ResourceKey& key, const std::string& who) {
  MOORING_TRY(const auto closed, parts_.controller.OverrideWindow(key));
  if (!closed) return {};
  parts_.events.Record(Severity::kWarning, key, reason::kOutsideSyncWindow,
                       fmt::format("the token {} lets a change through; {}", who, closed->Of(key)),
                       parts_.controller.desired()->RevisionOf(key, ""), {.actor = who});
  return {};
}

Result<size_t> ApiRequests::Reconcile(const http::ReconcileRequest& request) {
  const auto set = parts_.controller.desired();
  const std::vector<ResourceKey> keys =
      request.resource ? std::vector{*request.resource} : parts_.controller.KnownKeys();
  if (request.override_window && request.source) {
    MOORING_RETURN_IF_ERROR(parts_.controller.MayOverrideWindow(*request.resource));
  } else if (request.override_window) {
    MOORING_RETURN_IF_ERROR(OverrideWindow(*request.resource, request.who));
  }
  parts_.events.Record(Severity::kInfo,
                       request.resource.value_or(ResourceKey{"Host", "", parts_.config.host_name}),
                       reason::kReconcileRequested,
                       fmt::format("the token {} asked for a run over {}{}", request.who,
                                   request.resource ? "it" : Count(keys.size(), "resource"),
                                   request.source ? ", after a look at the source" : ""),
                       set ? set->revision() : "", {.actor = request.who});
  if (!request.source) {
    parts_.controller.Wake(keys, Trigger::kHuman, request.who);
    return keys.size();
  }
  parts_.sources.LookNow([this, keys, request, all = !request.resource] {
    // If the new revision does not allow it any more, the resource says what it waits for.
    if (request.override_window) std::ignore = OverrideWindow(*request.resource, request.who);
    all ? parts_.controller.WakeAll(Trigger::kHuman, request.who)
        : parts_.controller.Wake(keys, Trigger::kHuman, request.who);
  });
  return keys.size();
}

std::vector<ResourcePtr> ApiRequests::ListDesired() const {
  std::vector<ResourcePtr> list;
  if (const auto set = parts_.controller.desired()) {
    for (const auto& [key, resource] : set->resources()) list.push_back(resource);
  }
  return list;
}

ResourcePtr ApiRequests::FindDesired(const ResourceKey& key) const {
  const auto set = parts_.controller.desired();
  if (!set) return nullptr;
  const auto found = set->resources().find(key);
  return found == set->resources().end() ? nullptr : found->second;
}

std::vector<std::string> ApiRequests::UsersOf(const ResourceKey& key) const {
  std::vector<std::string> users;
  if (const auto set = parts_.controller.desired()) {
    for (const ResourceKey& user : set->DependentsOf(key)) users.push_back(user.ToString());
  }
  return users;
}

http::ApiBackend ApiRequests::Backend() {
  webhook::Receiver& hooks = parts_.webhooks.receiver();
  return {
      .store = parts_.store,
      .readiness = [this] { return parts_.readiness.Parts(); },
      .render_metrics = [this] { return parts_.metrics.Render(); },
      .list_desired = [this] { return ListDesired(); },
      .revision =
          [this](const ResourceKey& key) {
            const auto set = parts_.controller.desired();
            return set ? set->RevisionOf(key, "") : std::string();
          },
      .find_desired = [this](const ResourceKey& key) { return FindDesired(key); },
      .in_use_by = [this](const ResourceKey& key) { return UsersOf(key); },
      .plan = [this](const Json& request, std::stop_token stop) { return Preview(request, stop); },
      .reconcile = [this](const http::ReconcileRequest& request) { return Reconcile(request); },
      .deliver =
          [&hooks](const web::Request& request) {
            return hooks.Receive(request.params.at("name"), request.headers, request.body);
          },
      .list_webhooks = [&hooks] { return hooks.Reports(); },
      .suspend =
          [this](const http::HoldRequest& request) { return parts_.holding.Suspend(request); },
      .roll_back = [this](const http::HoldRequest& request,
                          std::stop_token stop) { return parts_.holding.RollBack(request, stop); },
      .resume = [this](const http::HoldRequest& request) { return parts_.holding.Resume(request); },
      .several_sources = parts_.config.sources.size() > 1};
}

}  // namespace mooring::cli
