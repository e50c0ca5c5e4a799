// SPDX-License-Identifier: Apache-2.0
// A host of its own for one test: a Git repository, a Caddy, the daemon, and a namespace, instance
// name and address pool that nobody else has. Whatever it made on the engine and in /etc/hosts is
// gone when it goes. Used by one thread.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/engine_api.h"
#include "tests/e2e/hosts_guard.h"
#include "tests/e2e/process.h"
#include "tests/support/caddy/real_caddy.h"
#include "tests/support/caddy/web_client.h"
#include "tests/support/git/temp_git_repo.h"

namespace mooring::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Time enough for anything but a rollout on a busy machine.
inline constexpr std::chrono::seconds kSoon{60};
/// A rollout waits until no resolver knows the old address: 6.5 s for each replica.
inline constexpr std::chrono::seconds kRollout{60};

/// `$ENGINE_SOCKET`, or the usual place.
std::string SharedEngine();

class World {
 public:
  explicit World(const std::string& engine_socket = SharedEngine(),
                 const std::string& address_pool = "10.211.0.0/16");
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- the repository ---
  /// An App with one service, web, that serves `version` and greets with $GREETING; what it
  /// replaces goes as soon as no resolver knows it.
  Json App(const std::string& name, const std::string& version = "1.0.0") const;
  /// A Site at http://<name>.test for <name>/web/8080.
  Json Site(const std::string& name) const;
  /// A service as App() has it.
  static Json Service(const std::string& version = "1.0.0");
  void Write(const std::string& file, const Json& document);
  std::string Commit(const std::string& message);
  /// App and Site of that name in apps/ and sites/, committed.
  void CommitAppWithSite(const std::string& name, const Json& app);
  void CommitAppWithSite(const std::string& name) { CommitAppWithSite(name, App(name)); }

  // --- the daemon ---
  /// Other sources than `repo`, from the next start of the daemon on.
  void SetSources(const Json& sources);
  /// Returns when it answers.
  void StartDaemon();
  /// The same, without waiting: it may be killed before it answers.
  void LaunchDaemon();
  /// SIGTERM; true when it ended well within `patience`.
  bool StopDaemon(std::chrono::milliseconds patience = kSoon);
  void KillDaemon() { daemon_.Kill(); }
  /// Another value in mooring.yaml, for the next start or reload: Configure("/log/level", "debug").
  void Configure(const std::string& pointer, const Json& value);
  /// SIGHUP: it reads mooring.yaml again.
  void ReloadDaemon() { daemon_.Signal(SIGHUP); }
  bool DaemonRuns() { return daemon_.running(); }
  int DaemonPid() const { return daemon_.pid(); }
  /// The mooring command with this world's configuration.
  CommandResult Mooring(std::vector<std::string> arguments) const;
  /// The same in the background; what it prints goes to `output`, a file of this world.
  void StartMooring(Process& process, std::vector<std::string> arguments,
                    const std::string& output) const;
  std::string Log() const { return ReadText(dir_.File("mooring.log")); }

  // --- what it says ---
  /// From the daemon's socket; status 0 when it does not answer.
  net::HttpResponse Api(const std::string& path, const std::string& body = "") const;
  /// What `mooring get -o json` prints; an empty object when there is none.
  Json Get(const std::string& kind, const std::string& name) const;
  /// {"status", "reason", "message"} of a condition; empty when it is not there.
  Json Condition(const std::string& kind, const std::string& name, const std::string& type) const;
  bool IsReady(const std::string& kind, const std::string& name) const;
  /// Ready, of the newest commit, and nothing goes on.
  bool HasConverged(const std::string& kind, const std::string& name) const;
  bool Has(const std::string& kind, const std::string& name, const std::string& type,
           const std::string& reason) const;
  /// How often something of this reason was told of the resource.
  int Events(const std::string& kind, const std::string& name, const std::string& reason) const;
  /// Sum over the series of a metric that contain all of `labels`, each as `name="value"`.
  double Metric(const std::string& name, const std::vector<std::string>& labels = {}) const;
  /// Requests to the engine that may change something, since the daemon started.
  double EngineWrites() const;

  // --- the host ---
  /// "default_hello_web_1", but of this world's namespace.
  std::string Container(const std::string& app, int replica = 1,
                        const std::string& service = "web") const;
  /// Names of the containers of this instance.
  std::vector<std::string> Containers() { return engine.Containers(OwnLabel()); }
  std::string OwnLabel() const { return "mooring.dev/instance=" + ns; }
  /// A container that Mooring did not make, running; removed at the end.
  std::string RunByHand(const std::string& container, Json labels);
  WebAnswer Visit(const std::string& site, const std::string& path = "/") const;
  bool Serves(const std::string& site, const std::string& text) const;
  std::string Url(const std::string& site) const;

  /// What a person would look at first; for messages.
  std::string Story() const;

  const std::string ns;  ///< host.name and namespace
  EngineApi engine;
  HostsGuard hosts;
  TempGitRepo repo;

 private:
  TempDir dir_;

 public:
  const int http_port;
  const int https_port;
  const int daemon_port;
  RealCaddy caddy;
  std::string File(const std::string& file) const { return dir_.File(file); }
  void WriteFile(const std::string& file, const std::string& content) const {
    dir_.Write(file, content);
  }
  /// Where the files with secrets lie in memory.
  std::string SecretFolder() const { return dir_.File("secret-files"); }

 private:
  std::string ByHandLabel() const { return "mooring-e2e=" + ns; }
  std::string head_;  ///< the newest commit
  Process daemon_;
};

/// A world with the images that the tests use, and what it says when a test fails.
class EndToEnd : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  std::unique_ptr<World> world_;
};

/// Builds the images, those that the tests use if none are named, on an engine that lacks them.
void EnsureImages(EngineApi& engine, const std::vector<std::string>& images = {});

}  // namespace mooring::test
