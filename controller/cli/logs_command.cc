// SPDX-License-Identifier: Apache-2.0
// `mooring logs`: the containers of an App as one stream of lines.
#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/log_follower.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::cli {
namespace {

namespace label = docker::label;

/// "10m" or a time, as a line's time.
Result<std::string> SinceOf(const std::string& text, Time now) {
  if (text.empty()) return std::string();
  if (const auto ago = ParseDuration(text))
    return LineTime(now - std::chrono::duration_cast<std::chrono::milliseconds>(*ago));
  if (const auto time = ParseTime(text)) return LineTime(*time);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("--since {}: write how long ago, such as 10m, or a time such as "
                          "2026-03-01T14:00:00Z",
                          text));
}

std::string Is(const char* name, const std::string& value) {
  return std::string(name) + "=" + value;
}

/// Why there is nothing to read: the App, or the service, is not here.
Error NoContainers(docker::EngineView& view, const Config& config, const Selection& app,
                   const std::string& service, const std::stop_token& stop) {
  const auto all = view.Containers(
      {Is(label::kInstance, config.host_name), Is(label::kKind, "App")}, false, stop);
  if (!all) return all.error();
  std::set<ResourceKey> apps;
  std::set<std::string> services;
  for (const docker::ContainerView& container : *all) {
    const auto of = [&](const char* name) {
      const auto found = container.labels.find(name);
      return found == container.labels.end() ? std::string() : found->second;
    };
    const ResourceKey key{"App", of(label::kNamespace), of(label::kName)};
    apps.insert(key);
    if (app.Matches(key)) services.insert(of(label::kService));
  }
  if (services.empty()) {
    return NotThere(app, std::vector<ResourceKey>(apps.begin(), apps.end()))
        .WithContext("no container to read");
  }
  return Error(ErrorCode::kNotFound,
               fmt::format("{} has no service \"{}\"; it has: {}", app.Key().ToString(), service,
                           Join({services.begin(), services.end()}, ", ")));
}

/// Lines with "web_1 |" in front, each container's in a colour of its own.
class LinePrinter {
 public:
  LinePrinter(const Terminal& terminal, bool timestamps)
      : color_(terminal.color), timestamps_(timestamps) {}

  void Expect(const std::string& slot) {
    colors_.try_emplace(slot, colors_.size());
    width_ = std::max(width_, slot.size());
  }

  bool Print(const std::string& slot, const docker::LogLine& line) {
    std::cout << PaintName(fmt::format("{:<{}} |", slot, width_), colors_[slot], color_) << ' ';
    if (timestamps_) std::cout << line.time << ' ';
    std::cout << line.text << '\n';
    return std::cout.good();
  }

 private:
  const bool color_;
  const bool timestamps_;
  size_t width_ = 0;
  std::map<std::string, size_t> colors_;
};

}  // namespace

int Logs(Session& session, const LogsOptions& options) {
  const Config& config = session.config();
  const std::stop_token stop = session.stop();
  const auto app = ParseNameOf("App", {options.app}, options.scope);
  if (!app) return Report(app.error());
  const auto since = SinceOf(options.since, session.clock().Now());
  if (!since) return Report(since.error());
  std::vector<std::string> labels = {Is(label::kInstance, config.host_name),
                                     Is(label::kKind, "App"), Is(label::kNamespace, app->ns),
                                     Is(label::kName, app->name)};
  if (!options.service.empty()) labels.push_back(Is(label::kService, options.service));
  LinePrinter printer(session.terminal(), options.timestamps);
  LogFollower follower(
      {.engine_socket = config.docker_socket,
       .labels = std::move(labels),
       .since = *since,
       .tail = options.tail < 0 ? std::nullopt : std::optional<int>(options.tail),
       .follow = options.follow},
      {.found = [&](const std::string& slot) { printer.Expect(slot); },
       .line = [&](const std::string& slot,
                   const docker::LogLine& line) { return printer.Print(slot, line); },
       .note = [](const std::string& text) { std::cerr << "-- " << text << std::endl; },
       .flush = [] { std::cout.flush(); }},
      session.clock());
  const Status ended = follower.Run(stop);
  std::cout.flush();
  if (ended || ended.error().code() == ErrorCode::kCancelled) return exit_code::kDone;
  if (ended.error().code() == ErrorCode::kNotFound) {
    docker::EngineView view(config.docker_socket);
    return Report(NoContainers(view, config, *app, options.service, stop));
  }
  return Report(ended.error());
}

}  // namespace mooring::cli
