// SPDX-License-Identifier: Apache-2.0
// The file of the API's tokens. Each call reads it anew and takes effect at once, with the daemon
// running or not. Thread-safe, also between processes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/base/secret_string.h"
#include "controller/tokens/role.h"

namespace mooring::tokens {

struct Token {
  std::string id;  ///< 8 hex digits
  std::string name;
  Role role = Role::kRead;
  Time created;
  std::optional<Time> expires;
  std::string last_four;      ///< of its text, to recognise it by
  bool is_local_cli = false;  ///< made by the daemon for the command line of this host
  SecretString digest;

  bool ExpiredAt(Time now) const { return expires && *expires <= now; }
};

struct NewToken {
  Token token;
  SecretString text;  ///< nowhere kept: to be shown once
};

/// What a new token is to be.
struct TokenRequest {
  std::string name;
  Role role = Role::kRead;
  std::optional<Duration> lifetime;  ///< nullopt: for ever
  bool is_local_cli = false;
};

class TokenFile {
 public:
  /// `clock` must outlive it.
  TokenFile(std::filesystem::path file, Clock& clock) : file_(std::move(file)), clock_(clock) {}

  const std::filesystem::path& path() const { return file_; }
  /// Oldest first; empty when there is no file. PermissionDenied when others than the owner can
  /// read it, DataLoss when it is damaged.
  Result<std::vector<Token>> List() const;
  /// InvalidArgument for a name that is not 1 to 63 letters, digits, '-', '_' or '.', or that is
  /// taken; DeadlineExceeded when another writer holds the lock for too long.
  Result<NewToken> Create(const TokenRequest& request) const;
  /// By id, or by name; NotFound lists what there is.
  Result<Token> Revoke(const std::string& id_or_name) const;

 private:
  Result<std::vector<Token>> Read() const;
  Status Write(const std::vector<Token>& tokens) const;

  const std::filesystem::path file_;
  Clock& clock_;
};

/// "tokens.json" beside the host key.
std::filesystem::path TokenFileBeside(const std::filesystem::path& seal_key_file);

}  // namespace mooring::tokens
