// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/admin_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace mooring::caddy {
namespace {

/// "localhost", an address of 127.0.0.0/8 or "[::1]".
bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

}  // namespace

Result<AdminAddress> AdminAddress::Parse(std::string_view text) {
  AdminAddress address;
  address.text = text;
  if (text.starts_with("unix/")) {
    address.unix_socket = text.substr(5, text.find('|') - 5);
    address.base_url = "http://localhost";
    if (address.unix_socket.starts_with('/')) return address;
  } else {
    if (text.starts_with("http://")) text.remove_prefix(7);
    if (text.starts_with("tcp/")) text.remove_prefix(4);
    if (text.ends_with('/')) text.remove_suffix(1);
    const size_t colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && colon + 1 < text.size() &&
                          text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
    if (has_port && text.find('/') == std::string_view::npos) {
      if (!IsLoopback(std::string(text.substr(0, colon)))) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("caddy.admin \"{}\" is not an address of this host alone, and "
                                "whoever reaches it controls Caddy; use "
                                "unix//run/caddy/admin.sock or localhost:2019",
                                address.text));
      }
      address.text = text;
      address.base_url = fmt::format("http://{}", text);
      return address;
    }
  }
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("caddy.admin \"{}\" is no admin address; write unix//run/caddy/admin.sock "
                  "or localhost:2019",
                  address.text));
}

net::HttpClient::Endpoint AdminAddress::Endpoint() const {
  return {.unix_socket = unix_socket, .base_url = base_url};
}

std::vector<std::string> AdminAddress::Headers() const {
  std::vector<std::string> headers{"Content-Type: application/json"};
  if (!unix_socket.empty()) headers.emplace_back("Host;");
  return headers;
}

}  // namespace mooring::caddy
