// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/autoscale_rule.h"

#include "controller/base/text.h"

namespace mooring::docker {
namespace {

std::optional<int> PercentAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? std::nullopt : std::optional(found->get<int>());
}

}  // namespace

std::vector<AutoscaleRule> ParseAutoscale(const Json& spec) {
  std::vector<AutoscaleRule> rules;
  const Json list = spec.value("autoscale", Json::array());
  for (const Json& json : list) {
    AutoscaleRule rule{.service = json.value("service", ""),
                       .min_replicas = json.value("minReplicas", 1),
                       .max_replicas = json.value("maxReplicas", 1),
                       .cpu_percent = PercentAt(json, "cpuPercent"),
                       .memory_percent = PercentAt(json, "memoryPercent")};
    rule.scale_up_after =
        ParseDuration(json.value("scaleUpAfter", "")).value_or(rule.scale_up_after);
    rule.scale_down_after =
        ParseDuration(json.value("scaleDownAfter", "")).value_or(rule.scale_down_after);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace mooring::docker
