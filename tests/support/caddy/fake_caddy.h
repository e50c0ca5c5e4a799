// SPDX-License-Identifier: Apache-2.0
// Caddy's admin API in this process: holds a configuration, answers as 2.6.2 does (ETag as a
// trailer, compare-and-swap, unknown modules refused), and breaks on demand. Serves no traffic.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "tests/support/caddy/caddy_host.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::test {

class FakeCaddy final : public CaddyHost {
 public:
  /// Listens on `folder`/admin.sock; runs no configuration but the admin block.
  explicit FakeCaddy(const std::filesystem::path& folder);

  std::string admin() const override { return "unix/" + socket_; }
  int Writes() override;
  Json Config() override;
  void Overwrite(Json config) override;

  /// Refused loads so far.
  int Rejections();
  /// The next write answers so and changes nothing.
  void FailNextWrite(int status, std::string error);
  /// Runs once, after the next read was answered: somebody else was faster.
  void AfterNextRead(std::function<void(Json& config)> change);
  /// The admin API goes, with its socket, and comes back.
  void Stop();
  void Start();

 private:
  std::string Handle(const TinyRequest& request);
  std::string Write(const TinyRequest& request, bool compare);
  std::string Etag() const;

  const std::string socket_;
  std::mutex mutex_;
  Json config_;
  int writes_ = 0;
  int rejections_ = 0;
  std::optional<std::pair<int, std::string>> fail_next_;
  std::function<void(Json&)> after_read_;
  std::unique_ptr<TinyHttpServer> server_;  ///< last: its thread uses all of the above
};

}  // namespace mooring::test
