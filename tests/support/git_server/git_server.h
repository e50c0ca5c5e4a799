// SPDX-License-Identifier: Apache-2.0
// Real Git servers of a test on ports of their own: OpenSSH, and lighttpd before git http-backend
// with and without TLS and a token. Each ends with its object. They serve every repository of this
// machine by its path. Failures abort the test program. Not thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::test {

/// A port of 127.0.0.1 where nobody listens.
int UnusedPort();

/// Runs a program of this machine to its end; its stdout.
std::string MustRun(const std::vector<std::string>& arguments);

class SshServer {
 public:
  SshServer();
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  std::string Url(const std::string& path) const;
  int port() const { return port_; }

  /// A key pair; its private half's file. `authorized`: the server lets it in.
  std::string MakeKey(const std::string& name, bool authorized, const std::string& type = "ed25519",
                      const std::string& passphrase = "");
  /// A known_hosts file with the server's key of that type ("ed25519", "ecdsa", "rsa"; all of them
  /// when empty), or with `other_key`'s in its place.
  std::string KnownHosts(const std::string& type = "", const std::string& other_key = "");

 private:
  TempDir dir_;
  const int port_;
  std::jthread runs_;
};

class WebGitServer {
 public:
  static constexpr char kToken[] = "s3cr3t-t0ken";

  WebGitServer();
  ~WebGitServer();
  WebGitServer(const WebGitServer&) = delete;
  WebGitServer& operator=(const WebGitServer&) = delete;

  std::string Url(const std::string& path) const;       ///< plain, for everybody
  std::string TokenUrl(const std::string& path) const;  ///< plain, wants the token
  std::string TlsUrl(const std::string& path) const;    ///< by a name that the certificate has
  std::string ExpiredUrl(const std::string& path) const;
  std::string ForeignUrl(const std::string& path) const;  ///< a certificate for another name
  int port() const { return port_; }
  /// The authority that signed the certificates.
  std::string authority() const { return dir_.File("ca.pem"); }
  /// A file of mode 0600 with this text, to be named as the token's.
  std::string WriteToken(const std::string& text);

 private:
  void MakeCertificate(const std::string& name, const std::string& host, const std::string& days);

  TempDir dir_;
  const int port_;
  const int tls_port_;
  const int expired_port_;
  const int foreign_port_;
  std::jthread runs_;
};

}  // namespace mooring::test
