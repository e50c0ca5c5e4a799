// SPDX-License-Identifier: Apache-2.0
#include "controller/metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace mooring::metrics {
namespace {

/// The fields of /proc/self/stat that follow the command's name, numbered as in proc(5).
class StatFields {
 public:
  StatFields() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) return;
    std::istringstream rest(line.substr(name_end + 1));
    for (std::string field; rest >> field;) fields_.push_back(field);
  }
  double operator[](size_t number) const {
    constexpr size_t kFirst = 3;
    if (number - kFirst >= fields_.size()) return 0;
    return std::strtod(fields_[number - kFirst].c_str(), nullptr);
  }

 private:
  std::vector<std::string> fields_;
};

double BootTime() {
  std::ifstream file("/proc/stat");
  double seconds = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) seconds = std::strtod(line.c_str() + 6, nullptr);
  }
  return seconds;
}

double CountOpenFds() {
  std::error_code error;
  const std::filesystem::directory_iterator begin("/proc/self/fd", error);
  if (error) return 0;
  // One of them is the iterator's own.
  return static_cast<double>(std::distance(begin, std::filesystem::directory_iterator())) - 1;
}

}  // namespace

ProcessState ReadProcessState() {
  const StatFields stat;
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  static const double kBootTime = BootTime();
  ProcessState state;
  state.cpu_seconds = (stat[14] + stat[15]) / ticks;
  state.start_seconds = kBootTime + stat[22] / ticks;
  state.virtual_bytes = stat[23];
  state.resident_bytes = stat[24] * static_cast<double>(::sysconf(_SC_PAGESIZE));
  state.open_fds = CountOpenFds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) state.max_fds = static_cast<double>(limit.rlim_cur);
  return state;
}

}  // namespace mooring::metrics
