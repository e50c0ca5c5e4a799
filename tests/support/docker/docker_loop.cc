// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/docker_loop.h"

namespace mooring::testing {

Resource MakeApp(const std::string& name, Json spec, std::vector<std::string> routed) {
  spec["rollout"].emplace("drainTimeout", "0s");
  Resource resource{.key = {"App", "default", name}, .spec = std::move(spec)};
  if (!routed.empty()) resource.derived["routedServices"] = routed;
  resource.spec_digest = SpecDigest(resource.spec, resource.derived);
  return resource;
}

DockerLoop::DockerLoop(docker::DockerReader& reader, docker::DockerWriter& writer,
                       std::string hosts_path, Clock& clock, Options options)
    : hosts(std::move(hosts_path), clock),
      files(options.files, HostKey::FromBytes(options.key)),
      repository_files(options.planner.file_folder, clock),
      digests(reader, docker::RegistryLogins({}), clock),
      observer({.instance = options.planner.instance, .routes_file = options.routes_file}, reader,
               hosts, clock, options.files.sealed.empty() ? nullptr : &files,
               options.planner.file_folder.empty() ? nullptr : &repository_files, &digests,
               &counts),
      planner(options.planner, HostKey::FromBytes(options.key)),
      applier(writer, observer, hosts, nullptr, nullptr, &files, docker::RegistryLogins({}),
              &repository_files) {}

Result<ResourcePlan> DockerLoop::Plan(const ResourceKey& key, const Resource* desired) {
  MOORING_TRY(const auto observed, observer.Observe(key, desired, {}));
  Json& known = details.try_emplace(key, Json::object()).first->second;
  if (desired != nullptr) documents[key] = desired->spec_digest;
  ResourcePlan plan = planner.Plan({.key = &key,
                                    .desired = desired,
                                    .last_applied_digest = applied[key],
                                    .observed = observed.get(),
                                    .secrets = &secrets,
                                    .revision = "main@sha1:1",
                                    .remembered = {&known, request, documents[key]}});
  known = plan.details;
  return plan;
}

Status DockerLoop::Apply(const ResourcePlan& plan) {
  std::vector<const Change*> changes;
  for (const Change& change : plan.changes) {
    if (change.after.empty()) changes.push_back(&change);
  }
  const std::span<const Change* const> all(changes);
  for (size_t done = 0; done < all.size();) {
    for (const auto& outcome : applier.ApplySome(plan.key, all.subspan(done), {})) {
      ++done;
      if (!outcome) return std::unexpected(outcome.error());
    }
  }
  return {};
}

Result<ResourcePlan> DockerLoop::Run(const ResourceKey& key, const Resource* desired, int most,
                                     const std::function<void()>& between) {
  for (int round = 1;; ++round) {
    MOORING_TRY(ResourcePlan plan, Plan(key, desired));
    const bool at_rest = !plan.HasChanges() && !plan.wait && !plan.blocked;
    if (at_rest && desired != nullptr) applied[key] = desired->spec_digest;
    if (at_rest || round == most) return plan;
    (void)Apply(plan);  // what failed shows in the next plan
    between();
  }
}

std::string Lines(const ResourcePlan& plan) {
  std::string text;
  for (const Change& change : plan.changes) {
    text += fmt::format("{} {}: {}{}{}\n", ActionName(change.action), change.object, change.reason,
                        change.drift ? " (drift)" : "",
                        change.after.empty() ? "" : " after " + change.after);
    for (const FieldDiff& diff : change.diffs) {
      text += fmt::format("  {}: {} -> {}\n", diff.path, diff.secret ? "(secret)" : diff.actual,
                          diff.secret ? "(secret)" : diff.desired);
    }
  }
  if (plan.wait) text += fmt::format("wait {}: {}\n", plan.wait->reason, plan.wait->message);
  if (plan.blocked)
    text += fmt::format("blocked {}: {}\n", plan.blocked->reason(), plan.blocked->message());
  return text;
}

}  // namespace mooring::testing
