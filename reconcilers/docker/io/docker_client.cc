// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/docker_client.h"

#include <charconv>

#include "controller/base/guarded.h"
#include "controller/net/http_client.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/io/engine_json.h"

namespace mooring::docker {
namespace {

using net::EscapeQuery;
using net::HttpRequest;
using net::HttpResponse;

constexpr char kNewestApi[] = "1.47";  ///< the newest that this client was written against
constexpr std::chrono::milliseconds kReadTimeout{30'000};
constexpr std::chrono::milliseconds kWriteTimeout{120'000};

/// "1.41" as (1, 41), so that 1.9 < 1.41.
std::pair<int, int> VersionNumber(std::string_view text) {
  std::pair<int, int> number{0, 0};
  const auto [dot, error] = std::from_chars(text.data(), text.data() + text.size(), number.first);
  if (error == std::errc() && dot != text.data() + text.size()) {
    std::from_chars(dot + 1, text.data() + text.size(), number.second);
  }
  return number;
}

Result<Json> ParseBody(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded())
    return Fail(ErrorCode::kInternal, "the engine answered with something that is no JSON");
  return json;
}

/// The engine's own text, from {"message": "..."}.
std::string MessageOf(const HttpResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string()) {
    return json["message"].get<std::string>();
  }
  return fmt::format("HTTP {}", response.status);
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What a failed answer means. The engine's codes are coarse (a taken port is a 500), so the text
/// decides where it must.
Error ErrorOf(const HttpResponse& response) {
  const std::string message = MessageOf(response);
  if (Contains(message, "is already in use by container") ||
      Contains(message, "network with name")) {
    return Error(ErrorCode::kFailedPrecondition, message).WithReason(reason::kNameConflict);
  }
  if (Contains(message, "port is already allocated") ||
      Contains(message, "address already in use")) {
    return Error(ErrorCode::kUnavailable, message + "; free the port or choose another")
        .WithReason(reason::kPortConflict);
  }
  if (Contains(message, "Pool overlaps") || Contains(message, "Address already in use")) {
    return Error(ErrorCode::kAborted, message);
  }
  switch (response.status) {
    case 400:
      return Error(ErrorCode::kInvalidArgument, message);
    case 404:
      return Error(ErrorCode::kNotFound, message);
    case 409:
      return Error(ErrorCode::kAborted, message);
    default:
      return Error(ErrorCode::kInternal, message);
  }
}

std::string FilterText(const Json& filters) { return "filters=" + EscapeQuery(filters.dump()); }

}  // namespace

/// Requests with the negotiated version in front, counted.
class DockerEngine::Transport {
 public:
  Transport(std::string socket, OnRequest on_request)
      : socket_(socket),
        client_({.unix_socket = std::move(socket), .base_url = "http://docker"}),
        on_request_(std::move(on_request)) {}

  Result<EngineInfo> Ping(std::stop_token stop) {
    MOORING_TRY(const HttpResponse response,
                Send({.path = "/_ping", .timeout = kReadTimeout}, stop));
    EngineInfo info;
    const auto api = response.headers.find("api-version");
    const std::string newest = api == response.headers.end() ? "1.41" : api->second;
    info.api_version = VersionNumber(newest) < VersionNumber(kNewestApi) ? newest : kNewestApi;
    if (const auto server = response.headers.find("server"); server != response.headers.end()) {
      const std::string& text = server->second;  // "Docker/20.10.24+dfsg1 (linux)"
      const size_t slash = text.find('/');
      if (slash != std::string::npos)
        info.version = text.substr(slash + 1, text.find(' ') - slash - 1);
    }
    prefix_.With([&](std::string& prefix) { prefix = "/v" + info.api_version; });
    return info;
  }

  /// A request whose non-2xx answers are errors, except those in `fine`.
  Result<HttpResponse> Call(HttpRequest request, std::initializer_list<int> fine,
                            std::stop_token stop) {
    MOORING_TRY(request.path, Versioned(request.path, stop));
    if (!request.body.empty()) request.headers.push_back("Content-Type: application/json");
    MOORING_TRY(HttpResponse response, Send(request, stop));
    const bool accepted = std::find(fine.begin(), fine.end(), response.status) != fine.end();
    if (!response.ok() && !accepted) return std::unexpected(ErrorOf(response));
    return response;
  }

