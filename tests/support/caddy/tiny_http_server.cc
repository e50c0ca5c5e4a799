// SPDX-License-Identifier: Apache-2.0
#include "tests/support/caddy/tiny_http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace mooring::test {
namespace {

int ListenTcp(int* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 64) != 0) abort();
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  *port = ntohs(address.sin_port);
  return fd;
}

int ListenUnix(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  unlink(path.c_str());
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) abort();
  if (listen(fd, 64) != 0) abort();
  return fd;
}

bool ReadMore(int fd, std::string& data) {
  char buffer[65536];
  const ssize_t count = read(fd, buffer, sizeof buffer);
  if (count > 0) data.append(buffer, static_cast<size_t>(count));
  return count > 0;
}

void Send(int fd, const std::string& data) {
  size_t sent = 0;
  while (sent < data.size()) {
    const ssize_t count = send(fd, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<size_t>(count);
  }
}

void ParseHead(const std::string& head, TinyRequest& request) {
  size_t begin = head.find("\r\n");
  const std::string first = head.substr(0, begin);
  const size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.path = first.substr(space + 1, first.rfind(' ') - space - 1);
  while (begin != std::string::npos && begin + 2 < head.size()) {
    const size_t end = head.find("\r\n", begin + 2);
    const std::string line = head.substr(begin + 2, end - begin - 2);
    if (const size_t colon = line.find(':'); colon != std::string::npos) {
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      const size_t value = line.find_first_not_of(' ', colon + 1);
      request.headers[name] = value == std::string::npos ? "" : line.substr(value);
    }
    begin = end;
  }
}

}  // namespace

std::string TinyResponse(int status, const std::string& body, const std::string& headers) {
  return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", status,
                     body.size(), headers, body);
}

TinyHttpServer::TinyHttpServer(const std::string& unix_socket, Handler handler)
    : handler_(std::move(handler)),
      listener_(unix_socket.empty() ? ListenTcp(&port_) : ListenUnix(unix_socket)),
      thread_([this](std::stop_token stop) { Run(stop); }) {}

TinyHttpServer::~TinyHttpServer() {
  thread_.request_stop();
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void TinyHttpServer::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    Serve(fd);
    close(fd);
  }
}

void TinyHttpServer::Serve(int fd) {
  timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string data;
  size_t end = std::string::npos;
  while ((end = data.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore(fd, data)) return;
    constexpr char kTlsHandshake = 0x16;
    if (data.front() == kTlsHandshake) return Send(fd, TinyResponse(400, ""));
  }
  TinyRequest request;
  ParseHead(data.substr(0, end), request);
  request.body = data.substr(end + 4);
  const auto length = request.headers.find("content-length");
  const size_t wanted = length == request.headers.end() ? 0 : std::stoul(length->second);
  while (request.body.size() < wanted) {
    if (!ReadMore(fd, request.body)) return;
  }
  Send(fd, handler_(request));
}

int FreePort() {
  int port = 0;
  close(ListenTcp(&port));
  return port;
}

}  // namespace mooring::test
