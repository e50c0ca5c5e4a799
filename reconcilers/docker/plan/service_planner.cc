// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/service_planner.h"

#include "controller/base/text.h"
#include "controller/reconcile/outputs.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {
namespace {

constexpr Duration kLookAgain = std::chrono::seconds(5);
constexpr char kNextSuffix[] =
    "_next";  ///< of a new container while the old one still has the name

std::string KeyId(const std::string& digest) { return digest.substr(0, digest.find(':')); }

int ReplicaOf(const ContainerSummary& summary) {
  return static_cast<int>(std::strtol(summary.Label(label::kReplica).c_str(), nullptr, 10));
}

/// RFC 6901 of a dotted path of ours.
std::string PointerOf(const std::string& path) {
  std::string pointer = "/" + path;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return pointer;
}

bool IsIgnored(const FieldDiff& diff, const std::vector<std::string>& ignored) {
  const std::string pointer = PointerOf(diff.path);
  return std::any_of(ignored.begin(), ignored.end(), [&](const std::string& i) {
    return pointer == i || pointer.starts_with(i + "/");
  });
}

std::string StateText(const ObservedContainer& container) {
  const ContainerSummary& s = container.summary;
  if (s.state == "running") {
    if (s.health == Health::kStarting) return "health: starting";
    if (s.health == Health::kUnhealthy) return "unhealthy";
    return "running";
  }
  const bool says_code = s.state == "exited" || s.state == "restarting";
  return says_code ? fmt::format("{}, exit code {}", s.state, s.exit_code) : s.state;
}

}  // namespace

ServicePlanner::ServicePlanner(AppContext& context, const ServiceSpec& service)
    : context_(context),
      service_(service),
      digest_(ServiceDigest(context.key, context.app, service)) {
  const auto image = context.seen.images.find(service.image);
  if (image != context.seen.images.end() && image->second) image_ = &*image->second;
  for (const ObservedContainer& container : context.seen.containers) {
    if (container.summary.Label(label::kService) != service.name) continue;
    replicas_[ReplicaOf(container.summary)].push_back(Judge(container));
  }
  for (auto& [replica, candidates] : replicas_) {
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) {
                       return a.container->summary.created > b.container->summary.created;
                     });
  }
}

ServicePlanner::Candidate ServicePlanner::Judge(const ObservedContainer& container) const {
  Candidate candidate{.container = &container, .outdated = false, .by_hand = false};
  const std::string digest = container.summary.Label(label::kSpecDigest);
  candidate.diffs = CompareContainer(context_.app, service_, container, image_);
  const bool made_for_this = digest == digest_ || KeyId(digest) != KeyId(digest_);
  if (made_for_this) {
    std::erase_if(candidate.diffs,
                  [&](const FieldDiff& d) { return IsIgnored(d, context_.app.drift_ignore); });
  }
  candidate.outdated = !made_for_this || !candidate.diffs.empty();
  candidate.by_hand = digest == digest_ && !candidate.diffs.empty();
  if (image_ != nullptr && image_->id != container.summary.image_id) {
    candidate.outdated = true;
    if (candidate.diffs.empty()) {
      candidate.by_hand = true;
      candidate.diffs.push_back({"services." + service_.name + ".image",
                                 container.summary.image_id.substr(0, 19),
                                 fmt::format("{} ({})", service_.image, image_->id.substr(0, 19))});
    }
  }
  if (container.details) {
    candidate.in_place = CompareInPlace(service_, *container.details);
    std::erase_if(candidate.in_place, [&](const FieldDiff& d) {
      return context_.drift && IsIgnored(d, context_.app.drift_ignore);
    });
    // The engine takes a limit of zero for "not given", so lifting one needs a new container.
    const bool lifts =
        (service_.memory == 0 && container.details->host_config.value("Memory", 0LL) != 0) ||
        (service_.nano_cpus == 0 && container.details->host_config.value("NanoCpus", 0LL) != 0);
    if (lifts && !candidate.in_place.empty()) {
      candidate.outdated = true;
      candidate.by_hand = context_.drift;
      candidate.diffs.insert(candidate.diffs.end(), candidate.in_place.begin(),
                             candidate.in_place.end());
      candidate.in_place.clear();
    }
  }
  candidate.healthy = IsHealthy(container);
  return candidate;
}

