// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/world.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "controller/base/text.h"
#include "controller/tokens/cli_token.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {
namespace {

const std::vector<std::string> kImages = {"mooring-test/web:1.0.0", "mooring-test/web:2.0.0",
                                          "mooring-test/web:unhealthy"};

std::string UniqueName() { return fmt::format("e2e-{:06x}", std::random_device{}() & 0xffffff); }

std::string EventsPath(const ResourceKey& key) {
  return "/api/v1/events?resource=" + net::EscapeQuery(key.ToString());
}

}  // namespace

std::string SharedEngine() {
  const char* chosen = getenv("ENGINE_SOCKET");
  return chosen != nullptr ? chosen : "/run/docker.sock";
}

void EnsureImages(EngineApi& engine, const std::vector<std::string>& images) {
  std::vector<std::string> build = {"env", "ENGINE_SOCKET=" + engine.socket(),
                                    MOORING_SOURCE_DIR "/tests/support/images/build.sh"};
  const size_t command = build.size();
  for (const std::string& image : images.empty() ? kImages : images) {
    if (!engine.HasImage(image)) build.emplace_back(image);
  }
  if (build.size() == command) return;
  const CommandResult built = RunCommand(build, "", 120s);
  ASSERT_EQ(built.exit_code, 0) << built.err;
}

World::World(const std::string& engine_socket, const std::string& address_pool)
    : ns(UniqueName()),
      engine(engine_socket),
      hosts(ns),
      http_port(FreePort()),
      https_port(FreePort()),
      daemon_port(FreePort()),
      caddy(dir_.path()) {
  const Json config = {
      {"host", {{"name", ns}}},
      {"sources", {{{"name", "fleet"}, {"url", repo.url()}, {"pollInterval", "200ms"}}}},
      {"docker", {{"socket", engine_socket}, {"addressPool", address_pool}}},
      {"caddy",
       {{"admin", caddy.admin()},
        {"minReloadInterval", "500ms"},
        {"httpListen", {fmt::format("127.0.0.1:{}", http_port)}},
        {"httpsListen", {fmt::format("127.0.0.1:{}", https_port)}}}},
      {"secrets", {{"sealKeyFile", dir_.File("seal")}, {"directory", SecretFolder()}}},
      {"store", {{"path", dir_.File("store")}}},
      {"http",
       {{"listen",
         {"unix:" + dir_.File("mooring.sock"), fmt::format("127.0.0.1:{}", daemon_port)}}}},
      {"loop", {{"workers", 4}, {"maxBackoff", "2s"}}}};
  dir_.Write("mooring.yaml", config.dump(2) + "\n");
}

World::~World() {
  StopDaemon();
  daemon_.Kill();
  engine.RemoveAll(OwnLabel());
  engine.RemoveAll(ByHandLabel());
  ::umount2(SecretFolder().c_str(), MNT_DETACH);  // mounted once an App had a file with a secret
}

// --- the repository ---

Json World::Service(const std::string& version) {
  return {{"image", "mooring-test/web:" + version},
          {"environment", {{"GREETING", "hello"}}},
          {"healthcheck",
           {{"test", {"CMD", "wget", "-qO-", "http://127.0.0.1:8080/"}},
            {"interval", "500ms"},
            {"timeout", "5s"},
            {"retries", 20}}}};
}

Json World::App(const std::string& app, const std::string& version) const {
  return {{"apiVersion", kApiVersion},
          {"kind", "App"},
          {"metadata", {{"name", app}, {"namespace", ns}}},
          {"spec",
           {{"retryInterval", "1s"},
            {"rollout", {{"drainTimeout", "0s"}}},
            {"services", {{"web", Service(version)}}}}}};
}

Json World::Site(const std::string& site) const {
  return {{"apiVersion", kApiVersion},
          {"kind", "Site"},
          {"metadata", {{"name", site}, {"namespace", ns}}},
          {"spec",
           {{"retryInterval", "1s"},
            {"hosts", {site + ".test"}},
            {"tls", {{"issuer", "off"}}},
            {"routes", {{{"backend", site + "/web/8080"}}}}}}};
}

