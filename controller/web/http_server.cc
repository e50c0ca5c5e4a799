// SPDX-License-Identifier: Apache-2.0
#include "controller/web/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <list>
#include <optional>
#include <set>

#include "controller/base/deleter.h"
#include "controller/base/guarded.h"
#include "controller/web/body_stream.h"
#include "controller/web/connections.h"
#include "controller/web/handler_pool.h"
#include "controller/web/problem.h"
#include "controller/web/request_rules.h"
#include "controller/web/router.h"

namespace mooring::web {
namespace {

using DaemonPtr = std::unique_ptr<MHD_Daemon, Deleter<MHD_stop_daemon>>;
using ResponsePtr = std::unique_ptr<MHD_Response, Deleter<MHD_destroy_response>>;

/// Room for connections that are cut and not yet closed.
constexpr unsigned kSpareConnections = 64;
constexpr size_t kStreamBlock = 8u << 10;
/// libmicrohttpd refuses what does not fit into its buffer with a page of its own; up to this many
/// times the limit it is ours to refuse.
constexpr size_t kHeaderRoom = 2;
/// So much of a body that is too large is still read, so that the client sees why it is refused.
constexpr size_t kDrained = 16u << 20;

/// One request and its answer on their way through the server.
struct Exchange {
  enum class State { kNew, kReading, kAnswered };
  explicit Exchange(std::string uri_text) : uri(std::move(uri_text)) {}

