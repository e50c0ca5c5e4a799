// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/listeners.h"

#include <filesystem>

namespace mooring::cli {
namespace {

/// A folder that is there stays as it is, and one that cannot be made shows when the socket is.
void MakeSocketFolder(const std::filesystem::path& socket) {
  std::error_code ignored;
  if (std::filesystem::create_directories(socket.parent_path(), ignored)) {
    std::filesystem::permissions(socket.parent_path(), std::filesystem::perms(0755), ignored);
  }
}

/// Who is in the group may reach the API over the socket; a token says what they may do there.
constexpr char kSocketGroup[] = "mooring";

web::Listener ListenerAt(web::ListenAddress address) {
  web::Listener listener{.address = std::move(address)};
  if (listener.address.unix_path.empty()) return listener;
  MakeSocketFolder(listener.address.unix_path);
  if (web::HasGroup(kSocketGroup)) {
    listener.group = kSocketGroup;
    listener.mode = 0660;
  }
  return listener;
}

}  // namespace

web::Limits LimitsOf(const Config& config) {
  return {.max_body = static_cast<size_t>(config.max_body_size),
          .requests = {.events = config.rate_limit_events, .window = config.rate_limit_window}};
}

Result<std::vector<web::Listener>> ListenersOf(const Config& config) {
  std::vector<web::Listener> listeners;
  for (const std::string& text : config.listen) {
    MOORING_TRY(web::ListenAddress address, web::ListenAddress::Parse(text));
    listeners.push_back(ListenerAt(std::move(address)));
  }
  return listeners;
}

}  // namespace mooring::cli
