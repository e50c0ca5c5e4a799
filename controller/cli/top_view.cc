// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "controller/base/text.h"

namespace mooring::cli {
namespace {

/// An engine tells the memory of the machine, and some far more, where there is no limit.
constexpr long long kNoLimit = 1LL << 50;

struct AppLoad {
  double cpu = 0;
  long long memory = 0;
  std::vector<ContainerLoad> containers;
};

/// What was started anew in between has used nothing that could be told.
double CpuOf(const ContainerLoad& load) {
  return docker::CpuPercent(load.before, load.after).value_or(0);
}

std::string CpuText(double percent) { return fmt::format("{:.1f} %", percent); }

/// "41 %" of its limit.
std::string ShareText(const docker::ContainerUsage& usage) {
  if (usage.memory_limit <= 0 || usage.memory_limit >= kNoLimit) return "";
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(usage.memory) /
                                     static_cast<double>(usage.memory_limit));
}

Style StyleOf(const docker::ContainerUsage& usage) {
  const bool near = usage.memory_limit > 0 && usage.memory > usage.memory_limit / 10 * 9;
  return near ? Style::kWarning : Style::kPlain;
}

Row ContainerRow(const ContainerLoad& load) {
  const docker::ContainerUsage& usage = load.after;
  const bool limited = usage.memory_limit > 0 && usage.memory_limit < kNoLimit;
  return {"  " + load.name,
          CpuText(CpuOf(load)),
          {FormatByteCount(usage.memory), StyleOf(usage)},
          limited ? FormatByteCount(usage.memory_limit) : "-",
          {ShareText(usage), StyleOf(usage)}};
}

}  // namespace

std::vector<Row> TopRows(std::vector<ContainerLoad> loads) {
  std::map<ResourceKey, AppLoad> by_app;
  for (ContainerLoad& load : loads) {
    AppLoad& app = by_app[load.app];
    app.cpu += CpuOf(load);
    app.memory += load.after.memory;
    app.containers.push_back(std::move(load));
  }
  std::vector<std::pair<ResourceKey, AppLoad>> apps(by_app.begin(), by_app.end());
  std::stable_sort(apps.begin(), apps.end(),
                   [](const auto& a, const auto& b) { return a.second.cpu > b.second.cpu; });
  std::vector<Row> rows = {{"NAME", "CPU", "MEMORY", "LIMIT", "OF LIMIT"}};
  for (const auto& [key, app] : apps) {
    rows.push_back({{key.ToString(), Style::kBold}, CpuText(app.cpu), FormatByteCount(app.memory)});
    for (const ContainerLoad& load : app.containers) rows.push_back(ContainerRow(load));
  }
  return rows;
}

}  // namespace mooring::cli