void World::Write(const std::string& file, const Json& document) {
  repo.Write(file, document.dump(2) + "\n");  // YAML takes JSON as it is
}

std::string World::Commit(const std::string& message) { return head_ = repo.Commit(message); }

void World::CommitAppWithSite(const std::string& app_name, const Json& app) {
  Write("apps/" + app_name + ".yaml", app);
  Write("sites/" + app_name + ".yaml", Site(app_name));
  Commit("Add " + app_name);
}

// --- the daemon ---

void World::SetSources(const Json& sources) {
  Json config = Json::parse(ReadText(dir_.File("mooring.yaml")));
  config["sources"] = sources;
  dir_.Write("mooring.yaml", config.dump(2) + "\n");
}

void World::LaunchDaemon() {
  daemon_.Start({MOORING_COMMAND, "run", "--config", dir_.File("mooring.yaml")},
                dir_.File("mooring.log"));
}

void World::StartDaemon() {
  LaunchDaemon();
  EXPECT_TRUE(Eventually(kSoon, [&] { return Api("/healthz").status == 200; }))
      << "the daemon does not answer\n"
      << Log();
}

void World::Configure(const std::string& pointer, const Json& value) {
  Json config = Json::parse(ReadText(dir_.File("mooring.yaml")));
  config[Json::json_pointer(pointer)] = value;
  dir_.Write("mooring.yaml", config.dump(2) + "\n");
}

bool World::StopDaemon(std::chrono::milliseconds patience) {
  if (!daemon_.running()) return true;
  daemon_.Signal(SIGTERM);
  return daemon_.AwaitEnd(patience) && daemon_.exit_code() == 0;
}

CommandResult World::Mooring(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {MOORING_COMMAND, "--config", dir_.File("mooring.yaml")});
  return RunCommand(arguments);
}

void World::StartMooring(Process& process, std::vector<std::string> arguments,
                         const std::string& output) const {
  arguments.insert(arguments.begin(), {MOORING_COMMAND, "--config", dir_.File("mooring.yaml")});
  process.Start(arguments, dir_.File(output));
}

// --- what it says ---

net::HttpResponse World::Api(const std::string& path, const std::string& body) const {
  net::HttpClient client(
      {.unix_socket = dir_.File("mooring.sock"), .base_url = "http://localhost"});
  net::HttpRequest request{.method = body.empty() ? "GET" : "POST", .path = path, .body = body};
  if (!body.empty()) request.headers = {"Content-Type: application/json"};
  if (const auto token = tokens::ReadTokenText(dir_.File("cli-token")))
    request.headers.push_back("Authorization: Bearer " + token->Reveal());
  auto response = client.Do(request, {});
  return response ? std::move(*response) : net::HttpResponse();
}

Json World::Get(const std::string& kind, const std::string& of) const {
  const std::string middle = kind == "Host" ? "" : ns + "/";
  const net::HttpResponse response =
      Api(fmt::format("/api/v1/resources/{}/{}{}", kind, middle, of));
  return response.ok() ? Json::parse(response.body) : Json::object();
}

Json World::Condition(const std::string& kind, const std::string& of,
                      const std::string& type) const {
  Json resource = Get(kind, of);
  if (resource.empty()) return Json::object();
  for (const Json& condition : resource["status"]["conditions"]) {
    if (condition["type"] == type) return condition;
  }
  return Json::object();
}

bool World::IsReady(const std::string& kind, const std::string& of) const {
  return Condition(kind, of, "Ready").value("status", "") == "True";
}

