// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>

namespace mooring::bench {
namespace {

constexpr std::chrono::seconds kPatience(30);
constexpr char kEvents[] = "/v1.41/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D";

[[noreturn]] void GiveUp(const std::string& text) {
  fmt::print(stderr, "error: {}\n", text);
  std::exit(1);
}

}  // namespace

int64_t NowNanos() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

double Percentile(std::vector<double> values, int percent) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, values.size() * static_cast<size_t>(percent) / 100)];
}

double Median(std::vector<double> values) { return Percentile(std::move(values), 50); }

RawEngine::RawEngine(const std::string& socket)
    : client_({.unix_socket = socket, .base_url = "http://engine"}) {}

Json RawEngine::Call(const std::string& method, const std::string& path, const Json& body) {
  net::HttpRequest request{.method = method, .path = "/v1.41" + path};
  if (!body.is_null()) {
    request.body = body.dump();
    request.headers.push_back("Content-Type: application/json");
  }
  const auto answer = client_.Do(request, {});
  if (!answer) GiveUp(fmt::format("{} {}: {}", method, path, answer.error().ToString()));
  if (answer->status >= 400)
    GiveUp(fmt::format("{} {}: {} {}", method, path, answer->status, answer->body));
  return Json::parse(answer->body, nullptr, false);
}

size_t RawEngine::Fetch(const std::string& path) {
  const auto answer = client_.Do({.path = "/v1.41" + path}, {});
  if (!answer || !answer->ok()) GiveUp("GET " + path + " failed");
  return answer->body.size();
}

std::vector<std::string> RawEngine::Running(const std::string& label) {
  const Json filters = {{"label", {label}}, {"status", {"running"}}};
  std::vector<std::string> ids;
  for (const Json& item :
       Call("GET", "/containers/json?filters=" + net::EscapeQuery(filters.dump()))) {
    ids.push_back(item.at("Id").get<std::string>());
  }
  return ids;
}

Timeline::Timeline(const std::string& socket)
    : client_({.unix_socket = socket, .base_url = "http://engine"}),
      thread_([this](std::stop_token stop) { Follow(stop); }) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return open_; });
}

Timeline::~Timeline() { thread_.request_stop(); }

void Timeline::Follow(std::stop_token stop) {
  {
    // The stream's headers come with its first event only; events since now are replayed anyway.
    std::scoped_lock lock(mutex_);
    open_ = true;
  }
  changed_.notify_all();
  const std::string path = fmt::format("{}&since={}", kEvents, NowNanos() / 1'000'000'000);
  std::string rest;
  const auto on_data = [&](std::string_view part) {
    rest.append(part);
    for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      Take(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
    return true;
  };
  const auto ended =
      client_.Stream({.path = path, .timeout = std::chrono::milliseconds(0)}, on_data, stop);
  if (!stop.stop_requested())
    GiveUp("the engine's events ended: " + (ended ? "" : ended.error().ToString()));
}

void Timeline::Take(const std::string& line) {
  const Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return;
  const Json attributes = event["Actor"].value("Attributes", Json::object());
  Moment moment{.action = event.value("Action", ""),
                .id = event["Actor"].value("ID", ""),
                .app = attributes.value("mooring.dev/name", ""),
                .nanos = event.value("timeNano", int64_t{0})};
  std::scoped_lock lock(mutex_);
  moments_.push_back(std::move(moment));
  changed_.notify_all();
}

Moment Timeline::Await(const std::string& action, const std::string& id_or_app, int64_t since) {
  std::unique_lock lock(mutex_);
  const auto find = [&] {
    return std::find_if(moments_.begin(), moments_.end(), [&](const Moment& m) {
      return m.nanos >= since && m.action == action && (m.id == id_or_app || m.app == id_or_app);
    });
  };
  if (!changed_.wait_for(lock, kPatience, [&] { return find() != moments_.end(); }))
    GiveUp(fmt::format("no {} of {} within {} s", action, id_or_app, kPatience.count()));
  return *find();
}

int64_t Timeline::LastOfApps(const std::string& action, int count, int64_t since) {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> apps;
  for (const Moment& moment : moments_) {
    if (moment.nanos < since || moment.action != action || moment.app.empty()) continue;
    apps.insert(moment.app);
    if (static_cast<int>(apps.size()) == count) return moment.nanos;
  }
  GiveUp(fmt::format("{} of {} Apps had a {}", apps.size(), count, action));
}

}  // namespace mooring::bench
