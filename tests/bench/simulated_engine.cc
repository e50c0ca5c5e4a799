// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/simulated_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "reconcilers/docker/plan/labels.h"
#include "tests/bench/engine_text.h"

namespace mooring::bench {
namespace {

using web::Request;
using web::Response;

constexpr const char* kAppLabel = docker::label::kName;
constexpr size_t kStreamCapacity = 256u << 20;

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kAborted:
      return 409;
    default:
      return 500;
  }
}

Response Answer(const Json& json, int status = 200) {
  return {.status = status, .body = json.dump()};
}

Result<Response> Empty(const Status& done) {
  if (!done) return std::unexpected(done.error());
  return Response{.status = 204};
}

std::string Param(const Request& request, const char* name) { return request.params.at(name); }

std::string Query(const Request& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

Json BodyOf(const Request& request) { return Json::parse(request.body, nullptr, false); }

std::vector<std::string> Filter(const Json& filters, const char* name) {
  return filters.is_object() ? filters.value(name, std::vector<std::string>())
                             : std::vector<std::string>();
}

bool HasLabel(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  const size_t equal = wanted.find('=');
  const auto found = labels.find(wanted.substr(0, equal));
  if (found == labels.end()) return false;
  return equal == std::string::npos || found->second == wanted.substr(equal + 1);
}

}  // namespace

SimulatedEngine::SimulatedEngine(Clock& clock, Duration list_item_cost,
                                 const std::vector<std::string>& images)
    : host_(clock), list_item_cost_(list_item_cost) {
  for (const std::string& image : images) host_.AddImage(image);
  host_.TakeEvents();
}

void SimulatedEngine::Register(web::HttpServer& server) {
  server.Handle(
      {.method = "GET", .pattern = "/_ping", .role = std::nullopt, .handler = [](const Request&) {
         return Response{
             .content_type = "text/plain",
             .body = "OK",
             .headers = {{"Api-Version", "1.41"}, {"Server", "Docker/20.10.24 (linux)"}}};
       }});
  RegisterReads(server);
  RegisterWrites(server);
}

void SimulatedEngine::On(web::HttpServer& server, const char* method, const std::string& path,
                         Work work) {
  server.Handle({.method = method,
                 .pattern = "/{version}" + path,
                 .role = std::nullopt,
                 .handler = [work = std::move(work)](const Request& request) {
                   auto answer = work(request);
                   if (answer) return *std::move(answer);
                   return Answer({{"message", answer.error().message()}},
                                 StatusOf(answer.error().code()));
                 }});
}

void SimulatedEngine::OnWrite(web::HttpServer& server, const char* method, const std::string& path,
                              Work work) {
  On(server, method, path, [this, work = std::move(work)](const Request& request) {
    auto answer = work(request);
    Publish();
    return answer;
  });
}

void SimulatedEngine::RegisterReads(web::HttpServer& server) {
  On(server, "GET", "/containers/json", [this](const Request& r) { return List(r); });
  On(server, "GET", "/containers/{id}/json", [this](const Request& r) -> Result<Response> {
    const auto container = host_.Find(Param(r, "id"));
    if (!container) return Fail(ErrorCode::kNotFound, "No such container: " + Param(r, "id"));
    return Answer(InspectJson(*container));
  });
  On(server, "GET", "/networks", [this](const Request& r) -> Result<Response> {
    const Json filters = Json::parse(Query(r, "filters"), nullptr, false);
    const auto names = Filter(filters, "name");
    // "^name$"
    const std::string name = names.empty() ? "" : names.front().substr(1, names.front().size() - 2);
    MOORING_TRY(const auto networks, host_.ListNetworks(name, {}));
    Json list = Json::array();
    for (const auto& network : networks) list.push_back(NetworkJson(network));
    return Answer(list);
  });
  On(server, "GET", "/volumes", [this](const Request&) -> Result<Response> {
    MOORING_TRY(const auto volumes, host_.ListVolumes({}));
    Json list = Json::array();
    for (const auto& volume : volumes) list.push_back(VolumeJson(volume));
    return Answer({{"Volumes", std::move(list)}, {"Warnings", nullptr}});
  });
  On(server, "GET", "/images/{name}/json",
     [this](const Request& r) { return Image(Param(r, "name")); });
  On(server, "GET", "/images/{repository}/{name}/json",
     [this](const Request& r) { return Image(Param(r, "repository") + "/" + Param(r, "name")); });
  On(server, "GET", "/events", [this](const Request&) -> Result<Response> { return Events(); });
}

