// SPDX-License-Identifier: Apache-2.0
// `mooring top`: processor and memory of the Apps' containers.
#include <iostream>
#include <set>

#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/live_host.h"
#include "controller/cli/top_view.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::cli {
namespace {

constexpr Duration kSample = std::chrono::seconds(1);

using Usages = std::map<std::string, docker::ContainerUsage>;

/// Of each container that still runs.
Result<Usages> Sample(docker::EngineView& view,
                      const std::vector<docker::ContainerView>& containers,
                      const std::stop_token& stop) {
  Usages usages;
  for (const docker::ContainerView& container : containers) {
    auto usage = view.Usage(container.id, stop);
    if (usage) usages[container.id] = *usage;
    if (!usage && usage.error().code() != ErrorCode::kNotFound)
      return std::unexpected(usage.error().WithContext("use of " + container.name));
  }
  return usages;
}

class TopReader {
 public:
  TopReader(Session& session, const Selection& selection, std::stop_token stop)
      : session_(session),
        selection_(selection),
        view_(session.config().docker_socket),
        stop_(std::move(stop)) {}

  /// Takes a second: a rate needs two looks.
  Result<std::vector<ContainerLoad>> Read() {
    MOORING_TRY(const std::vector<docker::ContainerView> containers, Running());
    MOORING_TRY(const Usages before, Sample(view_, containers, stop_));
    if (!SleepFor(session_.clock(), kSample, stop_)) return Fail(ErrorCode::kCancelled, "stopped");
    MOORING_TRY(const Usages after, Sample(view_, containers, stop_));
    std::vector<ContainerLoad> loads;
    for (const docker::ContainerView& container : containers) {
      const auto first = before.find(container.id);
      const auto second = after.find(container.id);
      if (first == before.end() || second == after.end()) continue;
      loads.push_back({*OwnerOf(container.labels), container.name, first->second, second->second});
    }
    return loads;
  }

 private:
  Result<std::vector<docker::ContainerView>> Running() {
    const std::string instance =
        std::string(docker::label::kInstance) + "=" + session_.config().host_name;
    MOORING_TRY(std::vector<docker::ContainerView> found,
                view_.Containers({instance}, false, stop_));
    std::set<ResourceKey> known;
    std::erase_if(found, [&](const docker::ContainerView& container) {
      const auto owner = OwnerOf(container.labels);
      if (owner) known.insert(*owner);
      return !owner || !selection_.Matches(*owner) || container.state != "running";
    });
    if (found.empty() && !selection_.name.empty())
      return std::unexpected(NotThere(selection_, {known.begin(), known.end()}));
    return found;
  }

  Session& session_;
  const Selection& selection_;
  docker::EngineView view_;
  const std::stop_token stop_;
};

}  // namespace

int Top(Session& session, const TopOptions& options) {
  Result<Selection> selection = Selection{"App", options.scope.ns, ""};
  if (!options.app.empty()) selection = ParseNameOf("App", {options.app}, options.scope);
  if (!selection) return Report(selection.error());
  const std::stop_token stop = session.stop();
  TopReader reader(session, *selection, stop);
  Progress progress(session.terminal());
  progress.Say("measuring for a second");
  do {
    auto loads = reader.Read();
    progress.Clear();
    if (!loads && loads.error().code() == ErrorCode::kCancelled) return exit_code::kDone;
    if (!loads) return Report(loads.error());
    if (options.watch && session.terminal().out) std::cout << "\x1b[H\x1b[2J";
    std::cout << Table(TopRows(*std::move(loads)), session.ForTables()) << std::flush;
  } while (options.watch && !stop.stop_requested() && std::cout.good());
  return exit_code::kDone;
}

}  // namespace mooring::cli
