// SPDX-License-Identifier: Apache-2.0
#include "controller/source/verifier_program.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "controller/base/text.h"

namespace mooring {
namespace {

namespace fs = std::filesystem;

/// Far more than it ever takes; what it reads is on this machine.
constexpr Duration kDeadline = std::chrono::seconds(30);

}  // namespace

PrivateFolder::PrivateFolder() {
  std::error_code error;
  std::string path = fs::temp_directory_path(error) / "mooring-verify-XXXXXX";
  if (!error && ::mkdtemp(path.data()) != nullptr) path_ = path;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<std::string> PrivateFolder::Write(const std::string& name, std::string_view content) const {
  const fs::path file = path_ / name;
  std::ofstream stream;
  if (!path_.empty()) stream.open(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!path_.empty() && stream) return file.string();
  return Fail(ErrorCode::kUnavailable,
              "write a signature into a folder for temporary files: is there room in it?");
}

Result<std::string> VerifierProgram::Find() const {
  if (auto path = process::FindProgram(name_)) return *std::move(path);
  return Fail(
      ErrorCode::kFailedPrecondition,
      fmt::format("{} is not installed, which verifies it; do: apt install {}", name_, package_));
}

Result<process::Ended> VerifierProgram::Start(std::vector<std::string> arguments,
                                              const std::string& input,
                                              const std::stop_token& stop) const {
  MOORING_TRY(std::string path, Find());
  arguments.insert(arguments.begin(), name_);
  std::vector<std::string> environment =
      process::PassOn({"PATH", "TZ", "TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS"});
  environment.emplace_back("LC_ALL=C");
  const auto outcome = run_({.program = std::move(path),
                             .arguments = std::move(arguments),
                             .environment = std::move(environment),
                             .input = input,
                             .total = kDeadline,
                             .silence = std::nullopt},
                            stop);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->has_value() && (*outcome)->signal == 0) return **outcome;
  if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopping");
  return Fail(ErrorCode::kUnavailable,
              outcome->has_value()
                  ? fmt::format("{} was ended by signal {}", name_, (*outcome)->signal)
                  : fmt::format("{} did not answer within {}", name_, FormatElapsed(kDeadline)));
}

}  // namespace mooring