void SimulatedEngine::RegisterWrites(web::HttpServer& server) {
  OnWrite(server, "POST", "/containers/create", [this](const Request& r) -> Result<Response> {
    MOORING_TRY(const std::string id, host_.CreateContainer(Query(r, "name"), BodyOf(r), {}));
    return Answer({{"Id", id}, {"Warnings", Json::array()}}, 201);
  });
  const auto on_id = [&](const char* method, const char* path,
                         std::function<Status(const std::string&, const Request&)> act) {
    OnWrite(server, method, path,
            [act = std::move(act)](const Request& r) { return Empty(act(Param(r, "id"), r)); });
  };
  on_id("POST", "/containers/{id}/start",
        [this](const auto& id, const Request&) { return host_.StartContainer(id, {}); });
  on_id("POST", "/containers/{id}/stop", [this](const auto& id, const Request&) {
    return host_.StopContainer(id, Duration(0), {});
  });
  on_id("POST", "/containers/{id}/kill", [this](const auto& id, const Request&) -> Status {
    host_.Kill(id);
    return {};
  });
  on_id("POST", "/containers/{id}/unpause",
        [this](const auto& id, const Request&) { return host_.UnpauseContainer(id, {}); });
  on_id("POST", "/containers/{id}/update", [this](const auto& id, const Request& r) {
    return host_.UpdateContainer(id, BodyOf(r), {});
  });
  on_id("POST", "/containers/{id}/rename", [this](const auto& id, const Request& r) {
    return host_.RenameContainer(id, Query(r, "name"), {});
  });
  on_id("DELETE", "/containers/{id}",
        [this](const auto& id, const Request&) { return host_.RemoveContainer(id, {}); });
  OnWrite(server, "POST", "/networks/create", [this](const Request& r) -> Result<Response> {
    MOORING_RETURN_IF_ERROR(host_.CreateNetwork(BodyOf(r), {}));
    return Answer({{"Id", ""}, {"Warning", ""}}, 201);
  });
  on_id("POST", "/networks/{id}/connect", [this](const auto& id, const Request& r) {
    const Json body = BodyOf(r);
    return host_.ConnectNetwork(id, body.value("Container", ""),
                                body.value("EndpointConfig", Json::object()), {});
  });
  on_id("POST", "/networks/{id}/disconnect", [this](const auto& id, const Request& r) {
    return host_.DisconnectNetwork(id, BodyOf(r).value("Container", ""), {});
  });
  on_id("DELETE", "/networks/{id}",
        [this](const auto& id, const Request&) { return host_.RemoveNetwork(id, {}); });
  OnWrite(server, "POST", "/volumes/create", [this](const Request& r) -> Result<Response> {
    MOORING_RETURN_IF_ERROR(host_.CreateVolume(BodyOf(r), {}));
    return Answer({{"Name", BodyOf(r).value("Name", "")}}, 201);
  });
}

Result<Response> SimulatedEngine::List(const Request& request) {
  const Json filters = Json::parse(Query(request, "filters"), nullptr, false);
  const auto labels = Filter(filters, "label");
  const auto names = Filter(filters, "name");
  const auto states = Filter(filters, "status");
  std::string body = "[";
  Duration cost(0);
  {
    const std::scoped_lock lock(mutex_);
    const auto add = [&](const Item& item) {
      for (const std::string& label : labels) {
        if (!HasLabel(item.labels, label)) return;
      }
      if (!states.empty() && std::find(states.begin(), states.end(), item.state) == states.end())
        return;
      if (body.size() > 1) body += ',';
      body += item.text;
      cost += list_item_cost_;
    };
    const auto app = std::find_if(labels.begin(), labels.end(), [](const std::string& label) {
      return label.starts_with(fmt::format("{}=", kAppLabel));
    });
    if (app != labels.end()) {
      const auto found = by_app_.find(app->substr(app->find('=') + 1));
      if (found != by_app_.end()) {
        for (const uint64_t number : found->second) add(items_.at(number));
      }
    } else if (!names.empty() && names.front().starts_with("^/")) {
      const std::string prefix = names.front().substr(2);
      for (auto at = by_name_.lower_bound(prefix);
           at != by_name_.end() && at->first.starts_with(prefix); ++at)
        add(items_.at(at->second));
    } else {
      size_t bytes = 2;
      for (const auto& [number, item] : items_) bytes += item.text.size() + 1;
      body.reserve(bytes);
      for (const auto& [number, item] : items_) add(item);
    }
  }
  body += "]\n";
  // The time that an engine computes for its list; here the processor stays free for the daemon.
  if (cost > Duration(0)) std::this_thread::sleep_for(cost);
  return Response{.body = std::move(body)};
}

Result<Response> SimulatedEngine::Image(const std::string& reference) {
  MOORING_TRY(const auto image, host_.InspectImage(reference, {}));
  if (!image) return Fail(ErrorCode::kNotFound, "No such image: " + reference);
  return Answer(ImageJson(*image, reference));
}

Response SimulatedEngine::Events() {
  auto stream = std::make_shared<web::BodyStream>([] {}, kStreamCapacity);
  const std::scoped_lock lock(mutex_);
  streams_.push_back(stream);
  return {.stream = std::move(stream)};
}

void SimulatedEngine::Publish() {
  const std::scoped_lock lock(mutex_);
  const auto events = host_.TakeEvents();
  std::string lines;
  for (const docker::EngineEvent& event : events) {
    if (event.type == "container") Render(event.id);
    if (const auto container = event.attributes.find("container");
        container != event.attributes.end())
      Render(container->second);
    lines += EventLine(
        event,
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
  }
  if (lines.empty()) return;
  std::erase_if(streams_, [&](const auto& stream) { return !stream->Write(lines); });
}

void SimulatedEngine::Render(const std::string& id) {
  const auto known = numbers_.find(id);
  const uint64_t number = known == numbers_.end() ? ++last_ : known->second;
  if (const auto old = items_.find(number); old != items_.end()) {
    by_name_.erase(old->second.name);
    if (const auto app = old->second.labels.find(kAppLabel); app != old->second.labels.end())
      by_app_[app->second].erase(number);
  }
  const auto container = host_.Find(id);
  if (!container) {
    items_.erase(number);
    numbers_.erase(id);
    return;
  }
  numbers_[id] = number;
  by_name_[container->name] = number;
  if (const auto app = container->labels.find(kAppLabel); app != container->labels.end())
    by_app_[app->second].insert(number);
  items_[number] = {container->name, container->labels, container->state, ListItemText(*container)};
}

}  // namespace mooring::bench