  Result<Json> Get(const std::string& path, std::stop_token stop) {
    MOORING_TRY(const HttpResponse response,
                Call({.path = path, .timeout = kReadTimeout}, {}, stop));
    return ParseBody(response.body);
  }

  Status Post(const std::string& path, const Json& body, std::initializer_list<int> fine,
              std::stop_token stop, std::chrono::milliseconds timeout = kWriteTimeout) {
    auto response = Call({.method = "POST",
                          .path = path,
                          .body = body.is_null() ? "" : body.dump(),
                          .timeout = timeout},
                         fine, stop);
    if (!response) return std::unexpected(response.error());
    return {};
  }

  Status Delete(const std::string& path, std::initializer_list<int> fine, std::stop_token stop) {
    auto response = Call({.method = "DELETE", .path = path, .timeout = kWriteTimeout}, fine, stop);
    if (!response) return std::unexpected(response.error());
    return {};
  }

  Result<HttpResponse> Stream(HttpRequest request, const net::OnData& on_data,
                              std::stop_token stop) {
    MOORING_TRY(request.path, Versioned(request.path, stop));
    MOORING_TRY(HttpResponse response, client_.Stream(request, on_data, stop));
    if (!response.ok()) return std::unexpected(ErrorOf(response));
    return response;
  }

 private:
  /// The version is negotiated before the first call and again after the engine was away: it may
  /// have been upgraded.
  Result<std::string> Versioned(const std::string& path, std::stop_token stop) {
    std::string prefix = prefix_.With([](const std::string& p) { return p; });
    if (prefix.empty()) {
      MOORING_TRY(const EngineInfo info, Ping(stop));
      prefix = "/v" + info.api_version;
    }
    return prefix + path;
  }

  Result<HttpResponse> Send(const HttpRequest& request, std::stop_token stop) {
    const auto start = std::chrono::steady_clock::now();
    auto response = client_.Do(request, stop);
    if (on_request_)
      on_request_(request.method, response ? response->status : 0,
                  std::chrono::steady_clock::now() - start);
    if (response || response.error().code() != ErrorCode::kUnavailable) return response;
    prefix_.With([](std::string& prefix) { prefix.clear(); });
    return std::unexpected(
        Error(ErrorCode::kUnavailable,
              fmt::format("the Docker engine does not answer on {}; is it running? ({})", socket_,
                          response.error().message()))
            .WithReason(reason::kEngineUnreachable));
  }

  const std::string socket_;
  net::HttpClient client_;
  OnRequest on_request_;
  Guarded<std::string> prefix_;
};

class DockerEngine::HttpReader final : public DockerReader {
 public:
  explicit HttpReader(Transport& transport) : transport_(transport) {}

  Result<EngineInfo> Ping(std::stop_token stop) override { return transport_.Ping(stop); }

  Result<std::vector<ContainerSummary>> ListContainers(const ContainerFilter& filter,
                                                       std::stop_token stop) override {
    std::string path = "/containers/json?all=1";
    Json filters = Json::object();
    if (!filter.labels.empty()) filters["label"] = filter.labels;
    if (!filter.name.empty()) filters["name"] = {filter.name};
    if (!filters.empty()) path += "&" + FilterText(filters);
    return List<ContainerSummary>(path, "", ParseSummary, stop);
  }

  Result<ContainerDetails> InspectContainer(const std::string& id, std::stop_token stop) override {
    MOORING_TRY(const Json json, transport_.Get("/containers/" + id + "/json", stop));
    return ParseDetails(json);
  }

  Result<std::vector<NetworkInfo>> ListNetworks(std::stop_token stop) override {
    return List<NetworkInfo>("/networks", "", ParseNetwork, stop);
  }

  Result<std::vector<VolumeInfo>> ListVolumes(std::stop_token stop) override {
    return List<VolumeInfo>("/volumes", "Volumes", ParseVolumeInfo, stop);
  }

  Result<std::optional<ImageInfo>> InspectImage(const std::string& reference,
                                                std::stop_token stop) override {
    auto json = transport_.Get("/images/" + reference + "/json", stop);
    if (!json && json.error().code() == ErrorCode::kNotFound) return std::nullopt;
    if (!json) return std::unexpected(json.error());
    return ParseImage(*json);
  }

