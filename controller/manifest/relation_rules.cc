// SPDX-License-Identifier: Apache-2.0
// How the services of one App lean on each other: names that must be there, circles, and what can
// never come true.
#include <algorithm>
#include <map>
#include <set>

#include "controller/base/text.h"
#include "controller/manifest/format_checks.h"
#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

/// Whether a job of the spec runs this service.
bool IsJob(const Node& spec, std::string_view service) {
  const Node* jobs = spec.Find("jobs");
  return jobs != nullptr && std::ranges::any_of(jobs->items, [&](const Node& job) {
           return job.StringAt("service") == service;
         });
}

/// Whether the engine lets a container of the service stay ended.
bool CanComplete(const Node& service) {
  std::string_view restart = service.StringAt("restart");
  const Node* deploy = service.Find("deploy");
  const Node* policy = deploy == nullptr ? nullptr : deploy->Find("restart_policy");
  if (restart.empty() && policy != nullptr) {
    const std::string_view condition = policy->StringAt("condition");
    return condition == "none" || condition == "on-failure";
  }
  return restart == "no" || restart.starts_with("on-failure");
}

/// Whether the service is scaled down to nothing.
bool HasNone(const Node& service) {
  const Node* deploy = service.Find("deploy");
  const Node* scale = service.Find("scale");
  const Node* replicas = deploy == nullptr ? nullptr : deploy->Find("replicas");
  return (scale != nullptr && scale->text == "0") || (replicas != nullptr && replicas->text == "0");
}

/// NAME of "service:NAME"; else "".
std::string_view SharedService(std::string_view mode) {
  constexpr std::string_view kPrefix = "service:";
  return mode.starts_with(kPrefix) ? mode.substr(kPrefix.size()) : "";
}

/// For each service, which others it waits for and where that is written.
using Edges = std::map<std::string, std::vector<std::pair<std::string, Position>>>;

class Relations {
 public:
  Relations(const Node& spec, const Node& services, Findings& findings)
      : spec_(spec), services_(services), findings_(findings) {
    for (const Member& m : services.members) names_.push_back(m.key);
  }

  void Check() {
    for (const Member& m : services_.members) {
      CheckDependsOn(m.key, m.value);
      CheckShared(m.key, m.value);
      CheckNamed(m.key, m.value, "links");
      CheckNamed(m.key, m.value, "volumes_from");
      CheckMode(m.value);
    }
    for (const std::string& name : names_) Follow(name);
    CheckCapitals();
  }

 private:
  /// The name is what others find the service by, and resolvers do not look at capitals.
  void CheckCapitals() {
    std::map<std::string, std::string> first;
    for (const Member& m : services_.members) {
      const auto [other, fresh] = first.try_emplace(Lower(m.key), m.key);
      if (fresh || other->second == m.key) continue;
      findings_.Add(
          m.key_at,
          fmt::format(
              "services {} and {} differ by capitals alone, and names do not tell them apart",
              other->second, m.key),
          "rename one of them");
    }
  }

  void CheckDependsOn(const std::string& name, const Node& service) {
    const Node* depends_on = service.Find("depends_on");
    for (size_t i = 0; depends_on != nullptr && i < depends_on->members.size(); ++i) {
      const Member& m = depends_on->members[i];
      const Node* required = m.value.Find("required");
      const bool optional = required != nullptr && required->text == "false";
      const Node* other = services_.Find(m.key);
      if (other == nullptr && optional) continue;
      WaitsFor(name, m.key, m.key_at);
      if (other == nullptr) continue;
      if (IsJob(spec_, m.key)) {
        findings_.Add(m.key_at, fmt::format("{} is a job, and nothing waits for one", m.key),
                      "what runs preDeploy ends before anything is rolled out, so take it out");
      } else if (m.value.StringAt("condition") == "service_completed_successfully" &&
                 !CanComplete(*other)) {
        findings_.Add(
            m.key_at,
            fmt::format("{} never completes, because it is started again when it ends", m.key),
            fmt::format("write restart: \"no\" in services.{}", m.key));
      }
    }
  }

