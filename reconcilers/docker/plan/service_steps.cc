// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/service_steps.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/restarts.h"

namespace mooring::docker {
Change MakeChange(std::string object, Action action, std::string reason,
                  DockerOperation::Step step) {
  return {.object = std::move(object),
          .action = action,
          .reason = std::move(reason),
          .operation = std::make_shared<DockerOperation>(std::move(step))};
}

Duration GraceOf(const ObservedContainer& container) {
  if (!container.details) return std::chrono::seconds(10);
  return std::chrono::seconds(container.details->config.value("StopTimeout", 10));
}

bool IsLeftAlone(const ServiceSpec& service) {
  const auto found = service.labels.find(label::kReconcile);
  return found != service.labels.end() && found->second == "disabled";
}

Json ServiceLabels(const AppContext& context, const ServiceSpec& service) {
  const ResourceKey& key = *context.input.key;
  Json labels = service.labels;
  labels.update({{label::kInstance, context.options.instance},
                 {label::kKind, key.kind},
                 {label::kNamespace, key.ns},
                 {label::kName, key.name},
                 {label::kService, service.name},
                 {label::kSpecDigest, ServiceDigest(context.key, context.app, service)},
                 {label::kRevision, context.input.revision}});
  if (const std::string restarted = RestartLabel(context); !restarted.empty() && !service.job)
    labels[label::kRestarted] = restarted;
  if (!service.secret_environment.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, secret] : service.secret_environment) names.push_back(name);
    labels[label::kSecrets] = Join(names, ",");
  }
  return labels;
}

void AddWait(ResourcePlan& plan, std::string reason, std::string message, Duration look_again) {
  if (!plan.wait) {
    plan.wait = Wait{std::move(reason), std::move(message), look_again};
    return;
  }
  plan.wait->message += "; " + message;
  plan.wait->look_again = std::min(plan.wait->look_again, look_again);
  if (plan.wait->reason == reason::kProgressing) plan.wait->reason = std::move(reason);
}

}  // namespace mooring::docker
