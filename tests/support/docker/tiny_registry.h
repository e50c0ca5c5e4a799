// SPDX-License-Identifier: Apache-2.0
// An image registry of one machine and one test: answers pulls on a port of 127.0.0.1, which
// engines take without TLS. Each image is an index with one manifest, as builders push them.
// Thread-safe: tags may move while an engine pulls.
#pragma once

#include <map>
#include <string>

#include "controller/base/guarded.h"
#include "tests/support/caddy/tiny_http_server.h"

namespace mooring::testing {

class TinyRegistry {
 public:
  TinyRegistry();
  /// Publishes a tiny image of its own for each `text`; the tag moves to it. The digest of its
  /// index.
  std::string Publish(const std::string& repository, const std::string& tag,
                      const std::string& text);
  /// From now on nobody gets anything without this user and password.
  void RequireLogin(const std::string& username, const std::string& password);
  /// "127.0.0.1:4711/<repository>".
  std::string Name(const std::string& repository) const;

 private:
  struct Blob {
    std::string type;
    std::string bytes;
  };
  using Blobs = std::map<std::string, Blob>;  ///< by digest, and manifests by "repository:tag" too
  std::string Answer(const test::TinyRequest& request) const;
  Guarded<Blobs> blobs_;
  Guarded<std::string> login_;   ///< the Authorization header that is wanted; empty: none
  test::TinyHttpServer server_;  ///< last: its thread uses the rest
};

}  // namespace mooring::testing
