// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/container_spec.h"

#include <charconv>
#include <filesystem>

#include "controller/base/text.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

constexpr double kNanosecondsPerCpu = 1e9;
constexpr char kNone[] = "(none)";

std::string VolumeName(const AppSpec& app, const std::string& key) {
  for (const VolumeSpec& volume : app.volumes) {
    if (volume.key == key) return volume.name;
  }
  return key;
}

/// "/x/../y/" as "/y", as the engine has it in some places and not in others.
std::string CleanPath(const std::string& path) {
  std::string clean = std::filesystem::path(path).lexically_normal().string();
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

/// "CAP_NET_ADMIN" and "net_admin" are one.
Json CapabilityNames(Strings list) {
  for (std::string& name : list) {
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (name.starts_with("CAP_")) name.erase(0, 4);
  }
  std::sort(list.begin(), list.end());
  return list;
}

std::string MountText(const std::string& source, const Mount& mount) {
  std::string text = fmt::format("{} {}:{}{}", mount.type, source, CleanPath(mount.target),
                                 mount.read_only ? ":ro" : "");
  if (mount.tmpfs_size > 0) text += fmt::format(",size={}", mount.tmpfs_size);
  if (mount.tmpfs_mode > 0) text += fmt::format(",mode={:o}", mount.tmpfs_mode);
  return text;
}

std::string MountText(const Json& mount) {
  const Json options = mount.value("TmpfsOptions", Json::object());
  return MountText(mount.value("Source", ""), {.type = mount.value("Type", ""),
                                               .target = mount.value("Target", ""),
                                               .read_only = mount.value("ReadOnly", false),
                                               .tmpfs_size = options.value("SizeBytes", 0LL),
                                               .tmpfs_mode = options.value("Mode", 0)});
}

std::string PortText(const std::string& host_ip, const std::string& published,
                     const std::string& target) {
  const std::string ip = host_ip == "0.0.0.0" ? "" : host_ip;
  return fmt::format("{}{}{}{}{}", ip, ip.empty() ? "" : ":", published == "0" ? "" : published,
                     published.empty() || published == "0" ? "" : ":", target);
}

std::string TargetText(const Port& port) {
  return fmt::format("{}/{}", port.target, port.protocol);
}

Json Sorted(Strings list) {
  std::sort(list.begin(), list.end());
  return list;
}

Json RestartBody(const std::string& restart) {
  const size_t colon = restart.find(':');
  int retries = 0;
  if (colon != std::string::npos) {
    std::from_chars(restart.data() + colon + 1, restart.data() + restart.size(), retries);
  }
  return {{"Name", restart.substr(0, colon)}, {"MaximumRetryCount", retries}};
}

std::string RestartText(const Json& policy) {
  const std::string name = policy.value("Name", "");
  const int retries = policy.value("MaximumRetryCount", 0);
  if (name.empty()) return "no";
  return retries > 0 ? fmt::format("{}:{}", name, retries) : name;
}

Json HealthcheckBody(const Healthcheck& check) {
  if (check.disable) return {{"Test", {"NONE"}}};
  Json body = Json::object();
  if (!check.test.empty()) body["Test"] = check.test;
  const auto put = [&](const char* name, Duration value) {
    if (value.count() > 0) body[name] = value.count();
  };
  put("Interval", check.interval);
  put("Timeout", check.timeout);
  put("StartPeriod", check.start_period);
  if (check.retries > 0) body["Retries"] = check.retries;
  return body;
}

Json MountsBody(const AppSpec& app, const ServiceSpec& service) {
  Json mounts = Json::array();
  for (const Mount& m : service.mounts) {
    Json mount = {{"Type", m.type}, {"Target", m.target}};
    if (m.type == "volume") mount["Source"] = m.source.empty() ? "" : VolumeName(app, m.source);
    if (m.type == "bind") mount["Source"] = m.source;
    if (m.read_only) mount["ReadOnly"] = true;
    if (m.tmpfs_size > 0) mount["TmpfsOptions"]["SizeBytes"] = m.tmpfs_size;
    if (m.tmpfs_mode > 0) mount["TmpfsOptions"]["Mode"] = m.tmpfs_mode;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::map<std::string, std::string> EnvironmentMap(const Json& list) {
  std::map<std::string, std::string> map;
  if (!list.is_array()) return map;
  for (const Json& item : list) {
    const std::string text = item.get<std::string>();
    const size_t equal = text.find('=');
    map[text.substr(0, equal)] = equal == std::string::npos ? "" : text.substr(equal + 1);
  }
  return map;
}

/// The container as inspected, in the canonical form.
Json CanonicalContainer(const ObservedContainer& container) {
  const Json& config = container.details->config;
  const Json& host = container.details->host_config;
  Json out = Json::object();
  out["image"] = config.value("Image", "");
  out["environment"] = EnvironmentMap(config.value("Env", Json()));
  for (const auto& [ours, theirs] : {std::pair{"command", "Cmd"}, {"entrypoint", "Entrypoint"}}) {
    const Json list = config.value(theirs, Json());
    if (list.is_array() && !list.empty()) out[ours] = list;
  }
  for (const auto& [ours, theirs] : {std::pair{"user", "User"},
                                     {"working_dir", "WorkingDir"},
                                     {"hostname", "Hostname"},
                                     {"stop_signal", "StopSignal"}}) {
    const std::string text = config.value(theirs, "");
    if (!text.empty()) out[ours] = text;
  }
  if (out.contains("working_dir")) out["working_dir"] = CleanPath(out["working_dir"]);
  const Json check = config.value("Healthcheck", Json());
  if (check.is_object() && !check.empty()) out["healthcheck"] = check;
  Strings mounts;
  for (const Json& m : host.value("Mounts", Json::array())) mounts.push_back(MountText(m));
  for (const Json& bind : host.value("Binds", Json::array()))
    mounts.push_back("bind " + bind.get<std::string>());
  Strings ports;
  const Json published = host.value("PortBindings", Json::object());
  for (const auto& [target, bindings] : published.items()) {
    for (const Json& b : bindings) {
      ports.push_back(PortText(b.value("HostIp", ""), b.value("HostPort", ""), target));
    }
  }
  Strings tmpfs;
  const Json in_memory = host.value("Tmpfs", Json::object());
  for (const auto& [path, options] : in_memory.items()) {
    tmpfs.push_back(options.get<std::string>().empty() ? path
                                                       : path + ":" + options.get<std::string>());
  }
  out["volumes"] = Sorted(std::move(mounts));
  out["ports"] = Sorted(std::move(ports));
  out["tmpfs"] = Sorted(std::move(tmpfs));
  out["cap_drop"] = CapabilityNames(host.value("CapDrop", Strings()));
  out["init"] = host.value("Init", false);
  out["read_only"] = host.value("ReadonlyRootfs", false);
  out["privileged"] = host.value("Privileged", false);
  return out;
}

/// Fills in what a container gets from its image where the spec says nothing.
void ApplyImageDefaults(Json& desired, const Json& image) {
  std::map<std::string, std::string> environment = EnvironmentMap(image.value("Env", Json()));
  for (const auto& [name, value] : desired["environment"].items())
    environment[name] = value.get<std::string>();
  desired["environment"] = environment;
  const Json entrypoint = image.value("Entrypoint", Json());
  const Json command = image.value("Cmd", Json());
  // An entrypoint of our own drops the image's command; an empty one ("none") does not.
  const bool own_entrypoint = !desired.value("entrypoint", Json::array()).empty();
  if (!desired.contains("command") && !own_entrypoint && command.is_array() && !command.empty()) {
    desired["command"] = command;
  }
  if (!desired.contains("entrypoint") && entrypoint.is_array() && !entrypoint.empty()) {
    desired["entrypoint"] = entrypoint;
  }
  for (const auto& [ours, theirs] :
       {std::pair{"user", "User"}, {"working_dir", "WorkingDir"}, {"stop_signal", "StopSignal"}}) {
    const std::string text = image.value(theirs, "");
    if (desired.contains(ours) || text.empty()) continue;
    desired[ours] = theirs == std::string_view("WorkingDir") ? CleanPath(text) : text;
  }
  const Json check = image.value("Healthcheck", Json());
  if (check.is_object() && !check.empty()) {
    Json merged = check;
    if (desired.contains("healthcheck")) merged.update(desired["healthcheck"]);
    desired["healthcheck"] = merged;
  }
}

bool LooksSecret(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  static constexpr std::string_view kWords[] = {"PASSWORD", "PASSWD", "SECRET",
                                                "TOKEN",    "KEY",    "CREDENTIAL"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return upper.find(word) != std::string::npos; });
}

std::string ValueText(const Json& value) {
  if (value.is_null()) return kNone;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    Strings parts;
    for (const Json& item : value)
      parts.push_back(item.is_string() ? item.get<std::string>() : item.dump());
    return parts.empty() ? kNone : "[" + Join(parts, ", ") + "]";
  }
  return value.dump();
}

/// `object` without what `pattern` does not mention.
Json OnlyMembersOf(const Json& pattern, const Json& object) {
  Json out = Json::object();
  for (const auto& [name, ignored] : pattern.items()) {
    if (object.is_object() && object.contains(name)) out[name] = object[name];
  }
  return out;
}

void CompareEnvironment(const std::string& path, const Json& desired, const Json& actual,
                        bool have_image, std::vector<FieldDiff>& out) {
  const auto add = [&](const std::string& name, const Json& want, const Json& is) {
    const bool secret = LooksSecret(name);
    out.push_back(
        {path + "." + name, secret ? "" : ValueText(is), secret ? "" : ValueText(want), secret});
  };
  for (const auto& [name, value] : desired.items()) {
    const auto found = actual.find(name);
    if (found == actual.end()) {
      add(name, value, Json());
    } else if (*found != value) {
      add(name, value, *found);
    }
  }
  if (!have_image) return;  // what the image brings is unknown: an extra variable may be its own
  for (const auto& [name, value] : actual.items()) {
    if (!desired.contains(name)) add(name, Json(), value);
  }
}

}  // namespace

