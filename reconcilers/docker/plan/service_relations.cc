// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/service_relations.h"

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/app_spec.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

/// "db:database" as db and database; of "db" alone both are db.
std::pair<std::string, std::string> NameAndRest(const std::string& text) {
  const size_t colon = text.find(':');
  return {text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 1)};
}

ServiceSpec* FindService(AppSpec& app, const std::string& name) {
  const auto found = std::ranges::find(app.services, name, &ServiceSpec::name);
  return found == app.services.end() ? nullptr : &*found;
}

void Link(const ServiceSpec& from, ServiceSpec& to, const std::string& alias) {
  if (alias.empty() || alias == to.name) return;
  for (ServiceNetwork& place : to.networks) {
    const bool shared = from.IsIn(place.key);
    if (shared && std::ranges::find(place.aliases, alias) == place.aliases.end())
      place.aliases.push_back(alias);
  }
}

void TakeMounts(const ServiceSpec& from, bool read_only, ServiceSpec& to) {
  for (Mount mount : from.mounts) {
    const bool taken = std::ranges::any_of(
        to.mounts, [&](const Mount& own) { return own.target == mount.target; });
    if (taken || mount.type == "tmpfs" || mount.IsUnnamed()) continue;
    mount.read_only = mount.read_only || read_only;
    to.mounts.push_back(std::move(mount));
  }
}

Dependency::Condition ConditionOf(const Json& json) {
  const std::string word = json.value("condition", "service_started");
  if (word == "service_healthy") return Dependency::Condition::kHealthy;
  if (word == "service_completed_successfully") return Dependency::Condition::kCompleted;
  return Dependency::Condition::kStarted;
}

}  // namespace

std::string_view SharedService(std::string_view mode) {
  constexpr std::string_view kPrefix = "service:";
  return mode.starts_with(kPrefix) ? mode.substr(kPrefix.size()) : "";
}

Dependencies ReadDependencies(const Json& service, const Json& services) {
  Dependencies out;
  const Json given = service.value("depends_on", Json::object());
  for (const auto& [name, json] : given.items()) {
    if (services.contains(name))
      out[name] = {.condition = ConditionOf(json),
                   .restart = json.value("restart", false),
                   .required = json.value("required", true)};
  }
  for (const char* word : {"network_mode", "ipc", "pid"}) {
    const std::string name(SharedService(service.value(word, "")));
    if (services.contains(name)) out.try_emplace(name);
  }
  for (const char* word : {"links", "volumes_from"}) {
    for (const std::string& text : service.value(word, Strings())) {
      const std::string name = NameAndRest(text).first;
      if (services.contains(name)) out.try_emplace(name);
    }
  }
  return out;
}

void ApplyRelations(const Json& services, AppSpec& app) {
  // Mounts that are taken are not handed on.
  const std::vector<ServiceSpec> before = app.services;
  for (const ServiceSpec& original : before) {
    const Json& json = services.at(original.name);
    for (const std::string& text : json.value("volumes_from", Strings())) {
      const auto [name, mode] = NameAndRest(text);
      const auto from = std::ranges::find(before, name, &ServiceSpec::name);
      if (from != before.end()) TakeMounts(*from, mode == "ro", *FindService(app, original.name));
    }
    for (const std::string& text : json.value("links", Strings())) {
      const auto [name, alias] = NameAndRest(text);
      if (ServiceSpec* to = FindService(app, name)) Link(original, *to, alias);
    }
  }
}

void OrderByDependencies(std::vector<ServiceSpec>& services) {
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < services.size(); ++i) place[services[i].name] = i;
  std::vector<size_t> missing(services.size());
  std::vector<std::vector<size_t>> waiting(services.size());
  for (size_t i = 0; i < services.size(); ++i) {
    for (const auto& [name, dependency] : services[i].depends_on) {
      const auto other = place.find(name);
      if (other == place.end()) continue;
      ++missing[i];
      waiting[other->second].push_back(i);
    }
  }
  std::set<size_t> ready;
  for (size_t i = 0; i < services.size(); ++i) {
    if (missing[i] == 0) ready.insert(i);
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t next = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(next);
    for (const size_t i : waiting[next]) {
      if (--missing[i] == 0) ready.insert(i);
    }
  }
  // A circle is a finding of the file, and no such spec comes this far.
  if (order.size() < services.size()) return;
  std::vector<ServiceSpec> ordered;
  for (const size_t i : order) ordered.push_back(std::move(services[i]));
  services = std::move(ordered);
}

}  // namespace mooring::docker
