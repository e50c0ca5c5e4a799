// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/autoscale.h"

#include <algorithm>
#include <map>
#include <vector>

#include "controller/base/text.h"
#include "controller/expand/jobs.h"

namespace mooring::expand {
namespace {

bool HasLimit(const Json& service, const char* own, const char* limit) {
  const Json deploy = service.value("deploy", Json::object());
  const Json resources = deploy.value("resources", Json::object());
  return service.contains(own) || resources.value("limits", Json::object()).contains(limit);
}

/// The rules of one App, as they are looked at one after the other.
class AutoscaleCheck {
 public:
  AutoscaleCheck(const Resource& app, Diagnostics& diagnostics)
      : app_(app), services_(app.spec["services"]), diagnostics_(diagnostics) {
    for (const auto& [name, service] : services_.items()) names_.push_back(name);
  }

  void Check(const Json& rule, const std::string& place) {
    const std::string name = rule.value("service", "");
    const int least = rule.value("minReplicas", 1);
    const int most = rule.value("maxReplicas", 1);
    if (least > most) {
      Add(place + "/minReplicas",
          fmt::format("minReplicas {} is more than maxReplicas {}", least, most),
          "lower it, or raise maxReplicas");
    }
    if (!rule.contains("cpuPercent") && !rule.contains("memoryPercent")) {
      Add(place, "autoscale has neither cpuPercent nor memoryPercent",
          "add one or both, such as cpuPercent: 70");
    }
    const auto [first, is_new] = first_.try_emplace(name, place);
    if (!is_new) {
      Add(place + "/service", fmt::format("service \"{}\" is scaled twice", name),
          fmt::format("the first is at {}; remove one of them",
                      app_.LocationOf(first->second).ToString()));
      return;
    }
    const auto service = services_.find(name);
    if (service == services_.end()) {
      const std::string near = Nearest(name, names_);
      Add(place + "/service", fmt::format("there is no service \"{}\" in this App", name),
          near.empty() ? "it has: " + Join(names_, ", ")
                       : fmt::format("did you mean \"{}\"?", near));
    } else if (IsJob(app_, name)) {
      Add(place + "/service", fmt::format("{} is a job, and a run of a job is one container", name),
          "name a service that is kept running");
    } else {
      CheckLimits(rule, name, *service, place);
      CheckCount(name, *service);
      if (most > 1) CheckSingle(name, *service);
    }
  }

 private:
  void CheckLimits(const Json& rule, const std::string& name, const Json& service,
                   const std::string& place) {
    if (rule.contains("cpuPercent") && !HasLimit(service, "cpus", "cpus")) {
      Add(place + "/cpuPercent",
          fmt::format("cpuPercent is of deploy.resources.limits.cpus, which {} does not have",
                      name),
          "add it, or remove cpuPercent");
    }
    if (rule.contains("memoryPercent") && !HasLimit(service, "mem_limit", "memory")) {
      Add(place + "/memoryPercent",
          fmt::format("memoryPercent is of deploy.resources.limits.memory, which {} does not have",
                      name),
          "add it, or remove memoryPercent");
    }
  }

  void CheckCount(const std::string& name, const Json& service) {
    const auto refuse = [&](const std::string& field) {
      Add("/services/" + name + "/" + field, fmt::format("autoscale owns the count of {}", name),
          "remove it, or the entry in autoscale");
    };
    if (service.value("deploy", Json::object()).contains("replicas")) refuse("deploy/replicas");
    if (service.contains("scale")) refuse("scale");
  }

  /// Names, ports and addresses that are one container's.
  void CheckSingle(const std::string& name, const Json& service) {
    const std::string place = "/services/" + name + "/";
    const auto refuse = [&](const std::string& field, std::string_view what) {
      Add(place + field, fmt::format("the containers of {} cannot all have one {}", name, what),
          "take it out, or the entry in autoscale");
    };
    for (const char* field : {"container_name", "mac_address"}) {
      if (service.contains(field)) refuse(field, field);
    }
    if (service.value("network_mode", "") == "host") refuse("network_mode", "network of the host");
    const Json ports = service.value("ports", Json::array());
    for (size_t i = 0; i < ports.size(); ++i) {
      if (!ports[i].contains("published")) continue;
      refuse(fmt::format("ports/{}/published", i), "host port");
      break;
    }
    const Json networks = service.value("networks", Json::object());
    for (const auto& [network, where] : networks.items()) {
      for (const char* field : {"ipv4_address", "ipv6_address"}) {
        if (where.is_object() && where.contains(field))
          refuse(fmt::format("networks/{}/{}", network, field), field);
      }
    }
  }

  void Add(const std::string& pointer, std::string what, std::string hint) {
    diagnostics_.push_back({app_.LocationOf(pointer), std::move(what), std::move(hint)});
  }

  const Resource& app_;
  const Json& services_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> first_;  ///< place, by service
};

}  // namespace

void CheckAutoscale(const Resource& app, Diagnostics& diagnostics) {
  const auto rules = app.spec.find("autoscale");
  if (rules == app.spec.end() || !app.spec.contains("services")) return;
  AutoscaleCheck check(app, diagnostics);
  for (size_t i = 0; i < rules->size(); ++i)
    check.Check((*rules)[i], fmt::format("/autoscale/{}", i));
}

}  // namespace mooring::expand