Json CanonicalService(const AppSpec& app, const ServiceSpec& service) {
  Json out = Json::object();
  out["image"] = service.image;
  out["environment"] = service.environment;
  if (service.command && !service.command->empty()) out["command"] = *service.command;
  if (service.entrypoint) out["entrypoint"] = *service.entrypoint;
  for (const auto& [name, text] : {std::pair{"user", &service.user},
                                   {"working_dir", &service.working_dir},
                                   {"hostname", &service.hostname},
                                   {"stop_signal", &service.stop_signal}}) {
    if (!text->empty()) out[name] = *text;
  }
  if (out.contains("working_dir")) out["working_dir"] = CleanPath(service.working_dir);
  if (service.healthcheck) {
    const Json check = HealthcheckBody(*service.healthcheck);
    if (!check.empty()) out["healthcheck"] = check;
  }
  Strings mounts;
  for (const Mount& m : service.mounts) {
    const std::string source =
        m.type == "volume" && !m.source.empty() ? VolumeName(app, m.source) : m.source;
    mounts.push_back(MountText(source, m));
  }
  Strings ports;
  for (const Port& p : service.ports)
    ports.push_back(PortText(p.host_ip, p.published, TargetText(p)));
  out["volumes"] = Sorted(std::move(mounts));
  out["ports"] = Sorted(std::move(ports));
  out["tmpfs"] = Sorted(service.tmpfs);
  out["cap_drop"] = CapabilityNames(service.cap_drop);
  out["init"] = service.init;
  out["read_only"] = service.read_only;
  out["privileged"] = service.privileged;
  if (!service.labels.empty()) out["labels"] = service.labels;
  return out;
}