bool ServicePlanner::IsCompleted(const ContainerSummary& summary) const {
  return service_.restart == "no" && summary.state == "exited" && summary.exit_code == 0;
}

/// Whether the engine's restart policy says that an exited container stays so.
bool ServicePlanner::RunsToEnd(const ObservedContainer& container) const {
  if (service_.restart == "no") return true;
  const size_t colon = service_.restart.find(':');
  if (colon == std::string::npos || !container.details) return false;
  return container.summary.exit_code != 0 &&
         container.details->restart_count >=
             std::strtol(service_.restart.c_str() + colon + 1, nullptr, 10);
}

bool ServicePlanner::IsHealthy(const ObservedContainer& container) const {
  const ContainerSummary& summary = container.summary;
  if (IsCompleted(summary)) return true;
  if (summary.state != "running" || !summary.networks.contains(context_.app.NetworkName()))
    return false;
  if (summary.health != Health::kNone) return summary.health == Health::kHealthy;
  const bool checked =
      service_.healthcheck && !service_.healthcheck->disable && !service_.healthcheck->test.empty();
  if (checked || !container.details) return false;
  return context_.seen.now - container.details->started_at >= context_.options.settle_time;
}

std::string ServicePlanner::AddressOf(const ContainerSummary& summary) const {
  const auto found = summary.networks.find(context_.app.NetworkName());
  if (found == summary.networks.end()) return "";
  return found->second.address.empty() ? found->second.fixed_address : found->second.address;
}

Change& ServicePlanner::Add(std::string object, Action action, std::string reason,
                            DockerOperation::Step step) {
  Change change;
  change.object = std::move(object);
  change.action = action;
  change.reason = std::move(reason);
  change.operation = std::make_shared<DockerOperation>(std::move(step));
  context_.plan.changes.push_back(std::move(change));
  return context_.plan.changes.back();
}

void ServicePlanner::Wait(std::string reason, std::string message, Duration look_again) {
  std::optional<mooring::Wait>& wait = context_.plan.wait;
  if (!wait) {
    wait = mooring::Wait{std::move(reason), std::move(message), look_again};
    return;
  }
  wait->message += "; " + message;
  wait->look_again = std::min(wait->look_again, look_again);
  if (wait->reason == reason::kProgressing) wait->reason = std::move(reason);
}

void ServicePlanner::Plan() {
  if (service_.labels.contains(label::kReconcile) &&
      service_.labels.at(label::kReconcile) == "disabled") {
    healthy_replicas_ = service_.replicas;
    AddDetails();
    return;
  }
  for (int replica = 1; replica <= service_.replicas; ++replica) PlanReplica(replica);
  for (const auto& [replica, candidates] : replicas_) {
    if (replica >= 1 && replica <= service_.replicas) continue;
    for (const Candidate& c : candidates) PlanExtra(*c.container, "fewer replicas");
  }
  if (service_.routed) PlanName();
  if (replaced_ > 0) {
    const bool start_first = context_.app.start_first && !service_.HasFixedPort();
    const std::string why =
        service_.HasFixedPort() ? "it publishes a fixed host port" : "rollout.strategy says so";
    context_.plan.notes.push_back(
        start_first
            ? fmt::format("no downtime: StartFirst, {}{}", Count(replaced_, "container"),
                          replaced_ > 1 ? " one after the other" : "")
            : fmt::format("downtime of {} while its container is replaced: Recreate, because {}",
                          service_.name, why));
  }
  AddDetails();
}

