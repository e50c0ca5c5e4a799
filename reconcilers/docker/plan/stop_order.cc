// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/stop_order.h"

#include <algorithm>

#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {
namespace {

/// In ResourceStatus::details.
constexpr char kStartOrder[] = "startOrder";

/// The services in the order in which they are started; empty: there is none.
std::vector<std::string> StartOrder(const AppContext& context) {
  std::vector<std::string> order;
  if (context.input.desired == nullptr) {
    const Json* details = context.input.remembered.details;
    const Json known = details == nullptr ? Json() : details->value(kStartOrder, Json::array());
    for (const Json& name : known) order.push_back(name.get<std::string>());
    return order;
  }
  const auto& services = context.app.services;
  const bool any = std::ranges::any_of(services, [](const ServiceSpec& service) {
    return !service.job && !service.depends_on.empty();
  });
  if (!any) return order;
  for (const ServiceSpec& service : services) order.push_back(service.name);
  return order;
}

}  // namespace

void RememberStopOrder(AppContext& context) {
  const std::vector<std::string> order = StartOrder(context);
  if (!order.empty()) context.plan.details[kStartOrder] = order;
}

std::vector<const ObservedContainer*> InStopOrder(const AppContext& context) {
  std::vector<const ObservedContainer*> containers;
  for (const ObservedContainer& container : context.seen.containers)
    containers.push_back(&container);
  const std::vector<std::string> order = StartOrder(context);
  // Whoever is not in it stops first: it may need any of the others.
  const auto place = [&](const ObservedContainer* container) {
    return std::ranges::find(order, container->summary->Label(label::kService)) - order.begin();
  };
  if (order.empty()) return containers;
  std::ranges::stable_sort(containers,
                           [&](const auto* a, const auto* b) { return place(a) > place(b); });
  return containers;
}

}  // namespace mooring::docker