std::string ServiceDigest(const HostKey& key, const AppSpec& app, const ServiceSpec& service) {
  return key.Digest(
      CanonicalService(app, service).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json CreateBody(const AppSpec& app, const ServiceSpec& service) {
  Json env = Json::array();
  for (const auto& [name, value] : service.environment) env.push_back(name + "=" + value);
  Json body = {{"Image", service.image}, {"Env", std::move(env)}};
  if (service.command) body["Cmd"] = *service.command;
  if (service.entrypoint) body["Entrypoint"] = *service.entrypoint;
  for (const auto& [name, text] : {std::pair{"User", &service.user},
                                   {"WorkingDir", &service.working_dir},
                                   {"Hostname", &service.hostname},
                                   {"StopSignal", &service.stop_signal}}) {
    if (!text->empty()) body[name] = *text;
  }
  if (service.stop_grace_period) {
    body["StopTimeout"] =
        std::chrono::ceil<std::chrono::seconds>(*service.stop_grace_period).count();
  }
  if (service.healthcheck) body["Healthcheck"] = HealthcheckBody(*service.healthcheck);
  Json host = {{"NetworkMode", app.NetworkName()}, {"RestartPolicy", RestartBody(service.restart)}};
  host.update(UpdateBody(service));
  host["Mounts"] = MountsBody(app, service);
  if (service.init) host["Init"] = true;
  if (service.read_only) host["ReadonlyRootfs"] = true;
  if (service.privileged) host["Privileged"] = true;
  if (!service.cap_drop.empty()) host["CapDrop"] = service.cap_drop;
  for (const std::string& entry : service.tmpfs) {
    const size_t colon = entry.find(':');
    host["Tmpfs"][entry.substr(0, colon)] =
        colon == std::string::npos ? "" : entry.substr(colon + 1);
  }
  for (const Port& p : service.ports) {
    body["ExposedPorts"][TargetText(p)] = Json::object();
    host["PortBindings"][TargetText(p)].push_back(
        {{"HostIp", p.host_ip}, {"HostPort", p.published == "0" ? "" : p.published}});
  }
  body["HostConfig"] = std::move(host);
  return body;
}

Json EndpointBody(const ServiceSpec& service, const std::string& address) {
  return {{"Aliases", {service.name}}, {"IPAMConfig", {{"IPv4Address", address}}}};
}

std::vector<FieldDiff> CompareContainer(const AppSpec& app, const ServiceSpec& service,
                                        const ObservedContainer& actual, const ImageInfo* image) {
  std::vector<FieldDiff> diffs;
  if (!actual.details) return diffs;
  Json desired = CanonicalService(app, service);
  if (image != nullptr) ApplyImageDefaults(desired, image->config);
  const Json is = CanonicalContainer(actual);
  const std::string base = "services." + service.name + ".";
  for (const auto& [field, value] : desired.items()) {
    if (field == "labels" || field == "environment") continue;
    Json now = is.value(field, Json());
    if (field == "entrypoint" && now.is_null()) now = Json::array();
    if (field == "healthcheck" && image == nullptr) now = OnlyMembersOf(value, now);
    if (now != value) diffs.push_back({base + field, ValueText(now), ValueText(value)});
  }
  // What the spec and the image leave unset but the container has.
  for (const char* field :
       {"command", "entrypoint", "user", "working_dir", "stop_signal", "healthcheck"}) {
    if (image != nullptr && !desired.contains(field) && is.contains(field)) {
      if (field == std::string_view("stop_signal") && is[field] == "SIGTERM") continue;
      diffs.push_back({base + field, ValueText(is[field]), ValueText(Json())});
    }
  }
  CompareEnvironment(base + "environment", desired["environment"], is["environment"],
                     image != nullptr, diffs);
  for (const auto& [name, value] : service.labels) {
    if (actual.summary.Label(name) != value) {
      diffs.push_back({base + "labels." + name, actual.summary.Label(name), value});
    }
  }
  std::sort(diffs.begin(), diffs.end());
  return diffs;
}

std::vector<FieldDiff> CompareInPlace(const ServiceSpec& service, const ContainerDetails& actual) {
  std::vector<FieldDiff> diffs;
  const std::string base = "services." + service.name + ".";
  const auto memory = actual.host_config.value("Memory", 0LL);
  const auto cpus = actual.host_config.value("NanoCpus", 0LL);
  const auto size = [](long long bytes) { return bytes == 0 ? kNone : FormatByteCount(bytes); };
  const auto count = [](long long nano) {
    return nano == 0 ? kNone : fmt::format("{}", static_cast<double>(nano) / kNanosecondsPerCpu);
  };
  if (memory != service.memory) {
    diffs.push_back({base + "deploy.resources.limits.memory", size(memory), size(service.memory)});
  }
  if (cpus != service.nano_cpus) {
    diffs.push_back({base + "deploy.resources.limits.cpus", count(cpus), count(service.nano_cpus)});
  }
  const std::string restart =
      RestartText(actual.host_config.value("RestartPolicy", Json::object()));
  const std::string wanted = RestartText(RestartBody(service.restart));
  if (restart != wanted) diffs.push_back({base + "restart", restart, wanted});
  return diffs;
}

bool LiftsLimit(const FieldDiff& in_place) { return in_place.desired == kNone; }

Json UpdateBody(const ServiceSpec& service) {
  Json body = {{"RestartPolicy", RestartBody(service.restart)}};
  if (service.memory > 0) {
    body["Memory"] = service.memory;
    body["MemorySwap"] = service.memory * 2;  // the engine's own default, and never below Memory
  }
  if (service.nano_cpus > 0) body["NanoCpus"] = service.nano_cpus;
  return body;
}

}  // namespace mooring::docker
