// SPDX-License-Identifier: Apache-2.0
// What of a service belongs together: places that mean the same, what only one container can have.
#include "controller/base/text.h"
#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

const Node* FindPath(const Node& service, std::string_view path) {
  const Node* at = &service;
  for (const std::string& part : Split(path, '.')) {
    at = at == nullptr ? nullptr : at->Find(part);
  }
  return at;
}

/// Two places that mean the same must not say two things.
void CheckSame(const Node& service, std::string_view one, std::string_view other,
               Findings& findings) {
  const Node* a = FindPath(service, one);
  const Node* b = FindPath(service, other);
  if (a == nullptr || b == nullptr || !a->IsScalar() || !b->IsScalar()) return;
  const auto same = [&] {
    if (a->text == b->text) return true;
    const auto bytes = ParseByteCount(a->text);
    return bytes && bytes == ParseByteCount(b->text);
  };
  if (same()) return;
  findings.Add(a->at, fmt::format("{} is {} and {} is {}", one, a->text, other, b->text),
               "they mean the same; remove one of them");
}

bool HasSeveral(const Node& service) {
  for (const std::string_view path : {"deploy.replicas", "scale"}) {
    const Node* count = FindPath(service, path);
    if (count != nullptr && count->IsScalar()) return count->text != "0" && count->text != "1";
  }
  return false;
}

/// Names and addresses that are one container's.
void CheckSingle(const std::string& name, const Node& service, Findings& findings) {
  if (!HasSeveral(service)) return;
  const auto refuse = [&](const Node* value, std::string_view what) {
    if (value == nullptr) return;
    findings.Add(value->at, fmt::format("the containers of {} cannot all have one {}", name, what),
                 "take it out, or set deploy.replicas: 1");
  };
  refuse(service.Find("container_name"), "container_name");
  refuse(service.Find("mac_address"), "mac_address");
  const Node* networks = service.Find("networks");
  if (networks == nullptr) return;
  for (const Member& m : networks->members) {
    refuse(m.value.Find("ipv4_address"), "ipv4_address");
    refuse(m.value.Find("ipv6_address"), "ipv6_address");
  }
}

void CheckBuild(const Node& service, Findings& findings) {
  const Node* build = service.Find("build");
  if (build == nullptr || service.Find("image") != nullptr) return;
  findings.Add(build->at, "build is refused without image, because nothing is built here",
               "build the image elsewhere, push it, and name it in image");
}

void CheckProcessor(const Node& service, Findings& findings) {
  const bool cores = service.Find("cpus") != nullptr ||
                     FindPath(service, "deploy.resources.limits.cpus") != nullptr;
  const Node* quota = service.Find("cpu_quota");
  if (!cores || quota == nullptr) return;
  findings.Add(quota->at, "the engine takes cpus or cpu_quota, not both", "remove one of them");
}

void CheckSwap(const Node& service, Findings& findings) {
  const Node* swap = service.Find("memswap_limit");
  if (swap == nullptr || !swap->IsScalar()) return;
  const Node* memory = service.Find("mem_limit");
  if (memory == nullptr) memory = FindPath(service, "deploy.resources.limits.memory");
  if (memory == nullptr) {
    findings.Add(swap->at, "memswap_limit is memory and swap together, and there is no mem_limit",
                 "add mem_limit");
    return;
  }
  const auto most = ParseByteCount(memory->text);
  const auto both = ParseByteCount(swap->text);
  if (most && both && *both < *most) {
    findings.Add(swap->at,
                 fmt::format("memswap_limit {} is memory and swap together, and less than the "
                             "memory {}",
                             swap->text, memory->text),
                 "write at least as much");
  }
}

}  // namespace

void CheckServiceRules(const std::string& name, const Node& service, Findings& findings) {
  CheckBuild(service, findings);
  CheckSingle(name, service, findings);
  CheckProcessor(service, findings);
  CheckSwap(service, findings);
  CheckSame(service, "mem_limit", "deploy.resources.limits.memory", findings);
  CheckSame(service, "mem_reservation", "deploy.resources.reservations.memory", findings);
  CheckSame(service, "cpus", "deploy.resources.limits.cpus", findings);
  CheckSame(service, "pids_limit", "deploy.resources.limits.pids", findings);
  CheckSame(service, "scale", "deploy.replicas", findings);
}

}  // namespace mooring::manifest
