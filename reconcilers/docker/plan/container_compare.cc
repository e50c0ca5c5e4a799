// SPDX-License-Identifier: Apache-2.0
// A container as inspected, held against its spec.
#include "controller/base/text.h"
#include "reconcilers/docker/plan/canonical_text.h"
#include "reconcilers/docker/plan/container_spec.h"
#include "reconcilers/docker/plan/file_mounts.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/secret_words.h"

namespace mooring::docker {
namespace {

using Strings = std::vector<std::string>;

constexpr double kNanosecondsPerCpu = 1e9;
constexpr char kNone[] = "(none)";

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

/// `folder`: the App's own, where its files with secrets lie.
bool IsSecretFile(const Json& mount, const std::string& folder) {
  return mount.value("Source", "").starts_with(folder + "/");
}

/// A volume without a name that the container has from the one before it, by its generated name.
bool IsUnnamed(const Json& mount, const ServiceSpec& service) {
  const std::string target = CleanPath(mount.value("Target", ""));
  return IsGeneratedName(mount.value("Source", "")) &&
         std::ranges::any_of(service.mounts, [&](const Mount& wanted) {
           return wanted.IsUnnamed() && CleanPath(wanted.target) == target;
         });
}

Json WithoutSource(Json mount) {
  mount.erase("Source");
  return mount;
}

/// The container as inspected, in the canonical form; files with secrets and of the repository are
/// no volumes of it.
Json CanonicalContainer(const ObservedContainer& container, const AppSpec& app,
                        const ServiceSpec& service) {
  const std::string folder = app.SecretFolder();
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
  for (const Json& m : host.value("Mounts", Json::array())) {
    if (IsSecretFile(m, folder) || IsRepositoryFile(app, m)) continue;
    mounts.push_back(MountText(IsUnnamed(m, service) ? WithoutSource(m) : m));
  }
  for (const Json& bind : host.value("Binds", Json::array())) mounts.push_back(BindText(bind));
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

/// A difference between two values of `path`; they stay hidden when `name` or either of them looks
/// like a secret.
FieldDiff Diff(std::string path, std::string_view name, const std::string& is,
               const std::string& want) {
  if (HasSecretWord(name) || HasUserInfo(is) || HasUserInfo(want))
    return {std::move(path), "", "", true};
  return {std::move(path), is, want, false};
}

/// An option that is none of the engine's: it stands for other fields.
bool IsOfTheCommandLine(const Json& security_option) {
  return security_option.get_ref<const std::string&>().starts_with("systempaths");
}

/// The same for a field of the service; what is run may hold a secret in its arguments.
FieldDiff FieldDiffOf(const std::string& base, const std::string& field, const Json& is,
                      const Json& want) {
  const std::string before = ValueText(is);
  const std::string after = ValueText(want);
  const bool runs = field == "command" || field == "entrypoint" || field == "healthcheck";
  if (runs && (HasSecretArgument(before) || HasSecretArgument(after)))
    return {base + field, "", "", true};
  return Diff(base + field, "", before, after);
}

/// `object` without what `pattern` does not mention.
Json OnlyMembersOf(const Json& pattern, const Json& object) {
  Json out = Json::object();
  for (const auto& [name, ignored] : pattern.items()) {
    if (object.is_object() && object.contains(name)) out[name] = object[name];
  }
  return out;
}

/// `secret`: variables that get, or got, a value of a Secret; they are compared elsewhere, or not
/// shown.
void CompareEnvironment(const std::string& path, const Json& desired, const Json& actual,
                        bool have_image, const std::set<std::string>& secret,
                        std::vector<FieldDiff>& out) {
  const auto add = [&](const std::string& name, const Json& want, const Json& is) {
    if (secret.contains(name)) {
      out.push_back({path + "." + name, "", "", true});
      return;
    }
    out.push_back(Diff(path + "." + name, name, ValueText(is), ValueText(want)));
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

bool IsEngineField(const std::string& word) {
  const auto fields = EngineFields();
  return std::ranges::any_of(fields, [&](const EngineField& f) { return f.word == word; });
}

/// What the container has of a field; what the engine adds to it is left out.
Json ActualOf(const EngineField& field, const ContainerDetails& details, const Json& want) {
  const bool of_host = field.section == std::string_view("HostConfig");
  const Json& section = of_host ? details.host_config : details.config;
  const Json is = field.canonical(section.value(field.name, Json()));
  if (field.adds && want.is_object()) {
    const Json wanted = OnlyMembersOf(want, is);
    return wanted.empty() ? Json() : wanted;
  }
  if (field.word != std::string_view("security_opt") || !is.is_array()) return is;
  // It goes with privileged and with the host's processes.
  Json kept = Json::array();
  for (const Json& option : is) {
    const bool asked = want.is_array() && std::ranges::find(want, option) != want.end();
    if (asked || option != "label=disable") kept.push_back(option);
  }
  return kept.empty() ? Json() : kept;
}

/// The fields that go to the engine as they are, those that can be changed in place or the others.
void CompareSettings(const ServiceSpec& service, const ContainerDetails& details, bool in_place,
                     std::vector<FieldDiff>& out) {
  for (const EngineField& field : EngineFields()) {
    if (field.in_place != in_place) continue;
    const auto setting = service.settings.find(field.word);
    const bool given = setting != service.settings.end();
    if (!given && field.unset == EngineField::Unset::kEngines) continue;
    Json want = given ? field.canonical(setting->second.value) : Json();
    if (want.is_array() && field.word == std::string_view("security_opt")) {
      std::erase_if(want.get_ref<Json::array_t&>(), IsOfTheCommandLine);
      if (want.empty()) want = Json();
    }
    const Json is = ActualOf(field, details, want);
    if (want.is_string() && !SharedService(want.get<std::string>()).empty()) {
      want = service.ModeOf(want.get<std::string>());
      if (want == "") continue;  // the other container is not there: see what it becomes
    }
    if (is == want) continue;
    const std::string path = given ? setting->second.path : field.word;
    out.push_back(FieldDiffOf("services." + service.name + ".", path, is, want));
  }
}

/// A network is connected and disconnected; how a container has one at all is for its whole life.
void CompareNetworkMode(const ServiceSpec& service, const ContainerDetails& details,
                        std::vector<FieldDiff>& out) {
  const std::string is = details.host_config.value("NetworkMode", "");
  const std::string want = service.ModeOf(service.network_mode);
  const auto is_fixed = [](const std::string& mode) {
    return mode == "host" || mode == "none" || mode.starts_with("container:");
  };
  if (!service.network_mode.empty() && want.empty()) return;
  if (is == want || is.empty() || (want.empty() && !is_fixed(is))) return;
  if (want == "bridge" && is == "default") return;
  out.push_back({"services." + service.name + ".network_mode", is_fixed(is) ? is : "networks",
                 want.empty() ? kNone : service.network_mode});
}

/// By the base name of a path, the id of the key that it was made with.
std::string_view KeyIdOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  return name.substr(0, name.find('-'));
}

/// Files by their place in the container. A path of another key tells nothing of its content; while
/// the file is there and the spec is as it was, nothing is recreated for it.
void CompareSecretFiles(const std::string& base, const AppSpec& app, const ServiceSpec& service,
                        const Json& host_config, std::vector<FieldDiff>& out) {
  std::map<std::string, std::string> actual;
  for (const Json& mount : host_config.value("Mounts", Json::array())) {
    if (IsSecretFile(mount, app.SecretFolder()))
      actual[mount.value("Target", "")] = mount.value("Source", "");
  }
  for (const SecretFile& file : service.secret_files) {
    const auto found = actual.find(file.target);
    const bool same = found != actual.end() && (found->second == file.path ||
                                                (KeyIdOf(found->second) != KeyIdOf(file.path) &&
                                                 app.adopted_files.contains(found->second)));
    if (!same) out.push_back({base + "secrets." + file.name, "", "", true});
    if (found != actual.end()) actual.erase(found);
  }
  if (!actual.empty()) out.push_back({base + "secrets", "", "", true});
}

}  // namespace

std::vector<FieldDiff> CompareContainer(const AppSpec& app, const ServiceSpec& service,
                                        const ObservedContainer& actual, const ImageInfo* image) {
  std::vector<FieldDiff> diffs;
  if (!actual.details) return diffs;
  Json desired = CanonicalService(app, service);
  if (image != nullptr) ApplyImageDefaults(desired, image->config);
  for (const auto& [name, variable] : service.secret_environment) {
    desired["environment"][name] = variable.value.Reveal();
  }
  const Json is = CanonicalContainer(actual, app, service);
  const std::string base = "services." + service.name + ".";
  for (const auto& [field, value] : desired.items()) {
    static const std::set<std::string> kApart = {"labels", "environment", "secrets",     "platform",
                                                 "files",  "networks",    "network_mode"};
    if (kApart.contains(field) || IsEngineField(field)) continue;
    Json now = is.value(field, Json());
    if (field == "entrypoint" && now.is_null()) now = Json::array();
    if (field == "healthcheck" && image == nullptr) now = OnlyMembersOf(value, now);
    if (now != value) diffs.push_back(FieldDiffOf(base, field, now, value));
  }
  // What the spec and the image leave unset but the container has.
  for (const char* field :
       {"command", "entrypoint", "user", "working_dir", "stop_signal", "healthcheck"}) {
    if (image != nullptr && !desired.contains(field) && is.contains(field)) {
      if (field == std::string_view("stop_signal") && is[field] == "SIGTERM") continue;
      diffs.push_back(FieldDiffOf(base, field, is[field], Json()));
    }
  }
  CompareSettings(service, *actual.details, false, diffs);
  CompareNetworkMode(service, *actual.details, diffs);
  std::set<std::string> secret = SecretVariables(actual.summary->Label(label::kSecrets));
  for (const auto& [name, variable] : service.secret_environment) secret.insert(name);
  CompareEnvironment(base + "environment", desired["environment"], is["environment"],
                     image != nullptr, secret, diffs);
  CompareSecretFiles(base, app, service, actual.details->host_config, diffs);
  CompareFileMounts(base, app, service, actual.details->host_config, diffs);
  for (const auto& [name, value] : service.labels) {
    if (actual.summary->Label(name) != value) {
      diffs.push_back(Diff(base + "labels." + name, name, actual.summary->Label(name), value));
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
    diffs.push_back({base + service.memory_path, size(memory), size(service.memory)});
  }
  if (cpus != service.nano_cpus) {
    diffs.push_back({base + service.cpus_path, count(cpus), count(service.nano_cpus)});
  }
  const long long swap = actual.host_config.value("MemorySwap", 0LL);
  // Without accounting of swap the engine has no limit of it, whatever it is asked for.
  const bool usual = service.memory_swap == 0 && (swap <= 0 || memory != service.memory);
  if (!usual && swap != SwapOf(service)) {
    const auto text = [&](long long bytes) { return bytes < 0 ? "-1" : size(bytes); };
    diffs.push_back({base + "memswap_limit", text(swap), text(SwapOf(service))});
  }
  CompareSettings(service, actual, true, diffs);
  const std::string restart =
      RestartText(actual.host_config.value("RestartPolicy", Json::object()));
  const std::string wanted = RestartText(RestartBody(service.restart));
  if (restart != wanted) diffs.push_back({base + "restart", restart, wanted});
  return diffs;
}

bool LiftsLimit(const FieldDiff& in_place) { return in_place.desired == kNone; }

}  // namespace mooring::docker
