// SPDX-License-Identifier: Apache-2.0
// The rollout of one service. What is done to a container that stays is in service_repair.cc,
// what is told about it in service_report.cc.
#include "reconcilers/docker/plan/service_planner.h"

#include "controller/base/text.h"
#include "controller/reconcile/outputs.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/canonical_text.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/image_planner.h"
#include "reconcilers/docker/plan/job_run.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/network_planner.h"
#include "reconcilers/docker/plan/restarts.h"
#include "reconcilers/docker/plan/service_steps.h"
#include "reconcilers/docker/plan/volume_planner.h"

namespace mooring::docker {
namespace {

/// What lies in volumes without a name goes on to the successor.
void HandOnVolumes(const ObservedContainer& from, Json& body) {
  if (!from.details) return;
  for (Json& mount : body["HostConfig"]["Mounts"]) {
    if (mount.value("Type", "") != "volume" || mount.value("Source", "") != "") continue;
    for (const auto& [place, name] : from.details->unnamed_volumes) {
      if (CleanPath(place) == CleanPath(mount["Target"])) mount["Source"] = name;
    }
  }
}

/// Ends the name of a new container while another still has the name itself.
constexpr char kNextSuffix[] = "_next";

/// The best candidate that is outdated, or the best that is not; null when there is none.
const Candidate* Best(const std::vector<Candidate>& candidates, bool outdated) {
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const Candidate& c) { return c.outdated == outdated; });
  return found == candidates.end() ? nullptr : &*found;
}

}  // namespace

ServicePlanner::ServicePlanner(AppContext& context, const ServiceSpec& service)
    : context_(context),
      service_(service),
      routing_name_(RoutingName(context.app.ns, context.app.name, service.name)),
      // A name that is rendered keeps its line: Caddy may route to it until its next reload.
      named_(service.routed || context.seen.hosts.names.contains(routing_name_)),
      digest_(ServiceDigest(context.key, context.app, service)) {
  const auto image = context.seen.images.find(service.image);
  if (image != context.seen.images.end() && image->second) image_ = &*image->second;
  const Expectation expected{.app = context.app,
                             .service = service,
                             .digest = digest_,
                             .image = image_,
                             .applied_before = context.drift,
                             .history_lost = context.input.last_applied_digest.empty(),
                             .now = context.seen.now,
                             .settle_time = context.options.settle_time};
  for (const ObservedContainer& container : context.seen.containers) {
    const ContainerSummary& summary = *container.summary;
    if (summary.Label(label::kService) != service.name || summary.state == "removing" ||
        IsJobContainer(summary))
      continue;
    Candidate candidate = Judge(expected, container);
    FollowReplaced(candidate);
    if (!IsLeftAlone(service)) FollowRestart(context, candidate);
    // A container that is replaced gets all that the spec says.
    if (!candidate.outdated) {
      context_.ignored.insert(context_.ignored.end(), candidate.ignored.begin(),
                              candidate.ignored.end());
    }
    replicas_[ReplicaOf(summary)].push_back(std::move(candidate));
  }
  for (auto& [replica, candidates] : replicas_) {
    std::stable_sort(
        candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
          const auto worth = [](const Candidate& c) {
            return std::tuple(c.healthy, c.summary().state != "created", c.summary().created);
          };
          return worth(a) > worth(b);
        });
  }
}

Change& ServicePlanner::Add(std::string object, Action action, std::string reason,
                            DockerOperation::Step step) {
  context_.plan.changes.push_back(
      MakeChange(std::move(object), action, std::move(reason), std::move(step)));
  return context_.plan.changes.back();
}

void ServicePlanner::Wait(std::string reason, std::string message, Duration look_again) {
  AddWait(context_.plan, std::move(reason), std::move(message), look_again);
}

