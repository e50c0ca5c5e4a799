// SPDX-License-Identifier: Apache-2.0
// Which state of a source is meant. A value.
#pragma once

#include <string>
#include <string_view>

namespace mooring {

struct Revision {
  std::string branch;  ///< or the tag; empty when only the commit is known
  std::string commit;  ///< 40 hex digits; empty: nothing was committed yet
  std::string
      author;  ///< of the commit; empty: not looked up. Says nothing about which state it is

  bool operator==(const Revision& other) const {
    return branch == other.branch && commit == other.commit;
  }

  /// What ToString gave; no commit for anything else.
  static Revision Parse(std::string_view text);

  /// "main@sha1:<40 hex>" as in Flux; "sha1:<40 hex>" without a branch,
  /// the branch alone without a commit.
  std::string ToString() const;
  /// "main@4b1c9e2" for people; "4b1c9e2" without a branch.
  std::string ToShortString() const;
};

}  // namespace mooring