  Status Events(const std::function<void()>& on_open,
                const std::function<void(const EngineEvent&)>& on_event,
                std::stop_token stop) override {
    // The stream answers with its first event only, so a ping tells that the engine is there; what
    // happens between the two is found by the full list that follows every opening.
    const auto ping = transport_.Ping(stop);
    if (!ping) return std::unexpected(ping.error());
    const Json types = {{"type", {"container", "network", "volume", "image", "daemon"}}};
    const std::string since =
        fmt::format("{}", std::chrono::duration_cast<std::chrono::seconds>(
                              std::chrono::system_clock::now().time_since_epoch())
                              .count());
    on_open();
    std::string buffer;
    const auto on_data = [&](std::string_view part) {
      buffer.append(part);
      size_t start = 0;
      for (size_t end; (end = buffer.find('\n', start)) != std::string::npos; start = end + 1) {
        const std::string_view line(buffer.data() + start, end - start);
        if (Contains(line, "\"Action\":\"exec_")) continue;  // three for each health probe
        const Json json = Json::parse(line, nullptr, false);
        if (json.is_object()) on_event(ParseEvent(json));
      }
      buffer.erase(0, start);
      return true;
    };
    auto ended = transport_.Stream({.path = "/events?since=" + since + "&" + FilterText(types),
                                    .timeout = std::chrono::milliseconds(0)},
                                   on_data, stop);
    if (!ended) return std::unexpected(ended.error());
    return std::unexpected(
        Error(ErrorCode::kUnavailable, "the Docker engine ended the event stream")
            .WithReason(reason::kEngineUnreachable));
  }

 private:
  template <typename T>
  Result<std::vector<T>> List(const std::string& path, const char* member, T (*parse)(const Json&),
                              std::stop_token stop) {
    MOORING_TRY(const Json json, transport_.Get(path, stop));
    const Json& items = *member == '\0' ? json : json.value(member, Json::array());
    std::vector<T> out;
    out.reserve(items.size());
    for (const Json& item : items) out.push_back(parse(item));
    return out;
  }

  Transport& transport_;
};

namespace {

/// Follows a pull's stream: one JSON object a line; the HTTP status says nothing once it has begun,
/// an error comes as the last line.
class PullProgress {
 public:
  explicit PullProgress(const DockerWriter::OnProgress& report) : report_(report) {}

  bool Take(std::string_view part) {
    buffer_.append(part);
    size_t start = 0;
    for (size_t end; (end = buffer_.find('\n', start)) != std::string::npos; start = end + 1) {
      Line(std::string_view(buffer_.data() + start, end - start));
    }
    buffer_.erase(0, start);
    return true;
  }

  const std::string& error() const { return error_; }

 private:
  void Line(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return;
    if (json.contains("error")) error_ = json.value("error", "pull failed");
    const Json detail = json.value("progressDetail", Json::object());
    if (json.contains("id") && detail.is_object() && detail.contains("total")) {
      layers_[json["id"].get<std::string>()] = {detail.value("current", 0LL),
                                                detail.value("total", 0LL)};
    }
    const auto now = std::chrono::steady_clock::now();
    if (!report_ || now - reported_ < std::chrono::milliseconds(500)) return;
    reported_ = now;
    long long current = 0;
    long long total = 0;
    for (const auto& [id, layer] : layers_) {
      current += layer.first;
      total += layer.second;
    }
    if (total > 0) report_(fmt::format("{} %", 100 * current / total));
  }

  const DockerWriter::OnProgress& report_;
  std::string buffer_;
  std::string error_;
  std::map<std::string, std::pair<long long, long long>> layers_;
  std::chrono::steady_clock::time_point reported_;
};

}  // namespace

class DockerEngine::HttpWriter final : public DockerWriter {
 public:
  explicit HttpWriter(Transport& transport) : transport_(transport) {}

  Result<std::string> CreateContainer(const std::string& name, const Json& body,
                                      std::stop_token stop) override {
    MOORING_TRY(const HttpResponse response,
                transport_.Call({.method = "POST",
                                 .path = "/containers/create?name=" + EscapeQuery(name),
                                 .body = body.dump(),
                                 .timeout = kWriteTimeout},
                                {}, stop));
    MOORING_TRY(const Json json, ParseBody(response.body));
    return json.value("Id", "");
  }

