// SPDX-License-Identifier: Apache-2.0
// `mooring caddy-resume`: what the package's drop-in for caddy.service runs before Caddy. A Caddy
// that last ran a Caddyfile has saved that, and its admin API would be where Mooring does not look.
#include "reconcilers/caddy/resume_config.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"

namespace mooring::cli {
namespace {

/// A new file moved into place, for its owner alone: Caddy must never find half of one.
Status Replace(const std::string& file, const std::string& content) {
  const std::string fresh = file + ".mooring";
  const auto failed = [&] {
    const std::error_code cause(errno, std::generic_category());
    ::unlink(fresh.c_str());
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("write {}: {}", file, cause.message()));
  };
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  const bool written =
      ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fsync(fd) == 0;
  if (::close(fd) != 0 || !written || ::rename(fresh.c_str(), file.c_str()) != 0) return failed();
  return {};
}

Status Prepare(const std::string& file, const std::string& listen) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  std::ifstream stream(file, std::ios::binary);
  const std::string saved{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Fail(ErrorCode::kFailedPrecondition, "it cannot be read");
  MOORING_TRY(const std::string wanted, caddy::WithAdminAt(saved, listen));
  if (wanted == saved) return {};
  MOORING_RETURN_IF_ERROR(Replace(file, wanted));
  std::cout << fmt::format(
      "Caddy's admin API will listen on {}; the sites in {} stay as they are\n", listen, file);
  return {};
}

}  // namespace

int PrepareCaddyResume(const std::string& file, const std::string& listen) {
  const Status done = Prepare(file, listen);
  if (done) return exit_code::kDone;
  std::cerr << "mooring: " << done.error().WithContext("prepare " + file).ToString() << "\n";
  return exit_code::kFailed;
}

}  // namespace mooring::cli
