// SPDX-License-Identifier: Apache-2.0
// A Docker engine that a test may stop: its folder, socket and bridge are its own, and it leaves
// the machine's packet filter alone. Not thread-safe.
#pragma once

#include <string>

#include "tests/e2e/process.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::test {

class OwnEngine {
 public:
  /// Starts it.
  OwnEngine();
  ~OwnEngine();

  std::string socket() const { return dir_.File("docker.sock"); }
  /// True when it answers. After a kill the first start may fail, so it tries several times.
  bool Start();
  /// SIGTERM; waits until it has ended.
  void Stop();
  void Kill();
  std::string LogFile() const { return dir_.File("dockerd.log"); }

 private:
  TempDir dir_;
  const std::string bridge_;
  Process process_;
};

}  // namespace mooring::test
