// SPDX-License-Identifier: Apache-2.0
// libgit2 started and stopped. main makes one before anything of this folder is used and keeps it
// until all of that is gone; making more is harmless. Its settings hold for the process.
#pragma once

namespace mooring::git {

class Library {
 public:
  Library();
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

}  // namespace mooring::git
