// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/text.h"

namespace mooring {
namespace {

constexpr const char* kSystemDirectories[] = {"/etc", "/root", "/proc", "/sys", "/boot", "/dev"};

/// Whether `path` is `directory` or lies below it. Both in plain form.
bool IsWithin(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

void AddUnique(std::vector<std::string>* list, std::string value) {
  if (std::ranges::find(*list, value) == list->end()) list->push_back(std::move(value));
}

std::string Pointer(std::initializer_list<std::string> parts) {
  Json::json_pointer pointer;
  for (const std::string& part : parts) pointer.push_back(part);
  return pointer.to_string();
}

std::string StringOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The member of that type, or an empty one.
const Json& ObjectOf(const Json& object, const char* key) {
  static const Json kNone = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kNone;
}

}  // namespace

/// A host path that a container would see.
struct Policy::Mount {
  std::string source;
  std::string pointer;  ///< of the mount in the spec
  std::string name;     ///< "services.web", "volumes.data"
};

std::string PlainPath(std::string_view absolute) {
  std::vector<std::string> parts;
  for (std::string& part : Split(absolute, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return "/" + Join(parts, "/");
}

Policy::Policy(Options options) : resolve_(std::move(options.resolve)) {
  for (const std::string& socket : options.engine_sockets) {
    for (std::string& form : FormsOf(socket)) AddUnique(&sockets_, std::move(form));
  }
  std::vector<std::string> directories = std::move(options.own_directories);
  directories.insert(directories.end(), std::begin(kSystemDirectories),
                     std::end(kSystemDirectories));
  for (const std::string& directory : directories) {
    for (std::string& form : FormsOf(directory)) AddUnique(&sensitive_, std::move(form));
  }
}

std::vector<std::string> Policy::FormsOf(const std::string& path) const {
  // A ".." behind a symlink leads elsewhere than the text says, so both readings count.
  std::vector<std::string> forms = {PlainPath(path)};
  if (resolve_) {
    AddUnique(&forms, PlainPath(resolve_(path)));
    AddUnique(&forms, PlainPath(resolve_(forms.front())));
  }
  return forms;
}

std::string Policy::SocketBehind(const std::vector<std::string>& forms) const {
  for (const std::string& form : forms) {
    const auto found =
        std::ranges::find_if(sockets_, [&](const auto& socket) { return IsWithin(socket, form); });
    if (found != sockets_.end()) return *found;
  }
  const auto named =
      std::ranges::find_if(forms, [](const auto& form) { return form.ends_with("/docker.sock"); });
  return named == forms.end() ? "" : *named;
}

std::string Policy::SensitiveBehind(const std::vector<std::string>& forms) const {
  for (const std::string& form : forms) {
    for (const std::string& directory : sensitive_) {
      if (IsWithin(form, directory)) return form;
      if (IsWithin(directory, form)) return directory;
    }
  }
  return "";
}

void Policy::CheckMount(const Resource& resource, const Mount& mount,
                        std::vector<PolicyFinding>* findings) const {
  if (!mount.source.starts_with('/')) return;  // a named volume, or a file of the repository
  const std::vector<std::string> forms = FormsOf(mount.source);
  const auto add = [&](const char* rule, const std::string& target, std::string_view why) {
    const std::string way = target == mount.source ? "" : ", which leads to " + target;
    findings->push_back({rule, resource.LocationOf(mount.pointer),
                         fmt::format("{} mounts {}{}: {}", mount.name, mount.source, way, why),
                         mount.pointer});
  };
  if (const std::string socket = SocketBehind(forms); !socket.empty()) {
    add("container-docker-socket", socket,
        "whoever reaches the engine's socket is root on the host, read-only too; remove it, or "
        "give "
        "the container a filtering socket proxy");
  }
  if (const std::string place = SensitiveBehind(forms); !place.empty()) {
    add("mount-sensitive", place,
        "part of the host itself; use a named volume for data, configs or secrets for files");
  }
}

std::vector<PolicyFinding> Policy::Check(const Resource& resource) const {
  std::vector<PolicyFinding> findings;
  for (const auto& [name, service] : ObjectOf(resource.spec, "services").items()) {
    const std::string label = "services." + name;
    if (const auto privileged = service.find("privileged");
        privileged != service.end() && *privileged == true) {
      const std::string pointer = Pointer({"services", name, "privileged"});
      findings.push_back({"container-privileged", resource.LocationOf(pointer),
                          label + " is privileged, which makes it root on the host; remove it",
                          pointer});
    }
    const auto volumes = service.find("volumes");
    if (volumes == service.end() || !volumes->is_array()) continue;
    for (size_t i = 0; i < volumes->size(); ++i) {
      const Json& volume = (*volumes)[i];
      if (!volume.is_object()) continue;
      CheckMount(resource,
                 {StringOf(volume, "source"),
                  Pointer({"services", name, "volumes", std::to_string(i)}), label},
                 &findings);
    }
  }
  // A volume of the driver local may be a folder of the host by another name.
  for (const auto& [key, volume] : ObjectOf(resource.spec, "volumes").items()) {
    const Json& options = ObjectOf(volume, "driver_opts");
    CheckMount(resource,
               {StringOf(options, "device"), Pointer({"volumes", key, "driver_opts", "device"}),
                "volumes." + key},
               &findings);
  }
  return findings;
}

}  // namespace mooring