void ServicePlanner::Plan() {
  if (IsLeftAlone(service_)) {
    healthy_replicas_ = service_.replicas;
    for (const auto& [replica, candidates] : replicas_) {
      for (const Candidate& c : candidates) {
        (c.serves() ? members_ : fallback_).push_back(AddressOf(context_.app, c.summary()));
      }
    }
  } else {
    for (const auto& [replica, candidates] : replicas_) {
      const Candidate* current = Best(candidates, false);
      const bool wanted = replica >= 1 && replica <= service_.replicas;
      if (!wanted || current == nullptr || (current->healthy && candidates.size() == 1)) continue;
      rolling_ = context_.app.ContainerName(service_.name, replica);
      break;
    }
    for (int replica = 1; replica <= service_.replicas; ++replica) PlanReplica(replica);
    for (const auto& [replica, candidates] : replicas_) {
      if (replica >= 1 && replica <= service_.replicas) continue;
      for (const Candidate& c : candidates) RemoveExtra(c);
    }
    AddNote();
  }
  if (named_) PlanName();
  AddDetails();
}

void ServicePlanner::PlanReplica(int replica) {
  const std::string name = context_.app.ContainerName(service_.name, replica);
  const Candidates& candidates = replicas_[replica];
  if (candidates.empty()) {
    Create(replica, name, nullptr);
    return;
  }
  const Candidate* current = Best(candidates, false);
  if (current == nullptr) {
    PlanReplacement(replica, name, candidates);
    return;
  }
  if (current->healthy) ++healthy_replicas_;
  (current->serves() ? members_ : fallback_).push_back(AddressOf(context_.app, current->summary()));
  for (const Candidate& other : candidates) {
    if (&other == current) continue;
    if (!other.outdated) {
      RemoveOther(other, "a second container of the same replica");
    } else if (current->healthy) {
      RemoveOld(other, *current, name);
    } else if (other.serves()) {
      members_.push_back(AddressOf(context_.app, other.summary()));
    }
  }
  const Candidate* old_one = Best(candidates, true);
  if (current->summary().state == "created" && old_one != nullptr && !RunsBeside(*old_one)) {
    HealNetworks(*current);
    TakeOver(name, *old_one, {.created = current->summary().id});
    return;
  }
  Heal(*current, candidates.size() == 1 ? name : current->summary().name);
  if (!current->healthy) WaitForHealth(*current);
}

/// All containers of the replica are outdated: the best one stays until its successor is healthy,
/// the others are left-overs of a rollout that was overtaken.
void ServicePlanner::PlanReplacement(int replica, const std::string& name,
                                     const Candidates& candidates) {
  const Candidate& old_one = candidates.front();
  if (old_one.healthy) ++healthy_replicas_;
  (old_one.serves() ? members_ : fallback_).push_back(AddressOf(context_.app, old_one.summary()));
  bool alone = true;
  for (const Candidate& other : candidates) {
    if (&other != &old_one) alone = RemoveOther(other, "overtaken by a newer spec") && alone;
  }
  if (!alone) return;
  Create(replica, name, &old_one);
  if (rolling_.empty()) rolling_ = name;
}

/// The new container is started while the old one still runs.
bool ServicePlanner::RunsBeside(const Candidate& old_one) const {
  return context_.app.start_first && service_.WhyAlone().empty() &&
         old_one.summary().state == "running";
}

/// Replaces a container by one that cannot run beside it. `step` says how to create that one, or
/// names it when a run that was cut has done so.
void ServicePlanner::TakeOver(const std::string& name, const Candidate& old_one,
                              ReplaceContainer step) {
  const ContainerSummary& summary = old_one.summary();
  step.old_one = summary.id;
  step.grace = service_.StopGrace();
  std::set<std::string> freed = freed_names_;
  freed.insert(summary.name);
  if (FreeName(name, freed) == name) step.name = name;
  const bool stops = summary.state == "running";
  const bool begun = !step.created.empty();
  Change& change = Add("container/" + name, Action::kReplace, old_one.why, std::move(step));
  Describe(change, name, old_one);
  change.impact = stops ? Impact::kDowntime : Impact::kNone;
  if (!stops && begun) change.after.clear();  // nothing of this replica runs: it waits for no other
}

void ServicePlanner::Describe(Change& change, const std::string& name, const Candidate& replaces) {
  ++replaced_;
  change.drift = replaces.by_hand;
  change.diffs = replaces.diffs;
  // One that does not run disturbs nobody, and must come back with some value.
  change.rotation = context_.drift && !replaces.by_hand && replaces.summary().state == "running" &&
                    !replaces.diffs.empty() &&
                    std::ranges::all_of(replaces.diffs, &FieldDiff::secret);
  if (rolling_ != name) change.after = rolling_;
}

