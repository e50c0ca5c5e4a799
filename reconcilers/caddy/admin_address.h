// SPDX-License-Identifier: Apache-2.0
// Where Caddy's admin API listens, in Caddy's own words. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/base/error.h"
#include "controller/net/http_client.h"

namespace mooring::caddy {

/// Where Caddy goes when it loses its admin block.
inline constexpr char kDefaultAdmin[] = "localhost:2019";

struct AdminAddress {
  std::string text;         ///< as Caddy's `admin.listen` says it
  std::string unix_socket;  ///< path; empty: TCP
  std::string base_url;

  /// "unix//run/caddy/admin.sock", also with Caddy 2.7's "|0660", or "localhost:2019". Whoever
  /// reaches the admin API controls Caddy, so only this host may: InvalidArgument for other
  /// addresses, and for what is none.
  static Result<AdminAddress> Parse(std::string_view text);

  net::HttpClient::Endpoint Endpoint() const;
  /// What each request must carry: 2.6 accepts only an empty Host on a unix socket.
  std::vector<std::string> Headers() const;
};

}  // namespace mooring::caddy
