// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/docker_client.h"

#include <algorithm>

#include "controller/base/redact.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/io/engine_json.h"
#include "reconcilers/docker/io/engine_transport.h"
#include "reconcilers/docker/io/log_decoder.h"
#include "reconcilers/docker/io/process_signal.h"
#include "reconcilers/docker/io/registry_logins.h"
#include "reconcilers/docker/io/summary_list.h"

namespace mooring::docker {
namespace {

using net::EscapeQuery;
using net::HttpResponse;

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What `parse` makes of the answer; an answer of another form than expected is an error.
template <typename Parse>
auto Parsed(Result<Json> json, const Parse& parse) -> Result<decltype(parse(*json))> {
  if (!json) return std::unexpected(json.error());
  try {
    return parse(*json);
  } catch (const Json::exception& e) {
    return Fail(ErrorCode::kInternal,
                fmt::format("the engine's answer has an unexpected form: {}", e.what()));
  }
}

/// stdout and stderr of a terminal come as they are, else in frames.
bool IsTerminal(const Json& inspect) {
  const auto config = inspect.find("Config");
  return config != inspect.end() && config->is_object() && config->value("Tty", false);
}

/// Whether nothing was learnt, not even that there is nothing.
bool IsTroubleOfEngine(const Error& error) {
  return error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kNotFound ||
         error.code() == ErrorCode::kDeadlineExceeded || error.code() == ErrorCode::kUnavailable;
}

std::string FilterText(const Json& filters) { return "filters=" + EscapeQuery(filters.dump()); }

std::vector<std::string> LoginHeaders(const RegistryLogin* login) {
  if (login == nullptr) return {};
  return {"X-Registry-Auth: " + RegistryAuth(*login)};
}

/// What came of asking a registry; the engine tells it in words only.
Error RegistryError(const std::string& what, std::string why, const RegistryLogin* login) {
  if (login != nullptr) why = Redact(std::move(why), {login->password});
  const bool denied =
      Contains(why, "unauthorized") || Contains(why, "no basic auth") || Contains(why, "denied");
  const bool missing = Contains(why, "manifest unknown") || Contains(why, "not found") ||
                       Contains(why, "does not exist");
  const ErrorCode code = denied    ? ErrorCode::kUnauthenticated
                         : missing ? ErrorCode::kFailedPrecondition
                                   : ErrorCode::kUnavailable;
  return Error(code, fmt::format("{}: {}", what, why));
}

}  // namespace

class DockerEngine::HttpReader final : public DockerReader {
 public:
  explicit HttpReader(EngineTransport& transport) : transport_(transport) {}

  Result<EngineInfo> Ping(std::stop_token stop) override { return transport_.Ping(stop); }

  Result<std::vector<SummaryPtr>> ListContainers(const ContainerFilter& filter,
                                                 std::stop_token stop) override {
    std::string path = "/containers/json?all=1";
    if (filter.labels.empty() && filter.name.empty()) return ListAll(path, stop);
    Json filters = Json::object();
    if (!filter.labels.empty()) filters["label"] = filter.labels;
    if (!filter.name.empty()) filters["name"] = {filter.name};
    path += "&" + FilterText(filters);
    const auto parse = [](const Json& item) {
      return std::make_shared<const ContainerSummary>(ParseSummary(item));
    };
    return List<SummaryPtr>(path, "", parse, stop);
  }

  Result<ContainerDetails> InspectContainer(const std::string& id, std::stop_token stop) override {
    return Parsed(transport_.Get("/containers/" + id + "/json", stop), ParseDetails);
  }

  Result<std::vector<NetworkInfo>> ListNetworks(const std::string& name,
                                                std::stop_token stop) override {
    if (name.empty()) return List<NetworkInfo>("/networks", "", ParseNetwork, stop);
    // The engine takes it for a regular expression, in which a dot is any character.
    const Json filters = {{"name", Json::array({"^" + name + "$"})}};
    MOORING_TRY(std::vector<NetworkInfo> list,
                List<NetworkInfo>("/networks?" + FilterText(filters), "", ParseNetwork, stop));
    std::erase_if(list, [&](const NetworkInfo& network) { return network.name != name; });
    return list;
  }

  Result<std::vector<VolumeInfo>> ListVolumes(std::stop_token stop) override {
    return List<VolumeInfo>("/volumes", "Volumes", ParseVolumeInfo, stop);
  }