/// False when the name cannot be given to a new container now.
bool ServicePlanner::EnsureName(const std::string& name) {
  for (const SummaryPtr& stranger : context_.seen.strangers) {
    if (stranger->name != name) continue;
    context_.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                  fmt::format("a container named {} is there {} ({}); rename or "
                                              "remove it: docker rm -f {}",
                                              name, OwnerText(context_, stranger->labels),
                                              stranger->id.substr(0, 12), name))
                                .WithReason(reason::kNameConflict);
    return false;
  }
  for (const ObservedContainer& container : context_.seen.containers) {
    if (container.summary->name != name || container.summary->state != "removing") continue;
    Wait(reason::kProgressing, name + ": the engine is still removing the one before",
         std::chrono::seconds(1));
    return false;
  }
  return true;
}

/// The name itself, or one like it while another container has it; HealName sets it right later.
/// `freed`: names that will be free by then.
std::string ServicePlanner::FreeName(const std::string& name,
                                     const std::set<std::string>& freed) const {
  const auto taken = [&](const std::string& candidate) {
    const auto& ours = context_.seen.containers;
    const auto& others = context_.seen.strangers;
    return std::any_of(ours.begin(), ours.end(),
                       [&](const ObservedContainer& c) {
                         return c.summary->name == candidate && !freed.contains(candidate);
                       }) ||
           std::any_of(others.begin(), others.end(),
                       [&](const SummaryPtr& s) { return s->name == candidate; });
  };
  std::string candidate = name;
  for (int n = 1; taken(candidate); ++n) {
    candidate = name + kNextSuffix + (n == 1 ? "" : fmt::format("_{}", n));
  }
  return candidate;
}

/// What the container shall be called in the end.
std::string ServicePlanner::NameOf(const ContainerSummary& summary) const {
  return context_.app.ContainerName(service_.name, ReplicaOf(summary));
}

bool ServicePlanner::HasNextName(const ContainerSummary& summary) const {
  return summary.name.starts_with(NameOf(summary) + kNextSuffix);
}

std::optional<uint32_t> ServicePlanner::PickAddress() const {
  // The name's last known address first: whoever still resolves to it finds the right service.
  const auto known = context_.seen.hosts.names.find(routing_name_);
  if (named_ && known != context_.seen.hosts.names.end()) {
    for (const std::string& text : known->second) {
      const auto address = ParseAddress(text);
      if (address && context_.subnet.Contains(*address) &&
          !context_.used_addresses.contains(*address)) {
        return address;
      }
    }
  }
  std::set<uint32_t> taken = context_.used_addresses;
  taken.insert(context_.reserved_addresses.begin(), context_.reserved_addresses.end());
  const Subnet ours = context_.subnet.FixedHalf();
  const auto address = FreeAddress(ours, taken);
  return address ? address : FreeAddress(ours, context_.used_addresses);
}

/// A container that nobody has missed before: autoscale wants more of them than at the last run.
bool ServicePlanner::IsScaledUp(int replica) const {
  const Json* details = context_.input.remembered.details;
  if (service_.most == 0 || details == nullptr) return false;
  const Json services = details->value("services", Json::object());
  return replica > services.value(service_.name, Json::object()).value("replicas", 0);
}

void ServicePlanner::Create(int replica, const std::string& name, const Candidate* replaces) {
  if (!HasItsVolumes(context_, service_) || !EnsureName(name) || !EnsureImage(context_, service_))
    return;
  if (!AreDependenciesReady(name)) {
    if (replaces != nullptr) StartAgain(*replaces);
    return;
  }
  CreateContainer step{.name = FreeName(name, freed_names_),
                       .body = CreateBody(context_.app, service_),
                       .service = service_.name};
  for (const auto& [other, dependency] : service_.depends_on) step.depends_on.insert(other);
  if (!Connect(step)) return;
  for (const auto& [variable, secret] : service_.secret_environment)
    step.secrets[variable] = secret.value;
  if (replaces != nullptr) HandOnVolumes(*replaces->container, step.body);
  step.body["Labels"] = ServiceLabels(context_, service_);
  step.body["Labels"][label::kReplica] = std::to_string(replica);
  const std::string object = "container/" + name;
  if (replaces == nullptr) {
    const bool more = context_.drift && IsScaledUp(replica);
    const bool missing = context_.drift && !more;
    Change& change = Add(object, Action::kCreate,
                         missing ? "missing"
                         : more  ? "more replicas"
                                 : "new",
                         std::move(step));
    change.drift = missing;
    if (!missing) return;
    change.diffs.push_back(
        {fmt::format("services.{}.containers.{}", service_.name, replica), "missing", "running"});
    return;
  }
  if (RunsBeside(*replaces)) {
    Describe(Add(object, Action::kReplace, replaces->why, std::move(step)), name, *replaces);
  } else {
    TakeOver(name, *replaces, {.next = std::move(step)});
  }
}

