// SPDX-License-Identifier: Apache-2.0
#include "tests/support/caddy/real_caddy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "controller/net/http_client.h"
#include "reconcilers/caddy/admin_address.h"

extern char** environ;

namespace mooring::test {

std::string RealCaddy::Binary() {
  if (const char* chosen = getenv("MOORING_CADDY")) return chosen;
  return access("/usr/bin/caddy", X_OK) == 0 ? "/usr/bin/caddy" : "";
}

RealCaddy::RealCaddy(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::ofstream(folder_ / "start.json") << Json{{"admin", {{"listen", admin()}}}};
  Start();
}

RealCaddy::~RealCaddy() { Kill(); }

void RealCaddy::Start() {
  const std::string binary = Binary();
  const std::string config = (folder_ / "start.json").string();
  const std::string log = (folder_ / "caddy.log").string();
  std::vector<std::string> environment = {"HOME=" + folder_.string(),
                                          "XDG_CONFIG_HOME=" + (folder_ / "config").string(),
                                          "XDG_DATA_HOME=" + (folder_ / "data").string()};
  const bool resume = exists(folder_ / "config/caddy/autosave.json");
  std::vector<std::string> arguments = {binary, "run"};
  if (resume) {
    arguments.emplace_back("--resume");
  } else {
    arguments.insert(arguments.end(), {"--config", config});
  }
  std::vector<char*> argv, envp;
  for (std::string& one : arguments) argv.push_back(one.data());
  for (std::string& one : environment) envp.push_back(one.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (posix_spawn(&pid_, binary.c_str(), &actions, nullptr, argv.data(), envp.data()) != 0) abort();
  posix_spawn_file_actions_destroy(&actions);
  for (int i = 0; i < 500 && Ask("GET", "/config/", "").empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a process has no clock of ours
  }
}

void RealCaddy::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string RealCaddy::Ask(const std::string& method, const std::string& path,
                           const std::string& body) {
  const auto address = caddy::AdminAddress::Parse(admin());
  net::HttpClient client(address->Endpoint());
  net::HttpRequest request{
      .method = method, .path = path, .headers = address->Headers(), .body = body};
  request.fresh_connection = true;
  const auto response = client.Do(request, {});
  return response ? response->body : "";
}

int RealCaddy::Writes() {
  // caddy_admin_http_requests_total{code="200",handler="admin",method="POST",path="/config/"} 3
  const std::string metrics = Ask("GET", "/metrics", "");
  const std::string line =
      "caddy_admin_http_requests_total{code=\"200\",handler=\"admin\",method=\"POST\","
      "path=\"/config/\"} ";
  const size_t found = metrics.find(line);
  return found == std::string::npos ? 0 : std::stoi(metrics.substr(found + line.size()));
}

Json RealCaddy::Config() { return Json::parse(Ask("GET", "/config/", ""), nullptr, false); }

void RealCaddy::Overwrite(Json config) {
  config["admin"]["listen"] = admin();
  Load(config.dump());
}

void RealCaddy::Load(const std::string& body) { Ask("POST", "/load", body); }

}  // namespace mooring::test
