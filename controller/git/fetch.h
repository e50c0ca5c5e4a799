// SPDX-License-Identifier: Apache-2.0
// Fetching from a Git server into a bare mirror on this machine. Blocks without a deadline: libgit2
// has none, so this runs in a process of its own (see fetch_protocol.h), which sets variables and
// libgit2's global options as it needs. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "controller/base/error.h"

namespace mooring::git {

struct FetchRequest {
  std::string url;
  std::string mirror;  ///< the bare repository; made when there is none
  std::string branch;  ///< exactly one of the three
  std::string tag;
  std::string commit;  ///< 40 hex digits
  std::string username;
  std::string token_file;
  std::string private_key_file;
  std::string known_hosts_file;
  uint64_t max_bytes = 512ull << 20;  ///< that one fetch may bring
  bool only_look = false;  ///< say which commit it is and fetch nothing; `mirror` is only a place
                           ///< for what belongs beside it
  bool anew = false;       ///< do not trust the mirror that is there
  bool operator==(const FetchRequest&) const = default;
};

struct FetchResult {
  std::string commit;    ///< that the branch, tag or id stands for; all of it is in the mirror
  std::string replaced;  ///< why the mirror was thrown away; empty: it was not
  uint64_t received_bytes = 0;
  bool operator==(const FetchResult&) const = default;
};

/// Told now and then while something comes in: "receiving 3.2 MiB".
using FetchProgress = std::function<void(const std::string&)>;

/// Errors never hold a token or the user in the URL. Unavailable: try again; NotFound: no such ref;
/// Unauthenticated, PermissionDenied, FailedPrecondition: a person must act. What the mirror had
/// stays when this fails.
Result<FetchResult> Fetch(const FetchRequest& request, const FetchProgress& progress);

}  // namespace mooring::git
