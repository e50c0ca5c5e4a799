// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/compose_project.h"

#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {
namespace {

// https://github.com/docker/compose/blob/v2.32.4/pkg/api/labels.go
constexpr char kServiceLabel[] = "com.docker.compose.service";
constexpr char kNumberLabel[] = "com.docker.compose.container-number";
constexpr char kOneOffLabel[] = "com.docker.compose.oneoff";

std::string LabelOf(const std::map<std::string, std::string>& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

}  // namespace

std::string ProjectOf(const ContainerSummary& container) {
  const bool one_off = LabelOf(container.labels, kOneOffLabel) == "True";
  if (one_off || container.labels.contains(label::kInstance)) return "";
  return LabelOf(container.labels, kProjectLabel);
}

std::string ProjectOf(const NetworkInfo& network) { return LabelOf(network.labels, kProjectLabel); }

std::string AdoptionMark(const std::string& instance, const ResourceKey& key) {
  return fmt::format("{}/{}/{}", instance, key.ns, key.name);
}

SummaryPtr AsOurs(const ContainerSummary& container, const std::string& instance,
                  const ResourceKey& key) {
  auto ours = std::make_shared<ContainerSummary>(container);
  ours->labels[label::kInstance] = instance;
  ours->labels[label::kKind] = key.kind;
  ours->labels[label::kNamespace] = key.ns;
  ours->labels[label::kName] = key.name;
  ours->labels[label::kService] = LabelOf(container.labels, kServiceLabel);
  ours->labels[label::kReplica] = LabelOf(container.labels, kNumberLabel);
  return ours;
}

bool IsAdopted(const ContainerSummary& container) {
  return container.labels.contains(kProjectLabel) && !container.labels.contains(label::kSpecDigest);
}

}  // namespace mooring::docker