  /// What is another container's: its network, its shared memory, its processes.
  void CheckShared(const std::string& name, const Node& service) {
    for (const std::string_view word : {"network_mode", "ipc", "pid"}) {
      const Node* mode = service.Find(word);
      const std::string other(mode == nullptr ? "" : SharedService(mode->text));
      if (other.empty()) continue;
      WaitsFor(name, other, mode->at);
      const Node* of = services_.Find(other);
      if (of == nullptr) continue;
      if (IsJob(spec_, other)) {
        findings_.Add(mode->at, fmt::format("{} is a job, and its containers end", other),
                      "name a service that is kept running");
      } else if (HasNone(*of) && !HasNone(service)) {
        findings_.Add(mode->at, fmt::format("{} has no container that could be shared", other),
                      fmt::format("write deploy.replicas: 1 in services.{}", other));
      } else if (word == "ipc" && of->StringAt("ipc") != "shareable") {
        findings_.Add(mode->at, fmt::format("{} does not share its memory", other),
                      fmt::format("write ipc: shareable in services.{}", other));
      }
    }
  }

  void CheckNamed(const std::string& name, const Node& service, std::string_view word) {
    const Node* list = service.Find(word);
    for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
      const std::string& text = list->items[i].text;
      if (text.starts_with("container:")) continue;
      WaitsFor(name, text.substr(0, text.find(':')), list->items[i].at);
    }
  }

  /// What belongs to a network that the container does not have.
  void CheckMode(const Node& service) {
    const Node* mode = service.Find("network_mode");
    if (mode == nullptr || !mode->IsString()) return;
    const bool shared = !SharedService(mode->text).empty();
    std::vector<std::string_view> others = {"networks"};
    if (mode->text != "bridge") others.insert(others.end(), {"links", "ports", "mac_address"});
    if (shared) others.insert(others.end(), {"hostname", "dns", "extra_hosts", "expose"});
    for (const std::string_view word : others) {
      const Node* other = service.Find(word);
      const bool empty = other == nullptr ||
                         (!other->IsScalar() && other->items.empty() && other->members.empty());
      if (empty) continue;
      findings_.Add(other->at,
                    fmt::format("{} and network_mode {} exclude each other", word, mode->text),
                    "remove one of them");
    }
  }

  /// `name` waits for `other`, as is written at `at`.
  void WaitsFor(const std::string& name, const std::string& other, Position at) {
    edges_[name].emplace_back(other, at);
    if (services_.Find(other) != nullptr) return;
    const std::string near = Nearest(other, names_);
    findings_.Add(at, fmt::format("there is no service \"{}\" in this App", other),
                  near.empty() ? fmt::format("it has: {}", Join(names_, ", "))
                               : fmt::format("did you mean \"{}\"?", near));
  }

  /// Follows whom each waits for; a circle is told once, with its way. Without recursion: a file
  /// may have a chain of any length.
  void Follow(const std::string& first) {
    std::vector<std::string> way;
    std::set<std::string> on_way;
    std::vector<size_t> next;  // of each on the way: which edge comes next
    const auto enter = [&](const std::string& service) {
      if (!seen_.insert(service).second) return;
      way.push_back(service);
      on_way.insert(service);
      next.push_back(0);
    };
    enter(first);
    while (!way.empty()) {
      const auto& edges = edges_[way.back()];
      if (next.back() == edges.size()) {
        on_way.erase(way.back());
        way.pop_back();
        next.pop_back();
        continue;
      }
      const auto& [other, at] = edges[next.back()++];
      if (on_way.contains(other)) {
        TellCircle({std::ranges::find(way, other), way.end()}, at);
      } else {
        enter(other);
      }
    }
  }

  void TellCircle(std::vector<std::string> way, Position at) {
    way.push_back(way.front());
    findings_.Add(at,
                  fmt::format("services wait for each other in a circle: {}", Join(way, " -> ")),
                  "take one of these dependencies out");
  }

  const Node& spec_;
  const Node& services_;
  Findings& findings_;
  std::vector<std::string> names_;
  Edges edges_;
  std::set<std::string> seen_;
};

}  // namespace

void CheckRelationRules(const Node& spec, Findings& findings) {
  const Node* services = spec.Find("services");
  if (services != nullptr) Relations(spec, *services, findings).Check();
}

}  // namespace mooring::manifest