  Result<std::map<std::string, long long>> VolumeSizes(std::stop_token stop) override {
    return Parsed(transport_.Get("/system/df?type=volume", stop), ParseVolumeSizes);
  }

  Result<std::optional<ImageInfo>> InspectImage(const std::string& reference,
                                                std::stop_token stop) override {
    auto json = transport_.Get("/images/" + reference + "/json", stop);
    if (!json && json.error().code() == ErrorCode::kNotFound) return std::nullopt;
    return Parsed(std::move(json), ParseImage);
  }

  Result<std::string> DigestAtRegistry(const std::string& reference, const RegistryLogin* login,
                                       std::stop_token stop) override {
    const auto answer = transport_.Call({.path = "/distribution/" + reference + "/json",
                                         .headers = LoginHeaders(login),
                                         .timeout = kReadTimeout},
                                        {}, stop);
    if (!answer) return std::unexpected(RegistryError("ask", answer.error().message(), login));
    const Json json = Json::parse(answer->body, nullptr, false);
    const Json descriptor = json.is_object() ? json.value("Descriptor", Json()) : Json();
    std::string digest = descriptor.is_object() ? descriptor.value("digest", "") : "";
    if (digest.empty())
      return Fail(ErrorCode::kInternal, "the engine told no digest of " + reference);
    return digest;
  }

  Result<std::vector<std::string>> LastLines(const std::string& id, int most,
                                             std::stop_token stop) override {
    MOORING_TRY(const Json inspect, transport_.Get("/containers/" + id + "/json", stop));
    LogDecoder decoder(IsTerminal(inspect));
    const auto answer = transport_.Call(
        {.path =
             fmt::format("/containers/{}/logs?stdout=1&stderr=1&timestamps=1&tail={}", id, most),
         .timeout = kReadTimeout},
        {}, stop);
    // Some log drivers keep nothing that can be read; that is no trouble of the container's.
    if (!answer && !IsTroubleOfEngine(answer.error())) return std::vector<std::string>();
    if (!answer) return std::unexpected(answer.error());
    std::vector<LogLine> lines;
    const auto keep = [&](LogLine line) { lines.push_back(std::move(line)); };
    decoder.Take(answer->body, keep);
    decoder.End(keep);
    std::stable_sort(lines.begin(), lines.end(),
                     [](const LogLine& a, const LogLine& b) { return a.time < b.time; });
    std::vector<std::string> texts;
    for (LogLine& line : lines) texts.push_back(std::move(line.text));
    return texts;
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
  Result<std::vector<SummaryPtr>> ListAll(const std::string& path, std::stop_token stop) {
    MOORING_TRY(const HttpResponse response,
                transport_.Call({.path = path, .timeout = kReadTimeout}, {}, stop));
    return all_.Parse(response.body);
  }

  template <typename T, typename Parse>
  Result<std::vector<T>> List(const std::string& path, const char* member, const Parse& parse,
                              std::stop_token stop) {
    return Parsed(transport_.Get(path, stop), [&](const Json& json) {
      const Json& items = *member == '\0' ? json : json.at(member);
      std::vector<T> out;
      out.reserve(items.size());
      for (const Json& item : items) out.push_back(parse(item));
      return out;
    });
  }

  EngineTransport& transport_;
  SummaryList all_;
};

namespace {

/// The warning with which the engine leaves out a limit that its kernel lacks; "" when there is
/// none.
std::string WhatItDropped(const Json& answer) {
  const auto warnings = answer.find("Warnings");
  if (warnings == answer.end() || !warnings->is_array()) return "";
  for (const Json& warning : *warnings) {
    if (!warning.is_string()) continue;
    const std::string text = warning.get<std::string>();
    if (Contains(text, "discarded")) return text;
  }
  return "";
}

/// Since 1.44 a hardware address belongs to an endpoint.
Json BodyFor(const std::string& api, const Json& body) {
  constexpr int kOfEndpoints = 44;
  const auto networking = body.find("NetworkingConfig");
  const bool newer =
      std::strtol(api.substr(api.find('.') + 1).c_str(), nullptr, 10) >= kOfEndpoints;
  if (!newer || !body.contains("MacAddress") || networking == body.end()) return body;
  Json out = body;
  out.erase("MacAddress");
  for (Json& endpoint : out["NetworkingConfig"]["EndpointsConfig"])
    endpoint["MacAddress"] = body["MacAddress"];
  return out;
}

/// Without a tag or digest the engine would pull every tag there is.
std::string WithTag(const std::string& reference) {
  const size_t slash = reference.rfind('/');
  const std::string last = reference.substr(slash == std::string::npos ? 0 : slash + 1);
  return last.find_first_of(":@") == std::string::npos ? reference + ":latest" : reference;
}

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
    // The engine's older "error" beside it will go.
    if (const auto error = json.find("errorDetail"); error != json.end())
      error_ = error->is_object() ? error->value("message", "pull failed") : "pull failed";
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
  explicit HttpWriter(EngineTransport& transport) : transport_(transport) {}

