// SPDX-License-Identifier: Apache-2.0
// Is this the server that it was before? What a known_hosts file says of a key that a server shows.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::git {

struct RemoteUrl;

/// The key that a server shows, as SSH sends it.
struct ShownHostKey {
  std::string bytes;

  /// "ssh-ed25519"; empty when the bytes are no key.
  std::string Type() const;
  /// "SHA256:<base64>", as ssh and forges show it.
  std::string Fingerprint() const;
  /// The line of known_hosts for it.
  std::string Line(const RemoteUrl& url) const;
};

/// Nothing when `file` has this key for this server. Unauthenticated with the fingerprint and what
/// to do otherwise: reason words are the same, the texts of an unknown server and of one whose key
/// changed are not. PermissionDenied, NotFound: the file cannot be read.
Status CheckHostKey(const std::string& file, const RemoteUrl& url, const ShownHostKey& key);

/// The lines of a known_hosts file with those first whose kind of key libssh2 and servers of today
/// agree on: libgit2 asks for the kind that it finds first. "" when there is no file.
std::string PreferredFirst(const std::string& file);

}  // namespace mooring::git
