// SPDX-License-Identifier: Apache-2.0
#include "controller/git/fetch_error.h"

#include <git2/errors.h>

#include <algorithm>

#include "controller/git/printable.h"

namespace mooring::git {
namespace {

constexpr size_t kMaxShown = 300;

bool Has(const Failure& failure, std::string_view part) {
  return failure.message.find(part) != std::string::npos;
}

Error SignInRefused(const Failure& failure) {
  const bool ssh = failure.url.IsSsh();
  if (!failure.credential_shown) {
    return {ErrorCode::kUnauthenticated,
            failure.credential.empty()
                ? "the server wants a sign-in; name a file with a token under auth.tokenFile (an "
                  "unknown repository is often answered so, too)"
                : fmt::format("the server does not take {}",
                              ssh ? "keys, only other ways to sign in" : "a name and a token")};
  }
  std::string text =
      fmt::format("authentication failed: the server refuses {}", failure.credential);
  if (!ssh) {
    return {ErrorCode::kUnauthenticated,
            text + "; see that it is not expired and may read this repository"};
  }
  if (failure.rsa_key) {
    text +=
        "; it is an RSA key, which libssh2 1.10 signs with SHA-1, and OpenSSH from 8.8 on refuses "
        "that: make another one with: ssh-keygen -t ed25519 -N '' -f KEY";
  } else {
    text +=
        "; add its public half to the repository's deploy keys, and see that the user in the "
        "URL is right";
  }
  return {ErrorCode::kUnauthenticated, std::move(text)};
}

Error HttpStatus(const Failure& failure) {
  if (Has(failure, "status code: 404")) {
    return {ErrorCode::kNotFound,
            "no such repository (404); see the path in the URL" +
                std::string(failure.credential.empty()
                                ? ", and whether it needs a token: auth.tokenFile"
                                : ", and whether " + failure.credential + " may read it")};
  }
  if (Has(failure, "status code: 403"))
    return {ErrorCode::kPermissionDenied,
            "the server forbids it (403)" + (failure.credential.empty()
                                                 ? "; it may need a token: auth.tokenFile"
                                                 : "; see what " + failure.credential + " may do")};
  return {ErrorCode::kUnavailable, failure.message};
}

/// What needs no look at anything but the library's words.
struct Words {
  std::string_view part;
  ErrorCode code;
  std::string_view text;
};

constexpr Words kWords[] = {
    {"Unable to extract public key from private key", ErrorCode::kFailedPrecondition,
     "libssh2 cannot read the private key; write it anew with: ssh-keygen -t ed25519 -N '' -f KEY"},
    {"Unable to exchange encryption keys", ErrorCode::kFailedPrecondition,
     "libssh2 and the server know no common kind of host key; if the known hosts file has only an "
     "ssh-rsa line for it, add the others with: ssh-keyscan -t ed25519,ecdsa"},
    {"Failed getting banner", ErrorCode::kUnavailable,
     "what answers there is no SSH server, or it hung up"},
    {"Connection reset", ErrorCode::kUnavailable, "the connection was reset"},
    {"unexpected EOF", ErrorCode::kUnavailable, "the server hung up"},
    {"early EOF", ErrorCode::kUnavailable, "the server hung up"},
    {"invalid content-type", ErrorCode::kUnavailable,
     "what answers there is no Git server; see the URL"},
    {"http parser error", ErrorCode::kUnavailable,
     "what answers there does not speak HTTP; see scheme and port of the URL"},
    {"invalid SSL record", ErrorCode::kUnavailable,
     "what answers there does not speak TLS; see scheme and port of the URL"},
    {"SSL error: 0xffffffff", ErrorCode::kUnavailable, "the server hung up while TLS began"},
    {"cannot redirect", ErrorCode::kFailedPrecondition,
     "the server redirects to another host, where the credentials are not sent; write the new "
     "address into the URL"},
};

/// libgit2's classes of errors that only what is on this machine can have.
bool IsAboutMirror(int kind) {
  constexpr int kKinds[] = {GIT_ERROR_ZLIB,   GIT_ERROR_ODB,       GIT_ERROR_OBJECT,
                            GIT_ERROR_TREE,   GIT_ERROR_REFERENCE, GIT_ERROR_REPOSITORY,
                            GIT_ERROR_CONFIG, GIT_ERROR_INDEXER};
  return std::ranges::find(kKinds, kind) != std::end(kKinds);
}

}  // namespace

Error Translate(const Failure& failure) {
  if (failure.code == GIT_EAUTH) return SignInRefused(failure);
  if (Has(failure, "failed to resolve address"))
    return {ErrorCode::kUnavailable,
            fmt::format("the name {} cannot be resolved; see the URL and this host's DNS",
                        failure.url.host)};
  if (Has(failure, "Connection refused"))
    return {ErrorCode::kUnavailable,
            "connection refused: nothing listens there; see host and port of the URL"};
  if (Has(failure, "http status code")) return HttpStatus(failure);
  for (const Words& words : kWords) {
    if (Has(failure, words.part)) return {words.code, std::string(words.text)};
  }
  const std::string text = Printable(failure.message, kMaxShown);
  // The first line that a server's shell or Git sends instead of an answer.
  if (failure.code == GIT_EEOF) {
    return {ErrorCode::kUnavailable,
            text.empty() ? "the server hung up" : "the server says: " + text};
  }
  if (Has(failure, "SSL error"))
    return {ErrorCode::kUnavailable,
            text + "; libgit2 speaks TLS up to 1.2, see whether the server does"};
  if (IsAboutMirror(failure.kind)) return {ErrorCode::kDataLoss, text};
  return {ErrorCode::kUnavailable, text.empty() ? "libgit2 failed and did not say why" : text};
}

}  // namespace mooring::git
