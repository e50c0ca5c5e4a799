// SPDX-License-Identifier: Apache-2.0
// What every subcommand may use: the configuration, the terminal, the stop request of Ctrl-C.
// Belongs to main; used by its thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "controller/base/clock.h"
#include "controller/cli/client.h"
#include "controller/cli/config.h"
#include "controller/cli/signals.h"
#include "controller/cli/table.h"
#include "controller/cli/terminal.h"

namespace mooring::cli {

class Session {
 public:
  // Set by the command line, before a command runs.
  std::string config_file = kDefaultConfigFile;
  ColorMode color = ColorMode::kAuto;
  std::string token_file;  ///< --token-file; empty: the usual places

  /// The configuration; nullptr, with all its problems on stderr, when it has any.
  const Config* LoadConfiguration();
  /// REQUIRES: LoadConfiguration gave one.
  const Config& config() const { return *config_; }
  /// With the token that there is; why there is none shows when the daemon wants one.
  ApiClient Api() const;

  const Terminal& terminal();
  TableOptions ForTables() { return {terminal().width, terminal().color}; }
  /// From the first call on SIGINT and SIGTERM stop it and end nothing else.
  std::stop_token stop();
  /// REQUIRES: stop() was called.
  void OnHangup(std::function<void()> handler) { signals_->OnHangup(std::move(handler)); }
  Clock& clock() { return clock_; }

 private:
  std::optional<Config> config_;
  std::optional<Terminal> terminal_;
  std::optional<Signals> signals_;
  SystemClock clock_;
};

/// Prints the error; the exit code for it.
int Report(const Error& error);

}  // namespace mooring::cli
