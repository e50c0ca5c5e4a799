// SPDX-License-Identifier: Apache-2.0
// Where the server listens: a unix socket or a loopback address, never more. An address is a value;
// a ListeningSocket owns its descriptor and the socket's file.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/base/error.h"

namespace mooring::web {

struct ListenAddress {
  std::string unix_path;  ///< not empty: a unix socket
  std::string host;       ///< else an IPv4 or IPv6 loopback literal
  uint16_t port = 0;      ///< 0: any free one

  /// "unix:/run/mooring/mooring.sock", "127.0.0.1:8440", "[::1]:8440", "localhost:8440".
  /// InvalidArgument for anything else, above all for an address that others can reach.
  static Result<ListenAddress> Parse(std::string_view text);
  std::string ToString() const;
};

struct Listener {
  ListenAddress address;
  mode_t mode = 0600;      ///< of a unix socket's file
  std::string group = {};  ///< of a unix socket's file; empty: the process's
};

/// Whether the system has a group of that name.
bool HasGroup(const std::string& name);

class ListeningSocket {
 public:
  /// Binds and listens. A socket file that nobody listens on is replaced; FailedPrecondition when
  /// the address is taken or the path is something else.
  static Result<ListeningSocket> Open(const Listener& listener);
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int fd() const { return fd_; }
  /// With the port that was chosen.
  const ListenAddress& address() const { return address_; }
  /// Removes the socket's file, unless another process has put its own there since.
  void RemoveFile();

 private:
  ListeningSocket(int fd, ListenAddress address) : fd_(fd), address_(std::move(address)) {}
  static Result<ListeningSocket> OpenUnix(const Listener& listener);
  static Result<ListeningSocket> OpenTcp(const ListenAddress& address);

  int fd_;
  ListenAddress address_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  ///< of the socket's file; 0: there is none to remove
};

}  // namespace mooring::web