  Result<std::string> CreateContainer(const std::string& name, const Json& body,
                                      std::stop_token stop) override {
    std::string path = "/containers/create?name=" + EscapeQuery(name);
    if (const std::string platform = body.value("Platform", ""); !platform.empty())
      path += "&platform=" + EscapeQuery(platform);
    MOORING_TRY(const std::string api, transport_.ApiVersion(stop));
    MOORING_TRY(const HttpResponse response,
                transport_.Call({.method = "POST",
                                 .path = std::move(path),
                                 .body = DumpForEngine(BodyFor(api, body)),
                                 .timeout = kWriteTimeout},
                                {}, stop));
    const Json json = Json::parse(response.body, nullptr, false);
    std::string id = json.is_object() ? json.value("Id", "") : "";
    if (id.empty()) return Fail(ErrorCode::kInternal, "the engine gave no id for " + name);
    const std::string dropped = WhatItDropped(json);
    if (dropped.empty()) return id;
    // Otherwise the container would differ from its spec for ever, and nobody would know why.
    MOORING_RETURN_IF_ERROR(RemoveContainer(id, stop));
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition,
              "the engine of this host cannot do what the spec asks for: " + dropped)
            .WithReason(reason::kInvalidSpec));
  }

  Status StartContainer(const std::string& id, std::stop_token stop) override {
    return transport_.Post("/containers/" + id + "/start", nullptr, {304}, stop);
  }

