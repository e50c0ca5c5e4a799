// SPDX-License-Identifier: Apache-2.0
#include "controller/source/checkout.h"

#include <filesystem>
#include <system_error>

#include "controller/git/repository.h"

namespace mooring {

Result<Checkout> LocateFolder(const std::string& folder) {
  std::error_code error;
  Checkout checkout{std::filesystem::canonical(folder, error).string(), nullptr, ""};
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    return Fail(missing ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                fmt::format("open the folder {}: {}", folder, error.message()));
  }
  MOORING_TRY(checkout.repository, git::Repository::Discover(checkout.folder));
  if (!checkout.repository || checkout.repository->work_tree().empty()) return checkout;
  const std::string& root = checkout.repository->work_tree();
  if (checkout.folder == root) return checkout;
  const std::string inside = root == "/" ? root : root + "/";
  if (checkout.folder.starts_with(inside)) {
    checkout.path = checkout.folder.substr(inside.size());
  } else {
    checkout.repository = nullptr;  // its work tree was configured to be elsewhere
  }
  return checkout;
}

}  // namespace mooring