  Status StartContainer(const std::string& id, std::stop_token stop) override {
    return transport_.Post("/containers/" + id + "/start", nullptr, {304}, stop);
  }

  Status StopContainer(const std::string& id, Duration grace, std::stop_token stop) override {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(grace);
    return transport_.Post(fmt::format("/containers/{}/stop?t={}", id, seconds.count()), nullptr,
                           {304, 404}, stop, seconds + kWriteTimeout);
  }

  Status RemoveContainer(const std::string& id, std::stop_token stop) override {
    // 409: its removal is in progress already.
    return transport_.Delete("/containers/" + id + "?force=1", {404, 409}, stop);
  }

  Status UnpauseContainer(const std::string& id, std::stop_token stop) override {
    return transport_.Post("/containers/" + id + "/unpause", nullptr, {409, 500}, stop);
  }

  Status UpdateContainer(const std::string& id, const Json& body, std::stop_token stop) override {
    return transport_.Post("/containers/" + id + "/update", body, {}, stop);
  }

  Status RenameContainer(const std::string& id, const std::string& name,
                         std::stop_token stop) override {
    return transport_.Post("/containers/" + id + "/rename?name=" + EscapeQuery(name), nullptr, {},
                           stop);
  }

  Status ConnectNetwork(const std::string& network, const std::string& container,
                        const Json& endpoint, std::stop_token stop) override {
    return transport_.Post("/networks/" + network + "/connect",
                           {{"Container", container}, {"EndpointConfig", endpoint}}, {}, stop);
  }

  Status DisconnectNetwork(const std::string& network, const std::string& container,
                           std::stop_token stop) override {
    // "is not connected" is a 500 on some engines and a 404 on others.
    auto done = transport_.Post("/networks/" + network + "/disconnect",
                                {{"Container", container}, {"Force", true}}, {404}, stop);
    if (!done && Contains(done.error().message(), "is not connected")) return {};
    return done;
  }

  Status CreateNetwork(const Json& body, std::stop_token stop) override {
    return transport_.Post("/networks/create", body, {}, stop);
  }

  Status RemoveNetwork(const std::string& id, std::stop_token stop) override {
    return transport_.Delete("/networks/" + id, {404}, stop);
  }

  Status CreateVolume(const Json& body, std::stop_token stop) override {
    return transport_.Post("/volumes/create", body, {}, stop);
  }

  Status PullImage(const std::string& reference, const OnProgress& progress,
                   std::stop_token stop) override {
    PullProgress follow(progress);
    // Without a tag or digest the engine would pull every tag there is.
    const size_t slash = reference.rfind('/');
    const std::string last = reference.substr(slash == std::string::npos ? 0 : slash + 1);
    const std::string full =
        last.find_first_of(":@") == std::string::npos ? reference + ":latest" : reference;
    auto ended = transport_.Stream(
        {.method = "POST",
         .path = "/images/create?fromImage=" + EscapeQuery(full),
         .timeout = std::chrono::minutes(30)},
        [&](std::string_view part) { return follow.Take(part); }, stop);
    if (!ended && ended.error().code() == ErrorCode::kCancelled)
      return std::unexpected(ended.error());
    const std::string why = !ended ? ended.error().message() : follow.error();
    if (why.empty()) return {};
    const bool denied =
        Contains(why, "unauthorized") || Contains(why, "no basic auth") || Contains(why, "denied");
    const bool missing = Contains(why, "manifest unknown") || Contains(why, "not found") ||
                         Contains(why, "does not exist");
    const ErrorCode code = denied    ? ErrorCode::kUnauthenticated
                           : missing ? ErrorCode::kFailedPrecondition
                                     : ErrorCode::kUnavailable;
    return std::unexpected(
        Error(code, fmt::format("pull {}: {}", full, why)).WithReason(reason::kImagePullFailed));
  }

 private:
  Transport& transport_;
};

DockerEngine::DockerEngine(std::string socket, OnRequest on_request)
    : transport_(std::make_unique<Transport>(std::move(socket), std::move(on_request))),
      reader_(std::make_unique<HttpReader>(*transport_)),
      writer_(std::make_unique<HttpWriter>(*transport_)) {}
DockerEngine::~DockerEngine() = default;
DockerReader& DockerEngine::reader() { return *reader_; }
DockerWriter& DockerEngine::writer() { return *writer_; }

}  // namespace mooring::docker