  std::vector<Status> StartContainers(const std::vector<std::string>& ids,
                                      std::stop_token stop) override {
    std::vector<std::string> paths;
    for (const std::string& id : ids) paths.push_back("/containers/" + id + "/start");
    return transport_.PostAll(paths, {304}, stop);
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

  Status DiscardContainer(const std::string& id, std::stop_token stop) override {
    return transport_.Delete("/containers/" + id + "?force=1&v=1", {404, 409}, stop);
  }

  Status UnpauseContainer(const std::string& id, std::stop_token stop) override {
    return Unless("is not paused",
                  transport_.Post("/containers/" + id + "/unpause", nullptr, {}, stop));
  }

  Status SignalContainer(const std::string& id, const std::string& signal,
                         std::stop_token stop) override {
    const auto container = transport_.Get("/containers/" + id + "/json", stop);
    if (!container && container.error().code() == ErrorCode::kNotFound) return {};
    if (!container) return std::unexpected(container.error());
    const Json state = container->value("State", Json::object());
    if (!state.value("Running", false)) return {};
    // The engine takes any signal that it sends for the wish to stop, and starts the container
    // never again by itself.
    const std::string full = container->value("Id", id);
    if (SignalProcess(state.value("Pid", 0), full, signal)) return {};
    return transport_.Post(fmt::format("/containers/{}/kill?signal={}", id, EscapeQuery(signal)),
                           nullptr, {404, 409}, stop);
  }

  Status UpdateContainer(const std::string& id, const Json& body, std::stop_token stop) override {
    return transport_.Post("/containers/" + id + "/update", body, {}, stop);
  }

  Status RenameContainer(const std::string& id, const std::string& name,
                         std::stop_token stop) override {
    const std::string path = "/containers/" + id + "/rename?name=" + EscapeQuery(name);
    return Unless("same name as its current name", transport_.Post(path, nullptr, {}, stop));
  }

  Status ConnectNetwork(const std::string& network, const std::string& container,
                        const Json& endpoint, std::stop_token stop) override {
    return transport_.Post("/networks/" + network + "/connect",
                           {{"Container", container}, {"EndpointConfig", endpoint}}, {}, stop);
  }

  Status DisconnectNetwork(const std::string& network, const std::string& container,
                           std::stop_token stop) override {
    // "is not connected" is a 500 on some engines and a 404 on others.
    return Unless("is not connected",
                  transport_.Post("/networks/" + network + "/disconnect",
                                  {{"Container", container}, {"Force", true}}, {404}, stop));
  }

  Status CreateNetwork(const Json& body, std::stop_token stop) override {
    return transport_.Post("/networks/create", body, {}, stop);
  }

  Status RemoveNetwork(const std::string& id, std::stop_token stop) override {
    return transport_.Delete("/networks/" + id, {404}, stop);
  }

  Result<VolumeInfo> CreateVolume(const Json& body, std::stop_token stop) override {
    MOORING_TRY(const HttpResponse response, transport_.Call({.method = "POST",
                                                              .path = "/volumes/create",
                                                              .body = DumpForEngine(body),
                                                              .timeout = kWriteTimeout},
                                                             {}, stop));
    Json volume = Json::parse(response.body, nullptr, false);
    if (volume.is_discarded()) return Fail(ErrorCode::kInternal, "the engine gave no volume");
    return Parsed(std::move(volume), ParseVolumeInfo);
  }

  Status RemoveVolume(const std::string& name, std::stop_token stop) override {
    Status removed = transport_.Delete("/volumes/" + EscapeQuery(name), {404}, stop);
    if (removed || !Contains(removed.error().message(), "volume is in use")) return removed;
    return std::unexpected(
        Error(ErrorCode::kUnavailable, removed.error().message()).WithReason(reason::kInUse));
  }

  Status PutArchive(const std::string& container, const std::string& folder,
                    const std::function<Result<std::string>()>& next,
                    std::stop_token stop) override {
    const auto done = transport_.Call(
        {.method = "PUT",
         .path = fmt::format("/containers/{}/archive?path={}", container, EscapeQuery(folder)),
         .headers = {"Content-Type: application/x-tar"},
         .upload = next,
         .timeout = kTransferTimeout},
        {}, stop);
    if (!done) return std::unexpected(done.error());
    return {};
  }

  Status PullImage(const ImagePull& pull, const OnProgress& progress,
                   std::stop_token stop) override {
    PullProgress follow(progress);
    const std::string full = WithTag(pull.reference);
    std::string path = "/images/create?fromImage=" + EscapeQuery(full);
    if (!pull.platform.empty()) path += "&platform=" + EscapeQuery(pull.platform);
    auto ended = transport_.Stream(
        {.method = "POST",
         .path = std::move(path),
         .headers = LoginHeaders(pull.login),
         .timeout = kTransferTimeout},
        [&](std::string_view part) { return follow.Take(part); }, stop);
    if (!ended && (ended.error().code() == ErrorCode::kCancelled ||
                   ended.error().reason() == reason::kEngineUnreachable)) {
      return std::unexpected(ended.error());
    }
    const std::string why = !ended ? ended.error().message() : follow.error();
    if (why.empty()) return {};
    return std::unexpected(
        RegistryError("pull " + full, why, pull.login).WithReason(reason::kImagePullFailed));
  }

  Status RemoveImage(const std::string& reference, const std::string& id,
                     std::stop_token stop) override {
    const auto named = transport_.Get("/images/" + reference + "/json", stop);
    if (!named && named.error().code() != ErrorCode::kNotFound)
      return std::unexpected(named.error());
    const bool is_it = named && named->value("Id", "") == id;
    return transport_.Delete("/images/" + (is_it ? reference : id), {404, 409}, stop);
  }

 private:
  /// The engine's way to say that nothing had to be done is a failure with this text.
  static Status Unless(std::string_view text, Status done) {
    return !done && Contains(done.error().message(), text) ? Status() : done;
  }

  EngineTransport& transport_;
};

DockerEngine::DockerEngine(std::string socket, OnRequest on_request, EnginePace* pace)
    : transport_(std::make_unique<EngineTransport>(std::move(socket), std::move(on_request), pace)),
      reader_(std::make_unique<HttpReader>(*transport_)),
      writer_(std::make_unique<HttpWriter>(*transport_)) {}
DockerEngine::~DockerEngine() = default;
DockerReader& DockerEngine::reader() { return *reader_; }
DockerWriter& DockerEngine::writer() { return *writer_; }

}  // namespace mooring::docker
