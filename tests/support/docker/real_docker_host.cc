// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/real_docker_host.h"

#include <unistd.h>

#include <cstdlib>

#include "tests/support/docker/tar.h"

namespace mooring::testing {
std::unique_ptr<RealDockerHost> RealDockerHost::Connect() {
  const char* given = std::getenv("ENGINE_SOCKET");
  std::unique_ptr<RealDockerHost> host(
      new RealDockerHost(given == nullptr ? "/run/docker.sock" : given));
  if (!host->reader().Ping({})) return nullptr;
  return host;
}

RealDockerHost::RealDockerHost(const std::string& socket)
    : engine_(socket, [calls = calls_](const std::string&, const std::string&, int,
                                       Duration) { ++*calls; }),
      raw_({.unix_socket = socket, .base_url = "http://docker"}) {
  static int count = 0;
  prefix_ = fmt::format("mrt{}x{}", ::getpid(), ++count);
}

RealDockerHost::~RealDockerHost() {
  const std::string filter =
      "?all=1&filters=" + net::EscapeQuery(R"({"name":["^/?)" + prefix_ + R"("]})");
  for (const Json& c : Raw("GET", "/containers/json" + filter).second)
    Raw("DELETE", "/containers/" + c["Id"].get<std::string>() + "?force=1&v=1");
  for (const Json& n : Raw("GET", "/networks").second) {
    if (n["Name"].get<std::string>().starts_with(prefix_))
      Raw("DELETE", "/networks/" + n["Id"].get<std::string>());
  }
  const Json volumes = Raw("GET", "/volumes").second;
  for (const Json& v : volumes.value("Volumes", Json::array())) {
    if (v["Name"].get<std::string>().starts_with(prefix_))
      Raw("DELETE", "/volumes/" + v["Name"].get<std::string>());
  }
  for (const Json& i : Raw("GET", "/images/json").second) {
    if (!i["RepoTags"].is_array()) continue;
    for (const Json& tag : i["RepoTags"]) {
      if (tag.get<std::string>().starts_with(prefix_))
        Raw("DELETE", "/images/" + tag.get<std::string>() + "?force=1");
    }
  }
}

std::string RealDockerHost::MakeImage(const std::string& tag) {
  const std::string image = "mooring-test/web:" + tag;
  if (Raw("GET", "/images/" + image + "/json").first == 200) return image;
  const std::string command =
      std::string(MOORING_SOURCE_DIR) + "/tests/support/images/build.sh " + image;
  return std::system(command.c_str()) == 0 ? image : "";
}

std::string RealDockerHost::Build(const std::string& name, const std::string& dockerfile) {
  const std::string image = prefix_ + "-" + name + ":1";
  const auto response = raw_.Do({.method = "POST",
                                 .path = "/build?version=1&t=" + net::EscapeQuery(image),
                                 .headers = {"Content-Type: application/x-tar"},
                                 .body = TarOf("Dockerfile", dockerfile)},
                                {});
  const bool built = response && response->body.find("Successfully built") != std::string::npos;
  return built ? image : "";
}

std::pair<int, Json> RealDockerHost::Raw(const std::string& method, const std::string& path,
                                         const Json& body) {
  net::HttpRequest request{.method = method, .path = path};
  if (!body.is_null()) {
    request.headers.push_back("Content-Type: application/json");
    request.body = body.dump();
  }
  const auto response = raw_.Do(request, {});
  if (!response) return {0, nullptr};
  Json json = Json::parse(response->body, nullptr, false);
  return {response->status, json.is_discarded() ? Json() : json};
}

}  // namespace mooring::testing
