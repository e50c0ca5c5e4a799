// SPDX-License-Identifier: Apache-2.0
// What libgit2 and the libraries below it answer, in words for the person who must act. Pure and
// thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/git/location.h"

namespace mooring::git {

/// What a failed attempt is known by.
struct Failure {
  int code = 0;         ///< what the call returned
  int kind = 0;         ///< libgit2's class of the error
  std::string message;  ///< libgit2's last error
  RemoteUrl url;
  std::string credential;         ///< "the private key /etc/mooring/keys/deploy"; empty: none
  bool credential_shown = false;  ///< the server asked for it and got it
  bool rsa_key = false;
};

/// The message has neither "fetch" nor the URL in front: the caller adds what it was doing.
Error Translate(const Failure& failure);

}  // namespace mooring::git