  std::string uri;
  State state = State::kNew;
  Request request;
  const Route* route = nullptr;
  size_t max_body = 0;
  size_t drained = 0;
  std::optional<Response> response;
  std::shared_ptr<BodyStream> stream;  ///< the body that is being sent, if it is a stream
};

/// Bodies go to the socket from where the handler left them.
ResponsePtr MakeWholeBody(std::string text) {
  auto* body = new std::string(std::move(text));
  ResponsePtr made(MHD_create_response_from_buffer_with_free_callback_cls(
      body->size(), body->data(), [](void* given) { delete static_cast<std::string*>(given); },
      body));
  if (!made) delete body;
  return made;
}

using BodyStreamPtr = std::shared_ptr<BodyStream>;

ssize_t ReadStream(void* user, uint64_t, char* to, size_t size) noexcept {
  const auto read = (*static_cast<BodyStreamPtr*>(user))->Read(to, size);
  return read ? static_cast<ssize_t>(*read) : MHD_CONTENT_READER_END_OF_STREAM;
}

ResponsePtr MakeStreamedBody(const BodyStreamPtr& stream) {
  auto* owner = new BodyStreamPtr(stream);
  ResponsePtr made(MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, kStreamBlock, &ReadStream, owner,
      [](void* given) { delete static_cast<BodyStreamPtr*>(given); }));
  if (!made) delete owner;
  return made;
}

ResponsePtr MakeResponse(Response response) {
  ResponsePtr made =
      response.stream ? MakeStreamedBody(response.stream) : MakeWholeBody(std::move(response.body));
  if (!made) return nullptr;
  const auto add = [&](const char* name, const std::string& value) {
    MHD_add_response_header(made.get(), name, value.c_str());
  };
  add(MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type);
  add(MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  add("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) add(name.c_str(), value);
  return made;
}

MHD_Result AddHeader(void* user, MHD_ValueKind, const char* name, const char* value) noexcept {
  auto& headers = *static_cast<std::map<std::string, std::string>*>(user);
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  headers[std::move(lower)] = value == nullptr ? "" : value;
  return MHD_YES;
}

/// Targets are decoded by Target::Parse, after they were split.
size_t LeaveEncoded(void*, MHD_Connection*, char* text) { return std::strlen(text); }

Response NotNow(const ProblemKind& kind, std::string_view why) {
  Response response = Problem(kind, why);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response ShuttingDown() { return NotNow(problem::kShuttingDown, "the daemon is shutting down"); }

/// Whom wrong tokens are counted for: the address, or the user at the other end of a unix socket.
std::string PeerOf(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const sockaddr* address = info->client_addr;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  }
  if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    return ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  }
  const auto* socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  ucred user{};
  socklen_t size = sizeof user;
  ::getsockopt(socket->connect_fd, SOL_SOCKET, SO_PEERCRED, &user, &size);
  return fmt::format("user {}", user.uid);
}

Result<Caller> KnowNobody(std::string_view) {
  return Fail(ErrorCode::kUnauthenticated, "no API token is known");
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Clock& clock, Log log, Limits limits, Authenticator authenticate)
      : clock_(clock),
        log_(std::move(log)),
        limits_(limits),
        admission_(clock, {.requests = limits.requests, .wrong_tokens = limits.wrong_tokens},
                   authenticate ? std::move(authenticate) : KnowNobody),
        connections_(clock, {.max_open = limits.max_connections,
                             .idle = limits.idle_timeout,
                             .header = limits.header_timeout,
                             .body = limits.body_timeout,
                             .send = limits.send_timeout}),
        pool_(clock, limits.threads, limits.max_queued) {}
  ~Impl() { Stop(clock_.Steady()); }

  Router& router() { return router_; }

  Status Start(const std::vector<Listener>& listeners) {
    for (const Listener& listener : listeners) {
      auto socket = ListeningSocket::Open(listener);
      if (!socket) {
        doors_.clear();
        return std::unexpected(socket.error());
      }
      doors_.push_back({this, *std::move(socket), nullptr});
    }
    for (Door& door : doors_) {
      if (Serve(door)) continue;
      doors_.clear();
      return Fail(ErrorCode::kInternal, "start the HTTP server: libmicrohttpd refused");
    }
    return {};
  }

  std::vector<ListenAddress> addresses() const {
    std::vector<ListenAddress> all;
    for (const Door& door : doors_) all.push_back(door.socket.address());
    return all;
  }

  void Stop(SteadyTime deadline) {
    stopping_ = true;
    for (Door& door : doors_) {
      door.socket.RemoveFile();
      MHD_quiesce_daemon(door.daemon.get());
    }
    for (const auto& stream : streams_.With([](const Streams& open) { return open; }))
      stream->End();
    if (!connections_.AwaitQuiet(deadline)) log_.Warn("requests were cut at shutdown");
    stop_.request_stop();
    pool_.Stop();  // every suspended connection has been resumed after this
    doors_.clear();
  }

 private:
  /// One listening socket and the I/O thread that serves it.
  struct Door {
    Impl* server;
    ListeningSocket socket;
    DaemonPtr daemon;  ///< ends before the socket does
  };

  using Streams = std::set<std::shared_ptr<BodyStream>>;

  bool Serve(Door& door);
  MHD_Result Access(MHD_Connection* connection, const char* method, std::string_view upload,
                    Exchange& exchange);
  std::optional<Response> Admit(MHD_Connection* connection, const char* method, Exchange& exchange);
  MHD_Result Read(std::string_view upload, Exchange& exchange);
  MHD_Result Dispatch(MHD_Connection* connection, Exchange& exchange);
  Response Answer(const Exchange& exchange);
  MHD_Result Send(MHD_Connection* connection, Exchange& exchange);
  void BeginStream(MHD_Connection* connection, Exchange& exchange);
  void Complete(MHD_Connection* connection, Exchange& exchange);

  // libmicrohttpd's callbacks; nothing may be thrown out of them.
  static void* OnUri(void* user, const char* uri, MHD_Connection*) noexcept;
  static MHD_Result OnAccess(void* user, MHD_Connection* connection, const char* url,
                             const char* method, const char* version, const char* upload,
                             size_t* upload_size, void** context) noexcept;
  static void OnCompleted(void* user, MHD_Connection* connection, void** context,
                          MHD_RequestTerminationCode) noexcept;
  static void OnConnection(void* user, MHD_Connection* connection, void** context,
                           MHD_ConnectionNotificationCode code) noexcept;
  static Connections::Connection* Tracked(MHD_Connection* connection);

  Clock& clock_;
  const Log log_;
  const Limits limits_;
  Router router_;
  Admission admission_;
  std::atomic<bool> stopping_{false};
  std::stop_source stop_;
  Connections connections_;
  HandlerPool pool_;
  Guarded<Streams> streams_;  ///< those that are being sent
  std::list<Door> doors_;
};

bool HttpServer::Impl::Serve(Door& door) {
  const auto max_connections = static_cast<unsigned>(limits_.max_connections) + kSpareConnections;
  door.daemon.reset(MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      &OnAccess, &door, MHD_OPTION_LISTEN_SOCKET, door.socket.fd(), MHD_OPTION_CONNECTION_LIMIT,
      max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kHeaderRoom * limits_.max_header,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, &OnUri, &door,
      MHD_OPTION_UNESCAPE_CALLBACK, &LeaveEncoded, nullptr, MHD_OPTION_NOTIFY_COMPLETED,
      &OnCompleted, &door, MHD_OPTION_NOTIFY_CONNECTION, &OnConnection, &door, MHD_OPTION_END));
  return door.daemon != nullptr;
}