void ServicePlanner::PlanReplica(int replica) {
  const std::string name = context_.app.ContainerName(service_.name, replica);
  for (const ContainerSummary& stranger : context_.seen.strangers) {
    if (stranger.name != name) continue;
    context_.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                  fmt::format("a container named {} is there that Mooring did not "
                                              "make ({}); rename or remove it: "
                                              "docker rm -f {}",
                                              name, stranger.id.substr(0, 12), name))
                                .WithReason(reason::kNameConflict);
    return;
  }
  const auto& candidates = replicas_[replica];
  const auto current = std::find_if(candidates.begin(), candidates.end(),
                                    [](const Candidate& c) { return !c.outdated; });
  const auto old_one = std::find_if(candidates.begin(), candidates.end(),
                                    [](const Candidate& c) { return c.outdated; });
  if (current == candidates.end() && old_one == candidates.end()) {
    Create(replica, name, nullptr, false);
    return;
  }
  if (current == candidates.end()) {
    const bool beside = context_.app.start_first && !service_.HasFixedPort() &&
                        old_one->container->summary.state == "running";
    ++replaced_;
    if (old_one->healthy) ++healthy_replicas_;
    const std::string address = AddressOf(old_one->container->summary);
    (old_one->healthy ? members_ : fallback_).push_back(address);
    Create(replica, beside ? name + kNextSuffix : name, &*old_one, beside);
    if (rolling_.empty()) rolling_ = name;
    return;
  }
  if (current->healthy) ++healthy_replicas_;
  const std::string address = AddressOf(current->container->summary);
  (current->healthy ? members_ : fallback_).push_back(address);
  for (const Candidate& other : candidates) {
    if (&other == &*current) continue;
    if (!other.outdated) {
      PlanExtra(*other.container, "a second container of the same replica");
    } else if (current->healthy) {
      RemoveOld(other, *current, name);
      rolling_ = name;
    } else {
      if (other.healthy) members_.push_back(AddressOf(other.container->summary));
      rolling_ = name;
    }
  }
  Heal(*current, candidates.size() == 1 ? name : current->container->summary.name);
  if (!current->healthy) {
    WaitForHealth(*current);
    if (rolling_.empty()) rolling_ = name;
  }
}

void ServicePlanner::EnsureImage() {
  const bool missing = image_ == nullptr;
  if (!missing && service_.pull_policy != "always") return;
  if (missing && service_.pull_policy == "never") {
    context_.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                  fmt::format("image {} of service {} is not on this host and "
                                              "pull_policy is never; load it with: "
                                              "docker load, or let pull_policy be missing",
                                              service_.image, service_.name))
                                .WithReason(reason::kImagePullFailed);
    return;
  }
  if (!context_.pulls_planned.insert(service_.image).second) return;
  Add("image/" + service_.image, Action::kCreate,
      missing ? "not on this host" : "pull_policy is always", PullImage{service_.image});
}

void ServicePlanner::Create(int replica, const std::string& name, const Candidate* replaces,
                            bool beside) {
  EnsureImage();
  if (context_.plan.blocked && context_.plan.blocked->reason() == reason::kImagePullFailed) return;
  const auto address = FreeAddress(context_.subnet, context_.used_addresses);
  if (!address) {
    context_.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("network {} ({}) has no free address for {}; remove the App and add it "
                          "again to get a larger one",
                          context_.app.NetworkName(), context_.subnet.ToString(), name));
    return;
  }
  context_.used_addresses.insert(*address);
  Json body = CreateBody(context_.app, service_);
  body["Labels"] = service_.labels;
  const ResourceKey& key = *context_.input.key;
  body["Labels"].update({{label::kInstance, context_.options.instance},
                         {label::kKind, key.kind},
                         {label::kNamespace, key.ns},
                         {label::kName, key.name},
                         {label::kService, service_.name},
                         {label::kReplica, std::to_string(replica)},
                         {label::kSpecDigest, digest_},
                         {label::kRevision, context_.input.revision}});
  body["NetworkingConfig"]["EndpointsConfig"][context_.app.NetworkName()] =
      EndpointBody(service_, AddressText(*address));
  CreateContainer step{.name = name, .body = std::move(body)};
  const std::string waits_for = replaces != nullptr ? rolling_ : "";
  if (replaces != nullptr && !beside) {
    step.remove_first = replaces->container->summary.id;
    step.grace = service_.StopGrace();
  }
  const std::string base = context_.app.ContainerName(service_.name, replica);
  const bool drift = replaces != nullptr ? replaces->by_hand : context_.drift;
  const std::string why = replaces == nullptr ? (drift ? "missing" : "new")
                          : drift             ? "changed by hand"
                                              : "spec changed";
  Change& change =
      Add("container/" + base, replaces != nullptr ? Action::kReplace : Action::kCreate, why,
          std::move(step));
  change.drift = drift;
  change.after = waits_for;
  if (replaces != nullptr) {
    change.diffs = replaces->diffs;
    change.impact = beside || replaces->container->summary.state != "running" ? Impact::kNone
                                                                              : Impact::kDowntime;
  } else if (drift) {
    change.diffs.push_back(
        {fmt::format("services.{}.containers.{}", service_.name, replica), "missing", "running"});
  }
}

