// SPDX-License-Identifier: Apache-2.0
// The daemon's HTTP API. Handlers run on several threads: the functions of the backend must be
// thread-safe. Main owns the backend's parts; they outlive the server.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/holds/held.h"
#include "controller/resource/resource.h"
#include "controller/store/store.h"
#include "controller/web/http_server.h"
#include "controller/webhook/receiver.h"

namespace mooring::http {

/// One thing that the daemon cannot work without: "git", "engine", "caddy", "store".
struct ReadinessPart {
  std::string name;
  bool ready = false;
  std::string reason;  ///< for a person: why not; may be empty when ready
};

class Streams;

/// The body of POST /api/v1/reconcile.
struct ReconcileRequest {
  std::optional<ResourceKey> resource;  ///< it is known; nullopt: all
  bool source = false;                  ///< look for a new revision first
  bool override_window = false;  ///< of `resource`: change it although its sync windows are closed
  std::string who;               ///< the name of the token that asks
};

/// The body of POST /api/v1/suspend, /rollback and /resume.
struct HoldRequest {
  HoldScope scope;                   ///< of a rollback or resume, an empty source is the only one
  std::string revision;              ///< of a rollback: what names the commit
  std::optional<Duration> how_long;  ///< nullopt: as configured; of a rollback: until it is resumed
  std::string reason;
  std::string who;  ///< the name of the token that asks
};

struct ApiBackend {
  const StoreReader& store;
  std::function<std::vector<ReadinessPart>()> readiness;
  /// Prometheus' text format.
  std::function<std::string()> render_metrics;
  /// Everything that is desired now.
  std::function<std::vector<ResourcePtr>()> list_desired;
  /// Of the source that has the resource, "main@sha1:<commit>"; empty before the first.
  std::function<std::string(const ResourceKey&)> revision;
  /// nullptr: not desired.
  std::function<ResourcePtr(const ResourceKey&)> find_desired;
  /// The keys of those that depend on it: "Site/default/shop".
  std::function<std::vector<std::string>(const ResourceKey&)> in_use_by;
  /// The body of POST /api/v1/plan in, the plan out; it changes nothing.
  std::function<Result<Json>(const Json& request, std::stop_token stop)> plan;
  /// Puts them into the queue before everything else and says how many.
  std::function<Result<size_t>(const ReconcileRequest& request)> reconcile;
  /// A delivery to a webhook; nullopt: there is none of that name.
  std::function<std::optional<webhook::Answer>(const web::Request& request)> deliver;
  std::function<std::vector<webhook::HookReport>()> list_webhooks;
  /// Holds it, and says until when.
  std::function<Result<Held>(const HoldRequest& request)> suspend;
  std::function<Result<Held>(const HoldRequest& request, std::stop_token stop)> roll_back;
  /// Ends what is held; what that was.
  std::function<Result<std::vector<Held>>(const HoldRequest& request)> resume;
  bool several_sources = false;  ///< then a resource says which of them has it
};

struct ApiOptions {
  bool metrics_token = false;  ///< /metrics needs a token, and /readyz tells no details without one
};

/// Every route of docs/reference/api.md, in its order. `streams` outlives them.
std::vector<web::Route> ApiRoutes(ApiBackend backend, Streams& streams, ApiOptions options = {});

/// Adds them to a server, which `streams` outlives. REQUIRES: the server has not started.
void RegisterApi(web::HttpServer& server, ApiBackend backend, Streams& streams,
                 ApiOptions options = {});

}  // namespace mooring::http