Connections::Connection* HttpServer::Impl::Tracked(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return static_cast<Connections::Connection*>(info->socket_context);
}

/// libmicrohttpd calls this once when the headers are there, for each part of the body, once at its
/// end, and again when the connection was suspended and resumed.
MHD_Result HttpServer::Impl::Access(MHD_Connection* connection, const char* method,
                                    std::string_view upload, Exchange& exchange) {
  if (exchange.state == Exchange::State::kNew) {
    exchange.response = Admit(connection, method, exchange);
    exchange.state = Exchange::State::kReading;
    if (exchange.response) return Send(connection, exchange);
    connections_.ReceivingBody(Tracked(connection));
    return MHD_YES;
  }
  if (!upload.empty()) return Read(upload, exchange);
  if (exchange.response) return Send(connection, exchange);
  return Dispatch(connection, exchange);
}

/// Looks at the request's head; gives the response if the request is refused.
std::optional<Response> HttpServer::Impl::Admit(MHD_Connection* connection, const char* method,
                                                Exchange& exchange) {
  Request& request = exchange.request;
  request.method = method;
  MHD_get_connection_values(connection, MHD_HEADER_KIND, &AddHeader, &request.headers);
  if (stopping_) return ShuttingDown();
  if (auto refusal = CheckHead(request, exchange.uri, limits_.max_header)) return refusal;
  auto target = Target::Parse(exchange.uri);
  if (!target) return Problem(problem::kInvalidArgument, target.error().ToString());
  auto match = router_.Find(request.method, *target);
  if (!match) return std::move(match).error();
  auto caller = admission_.Admit(request.headers, *match->route, PeerOf(connection));
  if (!caller) return std::move(caller).error();
  exchange.route = match->route;
  exchange.max_body = match->route->max_body == 0 ? limits_.max_body : match->route->max_body;
  if (auto refusal = CheckBody(request, *match->route, exchange.max_body)) return refusal;
  request.path = target->Path();
  request.params = std::move(match->params);
  request.query = std::move(target->query);
  request.caller = *std::move(caller);
  request.stop = stop_.get_token();
  return std::nullopt;
}

MHD_Result HttpServer::Impl::Read(std::string_view upload, Exchange& exchange) {
  if (exchange.response) {
    exchange.drained += upload.size();
    return exchange.drained > kDrained ? MHD_NO : MHD_YES;
  }
  if (exchange.request.body.size() + upload.size() > exchange.max_body) {
    exchange.response = BodyTooLarge(exchange.max_body);
    exchange.request.body = {};
    return MHD_YES;
  }
  exchange.request.body.append(upload);
  return MHD_YES;
}

MHD_Result HttpServer::Impl::Dispatch(MHD_Connection* connection, Exchange& exchange) {
  connections_.Working(Tracked(connection));
  if (exchange.route->quick) {
    exchange.response = Answer(exchange);
    return Send(connection, exchange);
  }
  MHD_suspend_connection(connection);
  const bool accepted = pool_.Submit([this, connection, &exchange] {
    exchange.response = Answer(exchange);
    MHD_resume_connection(connection);
  });
  if (!accepted) {
    exchange.response = NotNow(problem::kBusy, "too many requests at once");
    MHD_resume_connection(connection);
  }
  return MHD_YES;
}

