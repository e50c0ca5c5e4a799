// SPDX-License-Identifier: Apache-2.0
// What a handler gets and gives, and where it is registered. Values.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "controller/tokens/role.h"

namespace mooring::web {

class BodyStream;

struct Request {
  std::string method;
  std::string path;                            ///< decoded: "/api/v1/resources/App/default/shop"
  std::map<std::string, std::string> params;   ///< the {names} of the route's pattern, decoded
  std::map<std::string, std::string> query;    ///< decoded; of a name given twice the last counts
  std::map<std::string, std::string> headers;  ///< lower-case names
  std::string body;
  std::optional<Caller> caller;  ///< whose token it carries; always there if the route wants a role
  std::stop_token stop;          ///< requested when the server must end now
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<BodyStream> stream = nullptr;  ///< not null: sent in place of `body`
};

using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string method;   ///< "GET" answers HEAD as well
  std::string pattern;  ///< "/api/v1/resources/{kind}/{namespace}/{name}"; a {name} is one segment
  std::optional<Role> role = Role::kAdmin;  ///< of the token that it needs; nullopt: none
  Handler handler;
  size_t max_body = 0;  ///< bytes; 0 = the server's limit
  bool quick = false;   ///< never blocks: runs at once on the I/O thread, even if the pool is busy
  std::string consumes = {};  ///< the media type of its body; empty: any

  bool open() const { return !role; }
};

}  // namespace mooring::web