void ServicePlanner::Heal(const Candidate& candidate, const std::string& name) {
  const ContainerSummary& summary = candidate.container->summary;
  const std::string object = "container/" + summary.name;
  const std::string state_path =
      fmt::format("services.{}.containers.{}", service_.name, ReplicaOf(summary));
  if (summary.name != name) {
    Change& change = Add(object, Action::kUpdate, "renamed", RenameContainer{summary.id, name});
    change.drift = !summary.name.ends_with(kNextSuffix);
    if (change.drift) change.diffs.push_back({state_path, summary.name, name});
  }
  if (!candidate.in_place.empty()) {
    Change& change =
        Add(object, Action::kUpdate, context_.drift ? "changed by hand" : "spec changed",
            UpdateContainer{summary.id, UpdateBody(service_)});
    change.drift = context_.drift;
    change.diffs = candidate.in_place;
  }
  HealNetwork(candidate);
  if (summary.state == "paused") {
    Change& change = Add(object, Action::kUpdate, "paused by hand", UnpauseContainer{summary.id});
    change.drift = true;
    change.diffs.push_back({state_path, "paused", "running"});
  }
  const bool stopped = summary.state == "exited" || summary.state == "created";
  if (stopped && !(summary.state == "exited" && RunsToEnd(*candidate.container))) {
    const bool never_ran = summary.state == "created";
    Change& change =
        Add(object, Action::kRestart, never_ran ? "created and not started" : "stopped",
            StartContainer{summary.id});
    change.drift = !never_ran;
    change.diffs.push_back({state_path, StateText(*candidate.container), "running"});
    change.impact = Impact::kNone;
  }
}

void ServicePlanner::HealNetwork(const Candidate& candidate) {
  const ContainerSummary& summary = candidate.container->summary;
  const std::string network = context_.app.NetworkName();
  const auto endpoint = summary.networks.find(network);
  std::string wrong;
  if (endpoint == summary.networks.end()) {
    wrong = "(none)";
  } else if (context_.seen.network && !endpoint->second.network_id.empty() &&
             endpoint->second.network_id != context_.seen.network->id) {
    wrong = "a network that is gone";
  } else if (endpoint->second.fixed_address.empty()) {
    wrong = "without its fixed address";
  } else if (candidate.container->details) {
    const auto aliases = candidate.container->details->aliases.find(network);
    if (aliases == candidate.container->details->aliases.end() ||
        std::find(aliases->second.begin(), aliases->second.end(), service_.name) ==
            aliases->second.end()) {
      wrong = "without the alias " + service_.name;
    }
  }
  if (wrong.empty()) return;
  std::string address = endpoint == summary.networks.end() ? "" : endpoint->second.fixed_address;
  const auto parsed = ParseAddress(address);
  if (!parsed || !context_.subnet.Contains(*parsed)) {
    const auto free = FreeAddress(context_.subnet, context_.used_addresses);
    if (!free) return;
    context_.used_addresses.insert(*free);
    address = AddressText(*free);
  }
  Change& change = Add("container/" + summary.name, Action::kUpdate, "network changed by hand",
                       ConnectNetwork{.container = summary.id,
                                      .network = network,
                                      .endpoint = EndpointBody(service_, address),
                                      .start = false});
  change.drift = true;
  change.diffs.push_back(
      {"services." + service_.name + ".networks.default", wrong, "connected as " + service_.name});
}

bool ServicePlanner::IsDrained(const ObservedContainer& container) const {
  if (!service_.routed || container.summary.state != "running") return true;
  const auto left = context_.seen.hosts.left.find(AddressOf(container.summary));
  return left != context_.seen.hosts.left.end() &&
         context_.seen.now - left->second >= context_.options.resolver_horizon;
}

