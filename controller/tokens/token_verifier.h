// SPDX-License-Identifier: Apache-2.0
// Checks the tokens that clients send against the file, which may change at any time. Thread-safe;
// main owns it. A check costs a stat and a digest.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/guarded.h"
#include "controller/tokens/token_file.h"

namespace mooring::tokens {

class TokenVerifier {
 public:
  /// `clock` must outlive it.
  TokenVerifier(std::filesystem::path file, Clock& clock)
      : file_(std::move(file), clock), clock_(clock) {}

  /// Who `text` is. Unauthenticated when there is no such token or it has expired; Unavailable when
  /// the file cannot be read: then nobody gets in.
  Result<Caller> Verify(std::string_view text);
  /// Whether the token of this id may still be used.
  bool StillValid(const std::string& id);

 private:
  /// What changes when the file does, its mode included.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;
    time_t seconds = 0;
    long nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Cache {
    Stamp stamp;
    bool loaded = false;
    Result<std::vector<Token>> tokens;
  };
  Stamp Look() const;
  void Refresh(Cache& cache) const;

  const TokenFile file_;
  Clock& clock_;
  Guarded<Cache> cache_;
};

}  // namespace mooring::tokens
