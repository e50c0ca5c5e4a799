// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/own_engine.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/e2e/engine_api.h"

namespace mooring::test {

OwnEngine::OwnEngine() : bridge_(fmt::format("moe2e{}", getpid())) {
  // Without a bridge of its own it would take docker0; told to have none it would remove that.
  RunCommand({"ip", "link", "add", bridge_, "type", "bridge"});
  RunCommand({"ip", "address", "add", "10.212.255.1/24", "dev", bridge_});
  Start();
}

OwnEngine::~OwnEngine() {
  // Containers and bridges outlive an engine; only an engine can remove them.
  if (process_.running() || Start()) EngineApi(socket()).RemoveAll("mooring.dev/instance");
  Stop();
  process_.Kill();
  RunCommand({"ip", "link", "delete", bridge_});
  RunCommand({"sh", "-c",
              "grep -o '" + dir_.path() + "[^ ]*' /proc/mounts | sort -r | xargs -r umount -l"});
}

bool OwnEngine::Start() {
  const char* chosen = getenv("MOORING_ENGINE_PATH");  // the folders of another dockerd
  const std::string path =
      fmt::format("PATH={}:/usr/sbin:/sbin:/usr/bin:/bin", chosen == nullptr ? "" : chosen);
  for (int attempt = 0; attempt < 4; ++attempt) {
    process_.Start(
        {"env", path, "dockerd", "--host", "unix://" + socket(), "--data-root", dir_.File("data"),
         "--exec-root", dir_.File("exec"), "--pidfile", dir_.File("dockerd.pid"), "--bridge",
         bridge_, "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"},
        LogFile());
    EngineApi engine(socket());
    const bool settled = Eventually(std::chrono::seconds(30),
                                    [&] { return engine.Answers() || !process_.running(); });
    if (settled && process_.running()) return true;
    process_.Kill();
  }
  return false;
}

void OwnEngine::Stop() {
  process_.Signal(SIGTERM);
  if (!process_.AwaitEnd(std::chrono::seconds(30))) process_.Kill();
}

void OwnEngine::Kill() { process_.Kill(); }

}  // namespace mooring::test