void ServicePlanner::WaitForDrain(const ObservedContainer& container) {
  const auto left = context_.seen.hosts.left.find(AddressOf(container.summary));
  Duration rest = context_.options.resolver_horizon;
  if (left != context_.seen.hosts.left.end()) rest -= context_.seen.now - left->second;
  Wait(reason::kRollingOut,
       fmt::format("{}: draining, new requests go elsewhere already", container.summary.name),
       std::max<Duration>(rest, std::chrono::milliseconds(10)));
}

void ServicePlanner::RemoveOld(const Candidate& old_one, const Candidate& new_one,
                               const std::string& name) {
  const ContainerSummary& summary = old_one.container->summary;
  if (!IsDrained(*old_one.container)) {
    WaitForDrain(*old_one.container);
    return;
  }
  RemoveContainer step{.id = summary.id, .grace = service_.StopGrace()};
  if (new_one.container->summary.name != name) {
    step.rename = new_one.container->summary.id;
    step.name = name;
  }
  Add("container/" + summary.name, Action::kReplace, "its replacement is healthy", std::move(step));
}

void ServicePlanner::PlanExtra(const ObservedContainer& container, std::string reason) {
  if (!IsDrained(container)) {
    WaitForDrain(container);
    fallback_.push_back(AddressOf(container.summary));
    return;
  }
  Add("container/" + container.summary.name, Action::kDelete, std::move(reason),
      RemoveContainer{.id = container.summary.id, .grace = service_.StopGrace()});
}

void ServicePlanner::WaitForHealth(const Candidate& candidate) {
  const ObservedContainer& container = *candidate.container;
  const ContainerSummary& summary = container.summary;
  if (summary.state == "exited" && RunsToEnd(container)) {
    context_.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format(
                  "{} ended with exit code {} and restart is {}; see why with: docker logs {}",
                  summary.name, summary.exit_code, service_.restart, summary.name))
            .WithReason(reason::kCrashLoop);
    return;
  }
  const Duration age = context_.seen.now - summary.created;
  if (summary.state == "restarting") {
    const int count = container.details ? container.details->restart_count : 0;
    Wait(reason::kCrashLoop,
         fmt::format("{}: exits again and again (exit code {}, {}); see why with: docker logs {}",
                     summary.name, summary.exit_code, Count(count, "restart"), summary.name),
         kLookAgain);
    return;
  }
  if (age > context_.app.health_timeout) {
    context_.plan.blocked =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("{} is not healthy after {} ({}); see why with: docker logs {}",
                          summary.name, FormatElapsed(context_.app.health_timeout),
                          StateText(container), summary.name))
            .WithReason(reason::kHealthTimeout);
  }
  Duration look_again = kLookAgain;
  if (summary.state == "running" && summary.health == Health::kNone && container.details) {
    look_again = context_.options.settle_time - (context_.seen.now - container.details->started_at);
    look_again = std::clamp<Duration>(look_again, std::chrono::milliseconds(10), kLookAgain * 2);
  }
  const bool rolls = summary.name.ends_with(kNextSuffix);
  Wait(rolls ? reason::kRollingOut : reason::kProgressing,
       fmt::format("{}: {} for {}", summary.name, StateText(container), FormatAge(age)),
       look_again);
}

void ServicePlanner::PlanName() {
  const std::string name = RoutingName(context_.app.ns, context_.app.name, service_.name);
  std::vector<std::string> wanted = members_;
  const auto now = context_.seen.hosts.names.find(name);
  if (wanted.empty() && now != context_.seen.hosts.names.end()) wanted = now->second;
  if (wanted.empty()) wanted = fallback_;
  std::erase(wanted, "");
  if (!wanted.empty()) context_.hosts[name] = std::move(wanted);
}

void ServicePlanner::AddDetails() {
  Json& details = context_.plan.details["services"][service_.name];
  details = {
      {"replicas", service_.replicas}, {"healthy", healthy_replicas_}, {"image", service_.image}};
  if (image_ != nullptr) details["digest"] = image_->id;
}

}  // namespace mooring::docker
