// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/engine_view.h"

#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/io/engine_transport.h"

namespace mooring::docker {
namespace {

/// What `parse` makes of an answer; one of another form than expected is an error.
template <typename Parse>
auto Parsed(const Json& json, const Parse& parse) -> Result<decltype(parse(json))> {
  try {
    return parse(json);
  } catch (const Json::exception& e) {
    return Fail(ErrorCode::kInternal,
                fmt::format("the engine's answer has an unexpected form: {}", e.what()));
  }
}

template <typename T>
Result<std::vector<T>> ParsedList(const Json& items, T (*parse)(const Json&)) {
  return Parsed(items, [&](const Json& list) {
    std::vector<T> out;
    out.reserve(list.size());
    for (const Json& item : list) out.push_back(parse(item));
    return out;
  });
}

/// The member, or nothing where it is missing or null.
Json Member(const Json& object, const char* name, Json otherwise) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? std::move(otherwise) : *found;
}

Labels LabelsOf(const Json& item) { return Member(item, "Labels", Json::object()).get<Labels>(); }

std::string PortText(const Json& port) {
  return fmt::format("{}:{}->{}/{}", port.value("IP", "0.0.0.0"), port["PublicPort"].get<int>(),
                     port["PrivatePort"].get<int>(), port.value("Type", "tcp"));
}

ContainerView ParseContainer(const Json& item) {
  ContainerView view;
  view.id = item.at("Id").get<std::string>();
  for (const Json& name : Member(item, "Names", Json::array())) {
    // Behind a second slash stands a link's name.
    const std::string text = name.get<std::string>();
    if (text.find('/', 1) == std::string::npos) view.name = text.substr(1);
  }
  view.image = item.value("Image", "");
  view.image_id = item.value("ImageID", "");
  view.state = item.value("State", "");
  view.status = item.value("Status", "");
  view.labels = LabelsOf(item);
  for (const Json& port : Member(item, "Ports", Json::array())) {
    if (port.contains("PublicPort")) view.ports.push_back(PortText(port));
  }
  std::sort(view.ports.begin(), view.ports.end());
  const Json settings = Member(item, "NetworkSettings", Json::object());
  const Json networks = Member(settings, "Networks", Json::object());
  for (const auto& [name, endpoint] : networks.items()) view.networks.push_back(name);
  for (const Json& mount : Member(item, "Mounts", Json::array())) {
    if (mount.value("Type", "") == "volume") view.volumes.push_back(mount.value("Name", ""));
  }
  if (item.contains("SizeRw")) view.size = item["SizeRw"].get<long long>();
  return view;
}

ImageView ParseImageView(const Json& item) {
  ImageView view{
      .id = item.at("Id").get<std::string>(), .tags = {}, .size = item.value("Size", 0LL)};
  for (const Json& tag : Member(item, "RepoTags", Json::array())) {
    if (tag != "<none>:<none>") view.tags.push_back(tag.get<std::string>());
  }
  return view;
}

NetworkView ParseNetworkView(const Json& item) {
  NetworkView view{.id = item.at("Id").get<std::string>(),
                   .name = item.at("Name").get<std::string>(),
                   .driver = item.value("Driver", ""),
                   .labels = LabelsOf(item),
                   .subnets = {}};
  const Json ipam = Member(item, "IPAM", Json::object());
  for (const Json& config : Member(ipam, "Config", Json::array())) {
    if (config.contains("Subnet")) view.subnets.push_back(config["Subnet"].get<std::string>());
  }
  return view;
}

VolumeView ParseVolumeView(const Json& item) {
  VolumeView view{.name = item.at("Name").get<std::string>(),
                  .driver = item.value("Driver", ""),
                  .labels = LabelsOf(item),
                  .size = std::nullopt};
  const long long size = Member(item, "UsageData", Json::object()).value("Size", -1LL);
  if (size >= 0) view.size = size;
  return view;
}

ContainerUsage ParseUsage(const Json& stats) {
  ContainerUsage usage;
  const Json cpu = Member(stats, "cpu_stats", Json::object());
  usage.cpu = Member(cpu, "cpu_usage", Json::object()).value("total_usage", 0LL);
  usage.system = cpu.value("system_cpu_usage", 0LL);
  usage.processors = std::max(1, cpu.value("online_cpus", 1));
  const Json memory = Member(stats, "memory_stats", Json::object());
  const Json details = Member(memory, "stats", Json::object());
  // As `docker stats` counts: cgroup v1 has the first, v2 the second.
  const long long droppable =
      details.value("total_inactive_file", details.value("inactive_file", 0LL));
  const long long used = memory.value("usage", 0LL);
  usage.memory = droppable < used ? used - droppable : used;
  usage.memory_limit = memory.value("limit", 0LL);
  return usage;
}

/// "2026-03-01T14:03:41.123456789Z" as the seconds that the engine takes: "1772373821.123456789".
std::string SecondsOf(const std::string& time) {
  const auto parsed = ParseTime(time);
  if (!parsed) return "";
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*parsed).time_since_epoch().count();
  const size_t dot = time.find('.');
  if (dot == std::string::npos) return std::to_string(seconds);
  return fmt::format("{}.{}", seconds,
                     time.substr(dot + 1, time.find_first_not_of("0123456789", dot + 1) - dot - 1));
}

