// SPDX-License-Identifier: Apache-2.0
// The subcommands of `mooring`. Each prints to stdout what was asked for and to stderr what went
// wrong, and returns the exit code.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "controller/cli/config.h"

namespace mooring::cli {

struct ListOptions {
  std::vector<std::string> what;  ///< "apps", "app shop", "app/shop"; empty: everything
  std::string ns;                 ///< empty: all for a list, "default" for one
  std::string output;             ///< "", json
};

int Get(const Config& config, const ListOptions& options);
int Describe(const Config& config, const ListOptions& options);

struct EventsOptions {
  std::vector<std::string> what;
  std::string ns;
  std::string output;
  int limit = 100;
};
int Events(const Config& config, const EventsOptions& options);

int Validate(const Config& config, const std::string& path);

struct PlanOptions {
  std::string source;  ///< "PATH" or "PATH@REF"
  std::string output;
  bool detailed_exit_code = false;
};
int ShowPlan(const Config& config, const PlanOptions& options, std::stop_token stop);

int Explain(const std::string& path);
int Doctor(const Config& config, std::stop_token stop);

}  // namespace mooring::cli
