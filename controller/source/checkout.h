// SPDX-License-Identifier: Apache-2.0
// Where a folder of the file system lies in a Git repository. A value.
#pragma once

#include <memory>
#include <string>

#include "controller/base/error.h"

namespace mooring {

namespace git {
class Repository;
}

struct Checkout {
  std::string folder;                                 ///< absolute, without symlinks
  std::shared_ptr<const git::Repository> repository;  ///< null: it lies in none
  std::string path;  ///< of the folder in the repository; "" for all of it
};

/// NotFound: no such folder.
Result<Checkout> LocateFolder(const std::string& folder);

}  // namespace mooring
