// SPDX-License-Identifier: Apache-2.0
// The commands about the program itself: run, version.
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/daemon.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/version.h"

namespace mooring::cli {

int RunMooring(Session& session) {
  if (session.config().sources.empty()) {
    std::cerr << "mooring: no source is configured; add to mooring.yaml: sources: [{url: "
                 "/srv/fleet.git}]\n";
    return exit_code::kFailed;
  }
  const std::stop_token stop = session.stop();  // before there is any other thread
  ReloadRequest reload;
  session.OnHangup([&reload] { reload.Raise(); });
  const ReadConfig read = [file = session.config_file](Diagnostics* problems) {
    return LoadConfig(file, OwnEnvironment(), problems);
  };
  const Status ended = RunDaemon(session.config(), read, reload, stop);
  session.OnHangup({});
  if (ended) return exit_code::kDone;
  std::cerr << "mooring: " << ended.error().ToString() << "\n";
  return exit_code::kFailed;
}

int Version() {
  std::cout << fmt::format("mooring {} ({})\n", kVersion, kBuildRevision);
  return exit_code::kDone;
}

}  // namespace mooring::cli
