// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/engine_api.h"

#include <algorithm>

namespace mooring::test {
namespace {

std::string Labelled(const std::string& label) {
  return "filters=" + net::EscapeQuery(Json{{"label", {label}}}.dump());
}

}  // namespace

EngineApi::EngineApi(std::string socket)
    : socket_(std::move(socket)), client_({.unix_socket = socket_, .base_url = "http://engine"}) {}

net::HttpResponse EngineApi::Ask(const std::string& method, const std::string& path,
                                 const Json& body, std::vector<std::string> headers) {
  net::HttpRequest request{.method = method, .path = path, .headers = std::move(headers)};
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type: application/json");
    request.body = body.dump();
  }
  request.fresh_connection = true;  // the engine may have been restarted
  auto response = client_.Do(request, {});
  return response ? std::move(*response) : net::HttpResponse();
}

bool EngineApi::Answers() { return Do("GET", "/_ping") == 200; }

int EngineApi::Do(const std::string& method, const std::string& path, const Json& body) {
  return Ask(method, path, body).status;
}

Json EngineApi::Get(const std::string& path) {
  const net::HttpResponse response = Ask("GET", path, nullptr);
  return response.ok() ? Json::parse(response.body, nullptr, false) : Json();
}

Json EngineApi::Post(const std::string& path, const Json& body) {
  const net::HttpResponse response = Ask("POST", path, body);
  return response.ok() ? Json::parse(response.body, nullptr, false) : Json();
}

std::vector<std::string> EngineApi::Containers(const std::string& label) {
  std::vector<std::string> names;
  for (const Json& item : Get("/containers/json?all=1&" + Labelled(label))) {
    const Json& of_item = item["Names"];
    names.push_back(of_item.empty() ? item["Id"].get<std::string>()
                                    : of_item[0].get<std::string>().substr(1));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> EngineApi::Networks(const std::string& label) {
  std::vector<std::string> names;
  for (const Json& item : Get("/networks?" + Labelled(label))) names.push_back(item["Name"]);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> EngineApi::Volumes(const std::string& label) {
  std::vector<std::string> names;
  const Json answer = Get("/volumes?" + Labelled(label));
  if (!answer.is_object() || !answer["Volumes"].is_array()) return names;
  for (const Json& item : answer["Volumes"]) names.push_back(item["Name"]);
  std::sort(names.begin(), names.end());
  return names;
}

int EngineApi::Exec(const std::string& container, const std::string& script) {
  const Json made = Post("/containers/" + container + "/exec", {{"Cmd", {"sh", "-c", script}}});
  return Do("POST", "/exec/" + made.value("Id", "") + "/start", {{"Detach", true}});
}

Json EngineApi::Inspect(const std::string& container) {
  return Get("/containers/" + container + "/json");
}

std::string EngineApi::IdOf(const std::string& container) {
  Json seen = Inspect(container);
  return seen.is_object() ? seen["Id"].get<std::string>() : "";
}

std::string EngineApi::AddressOf(const std::string& container) {
  Json seen = Inspect(container);
  if (!seen.is_object()) return "";
  const Json& networks = seen["NetworkSettings"]["Networks"];
  return networks.empty() ? "" : networks.begin().value()["IPAddress"].get<std::string>();
}

bool EngineApi::HasImage(const std::string& image) {
  return Do("GET", "/images/" + image + "/json") == 200;
}

void EngineApi::Tag(const std::string& image, const std::string& repo, const std::string& tag) {
  Do("POST", "/images/" + image + "/tag?repo=" + net::EscapeQuery(repo) + "&tag=" + tag);
}

void EngineApi::Push(const std::string& repo, const std::string& tag) {
  Ask("POST", "/images/" + repo + "/push?tag=" + tag, nullptr, {"X-Registry-Auth: e30="});
}

void EngineApi::RemoveAll(const std::string& label) {
  for (const std::string& name : Containers(label))
    Do("DELETE", "/containers/" + name + "?force=1&v=1");
  for (const std::string& name : Networks(label)) Do("DELETE", "/networks/" + name);
  for (const std::string& name : Volumes(label)) Do("DELETE", "/volumes/" + name + "?force=1");
}

}  // namespace mooring::test
