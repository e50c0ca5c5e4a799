// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/export_service.h"

#include <algorithm>
#include <set>

#include "controller/base/json_pointer.h"
#include "controller/base/text.h"
#include "reconcilers/docker/plan/canonical_text.h"
#include "reconcilers/docker/plan/export_gaps.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/secret_words.h"

namespace mooring::docker {
namespace {

using Ordered = nlohmann::ordered_json;
using Strings = std::vector<std::string>;

constexpr size_t kShortId = 12;
constexpr char kSecretComment[] = "CHANGE-ME stands for a secret, which is not printed";

Json Member(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found == object.end() ? Json() : *found;
}

std::string Text(const Json& object, const char* name) {
  const Json value = Member(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

Strings List(const Json& object, const char* name) {
  const Json value = Member(object, name);
  return value.is_array() ? value.get<Strings>() : Strings();
}

/// The spec takes a dollar sign for the start of a variable, and two for one.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

/// "8s", "1500ms".
std::string DurationText(long long nanoseconds) {
  constexpr long long kMillisecond = 1'000'000;
  const long long milliseconds = nanoseconds / kMillisecond;
  return milliseconds % 1000 == 0 ? fmt::format("{}s", milliseconds / 1000)
                                  : fmt::format("{}ms", milliseconds);
}

std::string MemoryText(long long bytes) {
  constexpr long long kMebibyte = 1 << 20;
  return bytes % kMebibyte == 0 ? fmt::format("{}M", bytes / kMebibyte) : fmt::format("{}", bytes);
}

std::map<std::string, std::string> Variables(const Strings& list) {
  std::map<std::string, std::string> map;
  for (const std::string& item : list) {
    const size_t equal = item.find('=');
    map[item.substr(0, equal)] = equal == std::string::npos ? "" : item.substr(equal + 1);
  }
  return map;
}

/// The arguments with what looks like a secret replaced; true when there was one.
bool HideSecrets(Strings& arguments) {
  bool hidden = false;
  bool next_is_secret = false;
  for (std::string& argument : arguments) {
    const bool is_secret = std::exchange(next_is_secret, false) && !argument.starts_with('-');
    const size_t sign = argument.find_first_of("=:");
    const bool one_word = argument.find_first_of(" \t\n") == std::string::npos;
    if (is_secret || HasUserInfo(argument)) {
      argument = kChangeMe;
    } else if (HasSecretArgument(argument) && !one_word) {
      argument = kChangeMe;
    } else if (HasSecretArgument(argument) && sign != std::string::npos) {
      argument = argument.substr(0, sign + 1) + kChangeMe;
    } else {
      next_is_secret = HasSecretArgument(argument);
      continue;
    }
    hidden = true;
  }
  return hidden;
}

/// Collects one service, in the order in which people write its fields.
class Exporter {
 public:
  Exporter(const ContainerFacts& container, const ExportNames& names)
      : names_(names),
        inspect_(container.inspect),
        config_(Member(container.inspect, "Config")),
        host_(Member(container.inspect, "HostConfig")),
        image_(container.image_config) {}

  ExportedService Run() {
    AddImage();
    AddProgram();
    AddEnvironment();
    AddPorts();
    AddMounts();
    AddHealthcheck();
    AddRuntime();
    AddLimits();
    AddLabels();
    for (const std::string& gap : ExportGaps(inspect_, names_.networks)) Gap(gap);
    return std::move(out_);
  }

 private:
  void Say(const std::string& field, std::string text) {
    out_.comments["/" + field].push_back(std::move(text));
  }
  /// What the spec cannot say, above everything else of the service.
  void Gap(const std::string& what) { Say("image", "not exported: " + what); }

  void AddImage() {
    std::string image = Text(config_, "Image");
    const size_t slash = image.rfind('/');
    const size_t start = slash == std::string::npos ? 0 : slash;
    if (image.starts_with("sha256:"))
      Say("image", "it was started from an image without a name; name one that a registry has");
    else if (image.find_first_of(":@", start) == std::string::npos)
      image += ":latest";
    out_.fields["image"] = image;
    if (image_.is_null())
      Say("image", "its image is not on this host any more: what it brought stands here as well");
  }

  void AddArguments(const char* field, Strings arguments) {
    if (HideSecrets(arguments)) Say(field, kSecretComment);
    for (std::string& argument : arguments) argument = Escaped(argument);
    out_.fields[field] = std::move(arguments);
  }

  void AddProgram() {
    const Strings entrypoint = List(config_, "Entrypoint");
    const Strings command = List(config_, "Cmd");
    // An entrypoint of its own drops the image's command.
    const bool own = entrypoint != List(image_, "Entrypoint");
    if (own) AddArguments("entrypoint", entrypoint);
    if (!command.empty() && (own || command != List(image_, "Cmd")))
      AddArguments("command", command);
  }

  void AddEnvironment() {
    const auto inherited = Variables(List(image_, "Env"));
    const auto labels = config_.find("Labels");
    const bool has_labels = labels != config_.end() && labels->is_object();
    const std::set<std::string> secret =
        SecretVariables(has_labels ? labels->value(label::kSecrets, "") : "");
    Ordered environment = Ordered::object();
    for (const auto& [name, value] : Variables(List(config_, "Env"))) {
      const auto same = inherited.find(name);
      if (same != inherited.end() && same->second == value) continue;
      if (name.empty() || name.find_first_of(" \t\n") != std::string::npos) {
        Gap("environment variable with a blank in its name");
        continue;
      }
      environment[name] = secret.contains(name) ? HiddenAs("environment", name)
                                                : Hidden("environment", name, value);
    }
    if (!environment.empty()) out_.fields["environment"] = std::move(environment);
  }

  /// The value, or what stands for it.
  std::string Hidden(const std::string& field, const std::string& name, const std::string& value) {
    if (value.empty() || (!HasSecretWord(name) && !HasUserInfo(value))) return Escaped(value);
    return HiddenAs(field, name);
  }
  std::string HiddenAs(const std::string& field, const std::string& name) {
    Say(field + "/" + EscapePointer(name), kSecretComment);
    return kChangeMe;
  }

  void AddPorts() {
    Strings ports;
    const Json published = Member(host_, "PortBindings");
    for (const auto& [target, bindings] : published.items()) {
      const std::string port =
          target.ends_with("/tcp") ? target.substr(0, target.size() - 4) : target;
      if (!target.ends_with("/tcp") && !target.ends_with("/udp")) {
        Gap("port " + target);
        continue;
      }
      for (const Json& binding : bindings) {
        std::string ip = Text(binding, "HostIp");
        const std::string on_host = Text(binding, "HostPort");
        if (ip.find(':') != std::string::npos) ip = "[" + ip + "]";
        const std::string front = ip.empty() ? "" : ip + ":";
        const bool any = on_host.empty() || on_host == "0";
        ports.push_back(any && front.empty() ? port : front + (any ? "" : on_host) + ":" + port);
      }
    }
    std::sort(ports.begin(), ports.end());
    if (!ports.empty()) out_.fields["ports"] = std::move(ports);
  }

  /// The key in spec.volumes of a volume on the engine.
  std::string VolumeKey(const std::string& name) {
    const bool ours = name.starts_with(names_.prefix) && name.size() > names_.prefix.size();
    std::string key = ours ? name.substr(names_.prefix.size()) : name;
    const bool made_here = ours && Text(Member(config_, "Labels"), "mooring.dev/name") != "";
    out_.volumes[key] = made_here ? Json::object() : Json{{"name", name}, {"external", true}};
    return key;
  }

  void AddVolume(const std::string& source, const std::string& target, bool read_only) {
    const std::string from = source.starts_with('/') ? source : VolumeKey(source);
    mounts_.push_back(Escaped(from + ":" + target + (read_only ? ":ro" : "")));
    seen_.insert(CleanPath(target));
  }

  void AddBind(const std::string& bind) {
    const size_t first = bind.find(':');
    if (first == std::string::npos) return;  // without a source the engine makes one: see below
    const size_t second = bind.find(':', first + 1);
    const std::string options = second == std::string::npos ? "" : bind.substr(second + 1);
    const std::string target = bind.substr(first + 1, second - first - 1);
    bool read_only = false;
    for (const std::string& option : Split(options, ',')) {
      if (option == "ro") read_only = true;
      if (!option.empty() && option != "ro" && option != "rw")
        Gap(fmt::format("option {} of the mount at {}", option, target));
    }
    AddVolume(bind.substr(0, first), target, read_only);
  }

  void AddMount(const Json& mount) {
    const std::string type = Text(mount, "Type");
    const std::string target = Text(mount, "Target");
    const std::string source = Text(mount, "Source");
    const bool read_only = Member(mount, "ReadOnly") == Json(true);
    if (type == "tmpfs") {
      Ordered entry = {{"type", "tmpfs"}, {"target", target}};
      if (read_only) entry["read_only"] = true;
      const Json options = Member(mount, "TmpfsOptions");
      if (options.is_object() && options.value("SizeBytes", 0LL) > 0)
        entry["tmpfs"]["size"] = fmt::format("{}", options["SizeBytes"].get<long long>());
      if (options.is_object() && options.value("Mode", 0) > 0)
        entry["tmpfs"]["mode"] = fmt::format("{:o}", options["Mode"].get<int>());
      mounts_.push_back(std::move(entry));
    } else if (type == "volume" && (source.empty() || IsGeneratedName(source))) {
      Ordered entry = {{"type", "volume"}, {"target", target}};
      if (read_only) entry["read_only"] = true;
      mounts_.push_back(std::move(entry));
    } else if (type == "volume" || type == "bind") {
      AddVolume(source, target, read_only);
      for (const char* options : {"BindOptions", "VolumeOptions"}) {
        if (const Json more = Member(mount, options); more.is_object() && !more.empty())
          Gap(fmt::format("{} of the mount at {}", options, target));
      }
    } else {
      Gap(fmt::format("mount of type {} at {}", type, target));
    }
    seen_.insert(CleanPath(target));
  }

  void AddMounts() {
    for (const std::string& bind : List(host_, "Binds")) AddBind(bind);
    for (const Json& mount : Member(host_, "Mounts")) AddMount(mount);
    // What is there beside them lies in volumes without a name, which a new container lacks.
    for (const Json& mount : Member(inspect_, "Mounts")) {
      const std::string target = Text(mount, "Destination");
      if (Text(mount, "Type") != "volume" || seen_.contains(CleanPath(target))) continue;
      Gap(fmt::format(
          "what lies in the unnamed volume at {} ({}); a new container begins empty there", target,
          Text(mount, "Name").substr(0, kShortId)));
    }
    if (!mounts_.empty()) out_.fields["volumes"] = mounts_;
    Strings tmpfs;
    const Json in_memory = Member(host_, "Tmpfs");
    for (const auto& [path, options] : in_memory.items()) {
      const std::string text = options.is_string() ? options.get<std::string>() : "";
      tmpfs.push_back(text.empty() ? path : path + ":" + text);
    }
    if (!tmpfs.empty()) out_.fields["tmpfs"] = std::move(tmpfs);
  }

  void AddHealthcheck() {
    const Json check = Member(config_, "Healthcheck");
    const Json own = Member(image_, "Healthcheck");
    if (!check.is_object() || check.empty() || check == own) return;
    Strings test = List(check, "Test");
    if (!test.empty() && test.front() == "NONE") {
      out_.fields["healthcheck"] = {{"disable", true}};
      return;
    }
    Ordered spec = Ordered::object();
    if (!test.empty() && test != List(own, "Test")) {
      if (HideSecrets(test)) Say("healthcheck/test", kSecretComment);
      for (std::string& word : test) word = Escaped(word);
      spec["test"] = std::move(test);
    }
    for (const auto& [ours, theirs] : {std::pair{"interval", "Interval"},
                                       {"timeout", "Timeout"},
                                       {"start_period", "StartPeriod"}}) {
      const long long value = check.value(theirs, 0LL);
      if (value > 0 && Member(own, theirs) != Json(value)) spec[ours] = DurationText(value);
    }
    const int retries = check.value("Retries", 0);
    if (retries > 0 && Member(own, "Retries") != Json(retries)) spec["retries"] = retries;
    if (check.value("StartInterval", 0LL) > 0) Gap("healthcheck.start_interval");
    if (!spec.empty()) out_.fields["healthcheck"] = std::move(spec);
  }

  void AddRuntime() {
    const std::string mode = Text(host_, "NetworkMode");
    if (mode == "host" || mode == "none") out_.fields["network_mode"] = mode;
    const std::string restart = RestartText(Member(host_, "RestartPolicy"));
    if (restart != "unless-stopped") out_.fields["restart"] = restart;
    for (const auto& [ours, theirs] : {std::pair{"user", "User"},
                                       {"working_dir", "WorkingDir"},
                                       {"stop_signal", "StopSignal"}}) {
      const std::string text = Text(config_, theirs);
      if (!text.empty() && text != Text(image_, theirs)) out_.fields[ours] = Escaped(text);
    }
    const std::string hostname = Text(config_, "Hostname");
    const bool chosen = !hostname.empty() && !Text(inspect_, "Id").starts_with(hostname);
    if (chosen && Text(host_, "NetworkMode") != "host") out_.fields["hostname"] = hostname;
    if (const Json grace = Member(config_, "StopTimeout"); grace.is_number_integer())
      out_.fields["stop_grace_period"] = fmt::format("{}s", grace.get<long long>());
    if (Member(host_, "Init") == Json(true)) out_.fields["init"] = true;
    if (Member(host_, "ReadonlyRootfs") == Json(true)) out_.fields["read_only"] = true;
    if (Strings drop = List(host_, "CapDrop"); !drop.empty()) out_.fields["cap_drop"] = drop;
  }

  void AddLimits() {
    const long long memory = Number("Memory");
    const long long cpus = Number("NanoCpus");
    Ordered limits = Ordered::object();
    if (cpus > 0) limits["cpus"] = fmt::format("{}", static_cast<double>(cpus) / 1e9);
    if (memory > 0) limits["memory"] = MemoryText(memory);
    if (!limits.empty()) out_.fields["deploy"]["resources"]["limits"] = std::move(limits);
  }

  long long Number(const char* name) const {
    const Json value = Member(host_, name);
    return value.is_number_integer() ? value.get<long long>() : 0;
  }

  void AddLabels() {
    const Json inherited = Member(image_, "Labels");
    Ordered labels = Ordered::object();
    const Json all = Member(config_, "Labels");
    for (const auto& [name, value] : all.items()) {
      const bool theirs =
          name.starts_with("mooring.dev/") || name.starts_with("com.docker.compose.");
      if (theirs || !value.is_string() || Member(inherited, name.c_str()) == value) continue;
      if (name.find_first_of("= \t\n") != std::string::npos) {
        Gap("label " + name);
        continue;
      }
      labels[name] = Hidden("labels", name, value.get<std::string>());
    }
    if (!labels.empty()) out_.fields["labels"] = std::move(labels);
  }

  const ExportNames& names_;
  const Json& inspect_;
  const Json config_;
  const Json host_;
  const Json& image_;
  ExportedService out_;
  Ordered mounts_ = Ordered::array();
  std::set<std::string> seen_;  ///< where something is mounted that is exported
};

}  // namespace

ExportedService ExportService(const ContainerFacts& container, const ExportNames& names) {
  return Exporter(container, names).Run();
}

}  // namespace mooring::docker
