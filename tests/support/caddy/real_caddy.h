// SPDX-License-Identifier: Apache-2.0
// A Caddy process of its own: `$MOORING_CADDY` or /usr/bin/caddy, admin socket and all its files in
// one folder. Stopped by its pid when it goes.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "tests/support/caddy/caddy_host.h"

namespace mooring::test {

class RealCaddy final : public CaddyHost {
 public:
  /// The binary to run; empty when there is none on this machine.
  static std::string Binary();

  /// Starts with nothing but an admin block; returns when the admin API answers.
  explicit RealCaddy(std::filesystem::path folder);
  ~RealCaddy() override;

  std::string admin() const override { return "unix/" + (folder_ / "admin.sock").string(); }
  int Writes() override;
  Json Config() override;
  void Overwrite(Json config) override;

  /// `POST /load` of these very bytes, as somebody with curl might.
  void Load(const std::string& body);
  void Kill();
  /// Starts it again with `--resume`: it runs what it last ran.
  void Start();

 private:
  std::string Ask(const std::string& method, const std::string& path, const std::string& body);
  const std::filesystem::path folder_;
  pid_t pid_ = -1;
};

}  // namespace mooring::test