std::string LogPath(const std::string& id, const LogOptions& options) {
  std::string path = "/containers/" + id + "/logs?stdout=1&stderr=1&timestamps=1";
  if (options.follow) path += "&follow=1";
  if (!options.since.empty()) path += "&since=" + SecondsOf(options.since);
  if (options.tail) path += fmt::format("&tail={}", *options.tail);
  return path;
}

}  // namespace

EngineView::EngineView(std::string socket)
    : transport_(std::make_unique<EngineTransport>(std::move(socket), OnRequest())) {}
EngineView::~EngineView() = default;

Result<std::vector<ContainerView>> EngineView::Containers(const std::vector<std::string>& labels,
                                                          bool with_size, std::stop_token stop) {
  std::string path = "/containers/json?all=1";
  if (with_size) path += "&size=1";
  if (!labels.empty()) path += "&filters=" + net::EscapeQuery(Json{{"label", labels}}.dump());
  MOORING_TRY(const Json items, transport_->Get(path, std::move(stop)));
  return ParsedList(items, ParseContainer);
}

Result<std::vector<ImageView>> EngineView::Images(std::stop_token stop) {
  MOORING_TRY(const Json items, transport_->Get("/images/json", std::move(stop)));
  return ParsedList(items, ParseImageView);
}

Result<std::vector<NetworkView>> EngineView::Networks(std::stop_token stop) {
  MOORING_TRY(const Json items, transport_->Get("/networks", std::move(stop)));
  return ParsedList(items, ParseNetworkView);
}

Result<std::vector<VolumeView>> EngineView::Volumes(std::stop_token stop) {
  // Sizes are only told by the one that counts everything.
  const auto counted = transport_->Get("/system/df?type=volume", stop);
  if (counted && counted->contains("Volumes") && (*counted)["Volumes"].is_array())
    return ParsedList((*counted)["Volumes"], ParseVolumeView);
  MOORING_TRY(const Json list, transport_->Get("/volumes", std::move(stop)));
  return ParsedList(Member(list, "Volumes", Json::array()), ParseVolumeView);
}

Result<Json> EngineView::Inspect(const std::string& id, std::stop_token stop) {
  return transport_->Get("/containers/" + id + "/json", std::move(stop));
}

Result<Json> EngineView::ImageConfig(const std::string& id, std::stop_token stop) {
  const auto json = transport_->Get("/images/" + id + "/json", std::move(stop));
  if (!json && json.error().code() == ErrorCode::kNotFound) return Json();
  if (!json) return std::unexpected(json.error());
  return Member(*json, "Config", Json::object());
}

Result<std::optional<Time>> EngineView::StartedAt(const std::string& id, std::stop_token stop) {
  MOORING_TRY(const Json json, transport_->Get("/containers/" + id + "/json", std::move(stop)));
  return Parsed(json, [](const Json& inspect) -> std::optional<Time> {
    const Json& state = inspect.at("State");
    if (!state.value("Running", false)) return std::nullopt;
    return ParseTime(state.value("StartedAt", ""));
  });
}

Result<ContainerUsage> EngineView::Usage(const std::string& id, std::stop_token stop) {
  MOORING_TRY(
      const Json json,
      transport_->Get("/containers/" + id + "/stats?stream=false&one-shot=true", std::move(stop)));
  return Parsed(json, ParseUsage);
}

Status EngineView::Logs(const std::string& id, const LogOptions& options, const OnLogLine& on_line,
                        std::stop_token stop) {
  MOORING_TRY(const Json json, transport_->Get("/containers/" + id + "/json", stop));
  MOORING_TRY(const bool terminal, Parsed(json, [](const Json& inspect) {
                return inspect.at("Config").value("Tty", false);
              }));
  LogDecoder decoder(terminal);
  const auto on_data = [&](std::string_view part) {
    decoder.Take(part, on_line);
    return true;
  };
  const auto ended = transport_->Stream(
      {.path = LogPath(id, options), .timeout = std::chrono::milliseconds(0)}, on_data, stop);
  decoder.End(on_line);
  if (!ended) return std::unexpected(ended.error());
  return {};
}

}  // namespace mooring::docker
