// SPDX-License-Identifier: Apache-2.0
#include "tests/support/caddy/gateway.h"

#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

Resource MakeSite(const std::string& name, Json spec) {
  Resource site;
  site.key = {"Site", "default", name};
  site.spec = std::move(spec);
  site.spec_digest = SpecDigest(site.spec, site.derived);
  return site;
}

caddy::GatewayOptions Gateway::Options(const std::string& admin) {
  caddy::GatewayOptions options;
  options.admin = admin;
  options.http_listen = {"127.0.0.1:" + std::to_string(FreePort())};
  options.https_listen = {"127.0.0.1:" + std::to_string(FreePort())};
  return options;
}

caddy::ApplierOptions Gateway::Eager() {
  return {.quiet = 20ms, .max_wait = 500ms, .min_reload_interval = 0ms};
}

caddy::AdminOptions Gateway::Admin(const std::string& admin) {
  return {.address = *caddy::AdminAddress::Parse(admin)};
}

Gateway::Gateway(caddy::GatewayOptions gateway, caddy::AdminOptions admin,
                 caddy::ApplierOptions applier_options)
    : options(std::move(gateway)),
      reader(std::move(admin)),
      cache(reader, options, clock),
      observer(cache),
      planner(options),
      applier(cache, writer, std::move(applier_options), clock,
              [this](const std::vector<ResourceKey>& keys) {
                std::scoped_lock lock(mutex_);
                woken_.insert(keys.begin(), keys.end());
                woken_changed_.notify_all();
              }) {}

Result<ResourcePlan> Gateway::PlanFor(const ResourceKey& key, const Resource* desired,
                                      const std::string& last_applied) {
  MOORING_TRY(const auto observed, observer.Observe(key, desired, {}));
  return planner.Plan({.key = &key,
                       .desired = desired,
                       .last_applied_digest = last_applied,
                       .observed = observed.get(),
                       .secrets = &secrets});
}

Result<ResourcePlan> Gateway::Plan(const Resource& site, const std::string& last_applied) {
  return PlanFor(site.key, &site, last_applied);
}

Result<ResourcePlan> Gateway::PlanDelete(const ResourceKey& key) {
  return PlanFor(key, nullptr, "");
}

Result<bool> Gateway::ApplyOnce(const ResourceKey& key, const Resource* desired) {
  MOORING_TRY(const ResourcePlan plan, PlanFor(key, desired, ""));
  for (const Change& change : plan.changes) {
    MOORING_RETURN_IF_ERROR(applier.Apply(key, change, {}));
  }
  return plan.HasChanges();
}

bool Gateway::AwaitWake(const ResourceKey& key) {
  std::unique_lock lock(mutex_);
  const bool woken = clock.WaitUntil(lock, woken_changed_, clock.Steady() + 20s, {},
                                     [&] { return woken_.contains(key); });
  woken_.erase(key);
  return woken;
}

Status Gateway::Finish(const ResourceKey& key, const Resource* desired) {
  for (int run = 0; run < 3; ++run) {
    if (!AwaitWake(key)) return Fail(ErrorCode::kDeadlineExceeded, "not woken up");
    MOORING_TRY(const bool changing, ApplyOnce(key, desired));
    if (!changing) return {};
  }
  return Fail(ErrorCode::kInternal, "does not converge");
}

std::map<ResourceKey, Status> Gateway::Reconcile(const std::vector<Resource>& sites) {
  std::map<ResourceKey, Status> results;
  std::vector<const Resource*> started;
  for (const Resource& site : sites) {
    const Result<bool> changing = ApplyOnce(site.key, &site);
    results[site.key] = changing ? Status() : Status(std::unexpected(changing.error()));
    if (changing && *changing) started.push_back(&site);
  }
  for (const Resource* site : started) results[site->key] = Finish(site->key, site);
  return results;
}

Status Gateway::Reconcile(const Resource& site) { return Reconcile(std::vector{site})[site.key]; }

Status Gateway::Delete(const ResourceKey& key) {
  MOORING_TRY(const bool changing, ApplyOnce(key, nullptr));
  return changing ? Finish(key, nullptr) : Status();
}

Result<Applied> Gateway::Step(const Resource& site) {
  MOORING_TRY(const ResourcePlan plan, Plan(site));
  if (!plan.HasChanges()) return Applied::kDone;
  return applier.Apply(site.key, plan.changes[0], {});
}

}  // namespace mooring::test
