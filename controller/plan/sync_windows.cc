// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/sync_windows.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring {
namespace {

/// So many windows in a row are followed to find the end of them: a window each minute for a week.
constexpr int kMaxWindows = 10'080;

std::chrono::milliseconds Milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

std::string TextAt(const nlohmann::json& json, const char* name, const char* otherwise) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

}  // namespace

std::string SyncWindows::Closed::ToString() const {
  return fmt::format("closed {}{}", by,
                     until ? " until " + FormatTime(*until) : ", and no opening is in sight");
}

std::string SyncWindows::Closed::Of(const ResourceKey& key) const {
  return fmt::format("the sync windows of {} are {}", key.ns, ToString());
}

SyncWindows SyncWindows::For(const ResourceKey& key, const DesiredSet& set) {
  if (key.ns.empty()) return {};
  const Resource* scope = set.Find({"Namespace", "", key.ns});
  return scope == nullptr ? SyncWindows() : Of(scope->spec);
}

SyncWindows SyncWindows::Of(const nlohmann::json& spec) {
  SyncWindows windows;
  const auto list = spec.find("syncWindows");
  if (list == spec.end() || !list->is_array()) return windows;
  for (const nlohmann::json& window : *list) windows.windows_.push_back(Read(window));
  return windows;
}

SyncWindows::Window SyncWindows::Read(const nlohmann::json& json) {
  const nlohmann::json when = json.value("schedule", nlohmann::json::object());
  const std::string cron = TextAt(when, "cron", "");
  const std::string timezone = TextAt(when, "timezone", "UTC");
  const std::string kind = TextAt(json, "kind", "");
  Window window{.manual = json.value("manual", true),
                .shown = fmt::format("{} \"{}\" {}", kind, cron, timezone)};
  const auto duration = ParseDuration(TextAt(json, "duration", ""));
  auto schedule = Schedule::Parse(cron, timezone);
  if (!duration || !schedule) return window;
  window.allow = kind == "allow";
  window.duration = *duration;
  window.schedule = *schedule;
  return window;
}

Time SyncWindows::Window::Until(Time time) const {
  return schedule->LastUntil(time) + Milliseconds(duration);
}

std::vector<const SyncWindows::Window*> SyncWindows::ClosingAt(Time time) const {
  std::vector<const Window*> denying;
  std::vector<const Window*> allowing;
  bool allowed = false;
  for (const Window& window : windows_) {
    const bool open = window.IsOpen(time);
    if (window.allow) {
      allowing.push_back(&window);
      allowed = allowed || open;
    } else if (open) {
      denying.push_back(&window);
    }
  }
  if (!denying.empty()) return denying;
  return allowed ? std::vector<const Window*>() : allowing;
}

std::optional<Time> SyncWindows::OpensAfter(Time time) const {
  for (int i = 0; i < kMaxWindows; ++i) {
    const auto closing = ClosingAt(time);
    if (closing.empty()) return time;
    std::optional<Time> next;
    for (const Window* window : closing) {
      if (!window->schedule) return std::nullopt;
      // All that deny must have ended; of those that allow, the first to open is enough.
      const Time edge = window->allow ? window->schedule->NextAfter(time) : window->Until(time);
      if (!next || (window->allow ? edge < *next : edge > *next)) next = edge;
    }
    time = *next;
  }
  return std::nullopt;
}

std::optional<SyncWindows::Closed> SyncWindows::ClosedAt(Time time) const {
  const auto closing = ClosingAt(time);
  if (closing.empty()) return std::nullopt;
  return Closed{.by = closing.front()->allow ? "because no allow window is open"
                                             : "by " + closing.front()->shown,
                .until = OpensAfter(time),
                .manual = std::ranges::all_of(closing, &Window::manual)};
}

}  // namespace mooring