Response HttpServer::Impl::Answer(const Exchange& exchange) {
  const Request& request = exchange.request;
  if (stop_.stop_requested()) return ShuttingDown();
  const Log log = log_.With("method", request.method).With("path", request.path);
  try {
    Response response = exchange.route->handler(request);
    log.With("status", response.status).Debug("request answered");
    return response;
  } catch (const std::exception& error) {
    log.With("error", error.what()).Error("request handler failed");
  } catch (...) {
    log.Error("request handler failed");
  }
  return Problem(problem::kInternal, "the daemon failed to answer; its log says why");
}

MHD_Result HttpServer::Impl::Send(MHD_Connection* connection, Exchange& exchange) {
  if (exchange.state == Exchange::State::kAnswered) return MHD_YES;
  exchange.state = Exchange::State::kAnswered;
  connections_.Sending(Tracked(connection));
  if (exchange.response->stream) BeginStream(connection, exchange);
  const auto status = static_cast<unsigned>(exchange.response->status);
  const ResponsePtr response = MakeResponse(*std::move(exchange.response));
  return response ? MHD_queue_response(connection, status, response.get()) : MHD_NO;
}

/// While a stream has nothing to say its connection is suspended, and no deadline runs.
void HttpServer::Impl::BeginStream(MHD_Connection* connection, Exchange& exchange) {
  exchange.stream = exchange.response->stream;
  Connections::Connection* tracked = Tracked(connection);
  exchange.stream->Attach({.suspend =
                               [this, connection, tracked] {
                                 connections_.Working(tracked);
                                 MHD_suspend_connection(connection);
                               },
                           .resume =
                               [this, connection, tracked] {
                                 connections_.Sending(tracked);
                                 MHD_resume_connection(connection);
                               }});
  streams_.With([&](Streams& open) { open.insert(exchange.stream); });
  if (stopping_) exchange.stream->End();
}

void HttpServer::Impl::Complete(MHD_Connection* connection, Exchange& exchange) {
  // A connection may end after its handler and before the answer is begun.
  if (exchange.response && exchange.response->stream) exchange.response->stream->Detach();
  if (exchange.stream) {
    exchange.stream->Detach();
    streams_.With([&](Streams& open) { open.erase(exchange.stream); });
  }
  connections_.Idle(Tracked(connection));
}

void* HttpServer::Impl::OnUri(void* user, const char* uri, MHD_Connection* connection) noexcept {
  static_cast<Door*>(user)->server->connections_.ReceivingHeader(Tracked(connection));
  return new Exchange(uri);
}

MHD_Result HttpServer::Impl::OnAccess(void* user, MHD_Connection* connection, const char*,
                                      const char* method, const char*, const char* upload,
                                      size_t* upload_size, void** context) noexcept {
  if (*context == nullptr) return MHD_NO;
  Impl& server = *static_cast<Door*>(user)->server;
  const std::string_view data(upload, upload == nullptr ? 0 : *upload_size);
  *upload_size = 0;
  return server.Access(connection, method, data, *static_cast<Exchange*>(*context));
}

void HttpServer::Impl::OnCompleted(void* user, MHD_Connection* connection, void** context,
                                   MHD_RequestTerminationCode) noexcept {
  const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*context));
  *context = nullptr;
  if (exchange) static_cast<Door*>(user)->server->Complete(connection, *exchange);
}

void HttpServer::Impl::OnConnection(void* user, MHD_Connection* connection, void** context,
                                    MHD_ConnectionNotificationCode code) noexcept {
  const Door& door = *static_cast<Door*>(user);
  Connections& connections = door.server->connections_;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = connections.Open(info->connect_fd, door.socket.fd());
  } else {
    connections.Close(static_cast<Connections::Connection*>(*context));
  }
}

HttpServer::HttpServer(Clock& clock, Log log, Limits limits, Authenticator authenticate)
    : impl_(std::make_unique<Impl>(clock, std::move(log), limits, std::move(authenticate))) {}
HttpServer::~HttpServer() = default;

void HttpServer::Handle(Route route) { impl_->router().Add(std::move(route)); }
std::vector<std::string> HttpServer::routes() const { return impl_->router().Names(); }
Status HttpServer::Start(const std::vector<Listener>& listeners) { return impl_->Start(listeners); }
std::vector<ListenAddress> HttpServer::addresses() const { return impl_->addresses(); }
void HttpServer::Stop(SteadyTime deadline) { impl_->Stop(deadline); }

}  // namespace mooring::web
