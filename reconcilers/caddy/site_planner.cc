// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_planner.h"

#include "controller/base/text.h"
#include "controller/reconcile/ignored_drift.h"
#include "controller/resource/reasons.h"
#include "reconcilers/caddy/secret_places.h"
#include "reconcilers/caddy/site_description.h"
#include "reconcilers/caddy/site_renderer.h"

namespace mooring::caddy {
namespace {

/// An App that runs again wakes its Sites; this is for the case that it could not.
constexpr Duration kLookAgain = std::chrono::minutes(10);

std::string InventoryId(const ResourceKey& key) { return "route/" + key.ns + "/" + key.name; }

FieldDiff FrameDiff(const FrameDifference& frame) {
  return {"gateway", frame.pointer + ": " + frame.actual, frame.desired};
}

class Planning {
 public:
  Planning(const PlanInput& input, const GatewayOptions& options)
      : input_(input),
        options_(options),
        observed_(static_cast<const SiteObservation&>(*input.observed)) {
    plan_.key = *input.key;
  }

  ResourcePlan Run() {
    if (const SiteConfig* site = observed_.site()) Own(*site);
    if (input_.desired == nullptr) {
      PlanDelete();
    } else {
      PlanDesired(*input_.desired);
      NoteStoppedBackends(*input_.desired);
    }
    if (plan_.HasChanges()) AddNotes();
    return std::move(plan_);
  }

 private:
  void Own(const SiteConfig& site) {
    const SiteDescription words = Describe(plan_.key, site);
    const auto hosts = words.find("hosts");
    plan_.inventory.push_back(
        {InventoryId(plan_.key), hosts == words.end() ? plan_.key.name : hosts->second, {}});
  }

  void PlanDelete() {
    if (!observed_.exists() && !observed_.comes_back()) {
      plan_.healthy = true;
      plan_.health_message = "no route left";
      return;
    }
    Change change;
    change.action = Action::kDelete;
    change.reason = "no longer in Git";
    change.impact = Impact::kDowntime;
    change.operation = std::make_shared<SiteOperation>(SiteConfig{});
    Add(std::move(change));
  }

  void PlanDesired(const Resource& desired) {
    const SecretValues none;
    auto rendered = RenderSite(desired, options_, observed_.live().capabilities,
                               input_.secrets == nullptr ? none : *input_.secrets);
    if (!rendered && rendered.error().code() != ErrorCode::kInvalidArgument) {
      plan_.details["hosts"] = desired.spec.at("hosts");
      plan_.health_message = rendered.error().ToString();
      plan_.blocked = std::move(rendered).error();
      return;
    }
    Change change;
    change.action = observed_.exists() ? Action::kUpdate : Action::kCreate;
    if (!rendered) {
      change.reason = rendered.error().message();
      change.operation = std::make_shared<SiteOperation>(rendered.error());
      plan_.health_message = rendered.error().message();
      return Add(std::move(change));
    }
    if (const SiteConfig* site = observed_.site())
      change.diffs = DiffSites(desired, *site, *rendered);
    const IgnoredDrift ignored(desired.spec);
    std::vector<FieldDiff> stands;
    const bool applied = desired.spec_digest == input_.last_applied_digest;
    const bool rotated = IsRotation(change, *rendered);
    // Nothing tells what was applied once the store is lost: what is ignored is left alone then.
    if (!rotated && (applied || input_.last_applied_digest.empty()))
      stands = ignored.TakeFrom(change.diffs);
    if (observed_.live().frame) change.diffs.push_back(FrameDiff(*observed_.live().frame));
    plan_.details["hosts"] = desired.spec.at("hosts");
    if (observed_.exists() && change.diffs.empty()) {
      plan_.healthy = true;
      plan_.health_message = "the route is as desired";
      return ignored.Tell(stands, plan_);
    }
    plan_.health_message = observed_.exists() ? "the route differs" : "the route is missing";
    change.drift = applied && !rotated;
    change.rotation = applied && rotated;
    change.reason = rotated ? "a value of its Secrets changed" : Reason(change);
    if (change.drift) NoteDrift(desired, change);
    change.operation = std::make_shared<SiteOperation>(*std::move(rendered));
    Add(std::move(change));
  }

  /// The routes stand, and answer 502 until the App runs again.
  void NoteStoppedBackends(const Resource& desired) {
    const auto stopped = desired.derived.value("stoppedBackends", std::vector<std::string>());
    if (stopped.empty() || plan_.blocked) return;
    plan_.healthy = false;
    plan_.health_message =
        Join(stopped, ", ") + (stopped.size() > 1 ? " are" : " is") + " stopped (state: Stopped)";
    plan_.wait = Wait{reason::kBackendNotReady, plan_.health_message, kLookAgain};
  }

  /// Nothing but values of Secrets differ, and nobody has touched them in Caddy.
  bool IsRotation(const Change& change, const SiteConfig& desired) const {
    const SiteConfig* live = observed_.site();
    return live != nullptr && std::ranges::all_of(change.diffs, &FieldDiff::secret) &&
           HasValuesAsRendered(plan_.key, *live) &&
           ValuesId(plan_.key, *live) != ValuesId(plan_.key, desired);
  }

  std::string Reason(const Change& change) const {
    if (change.action == Action::kCreate) {
      return change.drift ? "the route is gone from Caddy" : "missing";
    }
    if (change.drift) return "changed in Caddy by hand";
    return input_.last_applied_digest.empty() ? "differs from the spec" : "spec changed";
  }

  void NoteDrift(const Resource& desired, const Change& change) {
    if (change.action == Action::kCreate) {
      plan_.drift.push_back({"/route", "present", "missing", {}, {}});
    }
    for (const FieldDiff& diff : change.diffs) {
      plan_.drift.push_back({PointerOf(desired.spec, diff.path),
                             diff.secret ? "(secret)" : diff.desired,
                             diff.secret ? "(secret)" : diff.actual,
                             {},
                             {}});
    }
  }

  void Add(Change change) {
    change.object = InventoryId(plan_.key);
    plan_.action = change.action;
    plan_.impact = change.impact;
    plan_.changes.push_back(std::move(change));
  }

  void AddNotes() {
    const LiveConfig& live = observed_.live();
    if (live.Refused(options_)) {
      plan_.notes.push_back(ForeignText(live));
    } else if (!live.foreign.empty()) {
      plan_.notes.push_back("replaces what is not Mooring's in Caddy: " + Join(live.foreign, ", "));
    }
    if (!live.capabilities.keeps_streams && !live.blank) {
      plan_.notes.push_back("one reload of Caddy: this version cuts open websockets of all sites");
    }
  }

  const PlanInput& input_;
  const GatewayOptions& options_;
  const SiteObservation& observed_;
  ResourcePlan plan_;
};

}  // namespace

ResourcePlan SitePlanner::Plan(const PlanInput& input) const {
  const GatewayOptions options = options_.With([](const GatewayOptions& now) { return now; });
  return Planning(input, options).Run();
}

void SitePlanner::SetAcmeEmail(const std::string& email) {
  options_.With([&](GatewayOptions& options) { options.acme_email = email; });
}

}  // namespace mooring::caddy
