// SPDX-License-Identifier: Apache-2.0
// A program that verifies signatures (ssh-keygen, gpgv), run as a child with a deadline, and the
// private folder for what it reads. Thread-safe but for the folder, which one thread uses.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/base/error.h"
#include "controller/process/child.h"

namespace mooring {

/// A folder that only we may enter, gone with everything in it at the end.
class PrivateFolder {
 public:
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  std::string path() const { return path_.string(); }
  /// The path of a new file with this content. Unavailable: it cannot be written.
  Result<std::string> Write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;  ///< empty: it could not be made
};

class VerifierProgram {
 public:
  using Run =
      std::function<Result<process::Outcome>(const process::Command&, const std::stop_token&)>;
  /// `package` is what brings it on Debian.
  VerifierProgram(std::string name, std::string package, Run run)
      : name_(std::move(name)), package_(std::move(package)), run_(std::move(run)) {}

  /// Its path, from $PATH. FailedPrecondition: it is not installed, and how to.
  Result<std::string> Find() const;
  /// Unavailable: it took too long or was ended from outside. Cancelled: stopping.
  Result<process::Ended> Start(std::vector<std::string> arguments, const std::string& input,
                               const std::stop_token& stop) const;

 private:
  const std::string name_;
  const std::string package_;
  const Run run_;
};

}  // namespace mooring