/// From when a container's address is in the hosts file no more.
Duration ServicePlanner::DrainTime() const {
  return std::max(context_.options.resolver_horizon, context_.app.drain_timeout);
}

bool ServicePlanner::IsDrained(const ContainerSummary& summary) const {
  // With no replica wanted there is nowhere else to send requests to.
  if (!named_ || service_.replicas == 0 || summary.state != "running") return true;
  const std::string address = AddressOf(context_.app, summary);
  if (address.empty()) return true;
  const auto left = context_.seen.hosts.left.find(address);
  return left != context_.seen.hosts.left.end() && context_.seen.now - left->second >= DrainTime();
}

void ServicePlanner::WaitForDrain(const ContainerSummary& summary) {
  const auto left = context_.seen.hosts.left.find(AddressOf(context_.app, summary));
  Duration rest = DrainTime();
  if (left != context_.seen.hosts.left.end()) rest -= context_.seen.now - left->second;
  Wait(reason::kRollingOut,
       fmt::format("{}: draining, new requests go elsewhere already", summary.name),
       std::max<Duration>(rest, std::chrono::milliseconds(10)));
}

void ServicePlanner::RemoveOld(const Candidate& old_one, const Candidate& new_one,
                               const std::string& name) {
  const ContainerSummary& summary = old_one.summary();
  if (!IsDrained(summary)) {
    WaitForDrain(summary);
    return;
  }
  RemoveContainer step{.id = summary.id, .grace = service_.StopGrace()};
  if (summary.name == name && new_one.summary().name != name) {
    step.rename = new_one.summary().id;
    step.name = name;
  }
  Add("container/" + summary.name, Action::kReplace, "its replacement is healthy", std::move(step));
}

/// Removes a container that nothing waits for. False while it drains.
bool ServicePlanner::RemoveOther(const Candidate& other, std::string reason) {
  const ContainerSummary& summary = other.summary();
  if (!IsDrained(summary)) {
    WaitForDrain(summary);
    (other.serves() ? spare_ : fallback_).push_back(AddressOf(context_.app, summary));
    return false;
  }
  freed_names_.insert(summary.name);
  Add("container/" + summary.name, Action::kDelete, std::move(reason),
      RemoveContainer{.id = summary.id, .grace = service_.StopGrace()});
  return true;
}

/// A replica that the spec has no more; while no wanted one is healthy, it goes on serving.
void ServicePlanner::RemoveExtra(const Candidate& extra) {
  const ContainerSummary& summary = extra.summary();
  const bool needed = service_.routed && extra.serves() && members_.empty() && !healthy();
  if (!needed) {
    RemoveOther(extra, "fewer replicas");
    return;
  }
  spare_.push_back(AddressOf(context_.app, summary));
  Wait(reason::kProgressing, summary.name + ": serves until another replica is healthy",
       std::chrono::seconds(5));
}

void ServicePlanner::PlanName() {
  std::vector<std::string> wanted = members_;
  if (wanted.empty()) wanted = spare_;
  const auto now = context_.seen.hosts.names.find(routing_name_);
  if (wanted.empty() && now != context_.seen.hosts.names.end()) wanted = now->second;
  if (wanted.empty()) wanted = fallback_;
  std::erase(wanted, "");
  if (!wanted.empty()) context_.hosts[routing_name_] = std::move(wanted);
}

}  // namespace mooring::docker
