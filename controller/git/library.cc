// SPDX-License-Identifier: Apache-2.0
#include "controller/git/library.h"

#include <git2.h>

#include <cstdlib>

namespace mooring::git {
namespace {

constexpr ssize_t kObjectCache = 8 << 20;

}  // namespace

Library::Library() {
  if (git_libgit2_init() < 0) std::abort();  // out of memory
  // Git refuses the repository of another user since its configuration may name programs to run.
  // The daemon is root and the repository a user's; it reads objects and refs and runs nothing.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  // The same tree must be read the same way by every user on every machine.
  for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                          GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kObjectCache);  // the default is 256 MiB
}

Library::~Library() { git_libgit2_shutdown(); }

}  // namespace mooring::git