bool World::HasConverged(const std::string& kind, const std::string& of) const {
  Json host = Get("Host", ns);
  if (host.empty() || host["status"]["lastAppliedRevision"] != "main@sha1:" + head_) return false;
  Json resource = Get(kind, of);
  if (resource.empty()) return false;
  Json& status = resource["status"];
  if (status["lastAppliedRevision"] != "main@sha1:" + head_) return false;
  bool ready = false;
  for (const Json& condition : status["conditions"]) {
    if (condition["type"] == "Ready") ready = condition["status"] == "True";
    if (condition["type"] == "Reconciling") return false;
  }
  return ready;
}

bool World::Has(const std::string& kind, const std::string& of, const std::string& type,
                const std::string& reason) const {
  return Condition(kind, of, type).value("reason", "") == reason;
}

int World::Events(const std::string& kind, const std::string& of, const std::string& reason) const {
  const net::HttpResponse response =
      Api(EventsPath({kind, kind == "Host" ? "" : ns, of}) + "&limit=1000");
  if (!response.ok()) return 0;
  int count = 0;
  const Json events = Json::parse(response.body);
  for (const Json& event : events["items"]) {
    if (event["reason"] == reason) count += event["count"].get<int>();
  }
  return count;
}

double World::Metric(const std::string& metric, const std::vector<std::string>& labels) const {
  double sum = 0;
  const std::string text = Api("/metrics").body;
  for (const std::string& line : Split(text, '\n')) {
    const size_t space = line.rfind(' ');
    const bool is_it = line.starts_with(metric + "{") || line.starts_with(metric + " ");
    const bool has_labels = std::all_of(labels.begin(), labels.end(), [&](const std::string& l) {
      return line.find(l) != std::string::npos;
    });
    if (is_it && has_labels) sum += std::stod(line.substr(space + 1));
  }
  return sum;
}

double World::EngineWrites() const {
  double writes = 0;
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    writes += Metric("mooring_engine_requests_total",
                     {"engine=\"docker\"", fmt::format("method=\"{}\"", method)});
  }
  return writes;
}

// --- the host ---

std::string World::Container(const std::string& app, int replica,
                             const std::string& service) const {
  return fmt::format("{}_{}_{}_{}", ns, app, service, replica);
}

std::string World::RunByHand(const std::string& container, Json labels) {
  labels["mooring-e2e"] = ns;
  engine.Do("POST", "/containers/create?name=" + container,
            {{"Image", "mooring-test/web:1.0.0"},
             {"Labels", std::move(labels)},
             {"HostConfig", {{"NetworkMode", "none"}}}});
  engine.Do("POST", "/containers/" + container + "/start");
  return engine.IdOf(container);
}

std::string World::Url(const std::string& site) const {
  return fmt::format("http://{}.test:{}", site, http_port);
}

WebAnswer World::Visit(const std::string& site, const std::string& path) const {
  return WebGet(Url(site) + path);
}

bool World::Serves(const std::string& site, const std::string& text) const {
  const WebAnswer answer = Visit(site);
  return answer.status == 200 && answer.body.find(text) != std::string::npos;
}

std::string World::Story() const {
  std::string story = Mooring({"get"}).out + Mooring({"events", "--limit", "40"}).out;
  const std::string log = Log();
  constexpr size_t kEnd = 6000;
  return story + (log.size() > kEnd ? log.substr(log.size() - kEnd) : log) + "\n/etc/hosts:\n" +
         Join(hosts.Lines(), "\n") + "\n";
}

// --- the fixture ---

void EndToEnd::SetUp() {
  EngineApi engine(SharedEngine());
  ASSERT_TRUE(engine.Answers()) << "no Docker engine answers on " << engine.socket()
                                << "; tests/run.sh starts one, or set ENGINE_SOCKET";
  ASSERT_FALSE(RealCaddy::Binary().empty()) << "no Caddy on this machine; set MOORING_CADDY";
  ASSERT_NO_FATAL_FAILURE(EnsureImages(engine));
  world_ = std::make_unique<World>();
}

void EndToEnd::TearDown() {
  if (world_ && HasFailure()) std::cerr << world_->Story();
  world_.reset();
}

}  // namespace mooring::test
