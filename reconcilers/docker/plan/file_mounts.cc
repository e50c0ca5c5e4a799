// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/file_mounts.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/resource/repository_files.h"

namespace mooring::docker {
namespace {

constexpr size_t kIdDigits = 8;
constexpr size_t kVersionDigits = 32;
constexpr size_t kMostSlug = 40;
constexpr char kLive[] = "live";

std::string HexOf(std::string_view text, size_t digits) {
  return Sha256Hex(text).substr(0, digits);
}

/// "flags.yaml-3f2a9c01": a readable beginning and what tells it from all others of the App.
std::string IdOf(const FileObject& object) {
  const std::string_view source = object.source;
  std::string slug(source.substr(source.rfind('/') + 1));
  slug.resize(std::min(slug.size(), kMostSlug));
  for (char& c : slug) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
  }
  if (slug.starts_with('.')) slug[0] = '_';
  const std::string all = fmt::format("{}\n{} {} {:o} {} {} {}", source, object.uid, object.gid,
                                      object.mode, object.folder, object.live, object.keeps_edits);
  return slug + "-" + HexOf(all, kIdDigits);
}

uint32_t NumberAt(const Json& object, const char* key, const char* fallback, int base) {
  return static_cast<uint32_t>(std::strtoul(object.value(key, fallback).c_str(), nullptr, base));
}

/// What `files` says of each path.
class Reactions {
 public:
  explicit Reactions(const Json& spec) {
    for (const Json& file : spec.value("files", Json::array()))
      by_path_[file.value("path", "")] = file.value("onChange", "restart");
  }
  void Apply(const std::string& path, FileMount& mount) const {
    const auto found = by_path_.find(path);
    if (found == by_path_.end() || found->second == "restart") return;
    mount.on_change = found->second == "ignore" ? OnChange::kIgnore : OnChange::kSignal;
    if (mount.on_change == OnChange::kSignal)
      mount.signal = found->second.starts_with("SIG") ? found->second : "SIG" + found->second;
  }

 private:
  std::map<std::string, std::string> by_path_;
};

void TakeEntries(const Resource& resource, const std::string& path, FileObject& object) {
  object.source = path.substr(2);
  if (!resource.files) return;
  const auto entries = resource.files->At(path);
  object.entries.assign(entries.begin(), entries.end());
  object.folder = object.entries.size() != 1 || object.entries.front().path != object.source;
  object.digest = DigestOfEntries(object.entries, path);
  object.contents = resource.files->contents;
}

void TakeContent(const std::string& name, std::string text, FileObject& object) {
  object.source = "configs." + name;
  object.entries = {{.path = object.source, .blob_id = GitBlobId(text), .size = text.size()}};
  object.digest = DigestOfEntries(object.entries, object.source);
  object.content = std::make_shared<const std::string>(std::move(text));
}

void Finish(FileObject object, FileMount mount, ServiceSpec& service) {
  object.keeps_edits = !mount.read_only;
  object.live = object.keeps_edits || mount.on_change == OnChange::kSignal;
  object.id = IdOf(object);
  mount.object = std::make_shared<const FileObject>(std::move(object));
  service.files.push_back(std::move(mount));
}

void ParseConfigs(const Resource& resource, const Reactions& reactions, const Json& json,
                  ServiceSpec& service) {
  const Json declared = resource.spec.value("configs", Json::object());
  for (const Json& file : json.value("configs", Json::array())) {
    const std::string name = file.value("source", "");
    const Json config = declared.value(name, Json::object());
    FileObject object{.uid = NumberAt(file, "uid", "0", 10),
                      .gid = NumberAt(file, "gid", "0", 10),
                      .mode = NumberAt(file, "mode", "0444", 8)};
    FileMount mount{.target = file.value("target", name), .field = "configs." + name};
    if (!mount.target.starts_with('/')) mount.target = "/" + mount.target;
    if (config.contains("file")) {
      TakeEntries(resource, config.value("file", ""), object);
      reactions.Apply(config.value("file", ""), mount);
    } else {
      TakeContent(name, config.value("content", ""), object);
    }
    Finish(std::move(object), std::move(mount), service);
  }
}

void TakeBinds(const Resource& resource, const Reactions& reactions, ServiceSpec& service) {
  std::erase_if(service.mounts, [&](const Mount& m) {
    if (m.type != "bind" || !m.source.starts_with("./")) return false;
    FileObject object;
    FileMount mount{.target = m.target, .field = "volumes." + m.target, .read_only = m.read_only};
    TakeEntries(resource, m.source, object);
    reactions.Apply(m.source, mount);
    Finish(std::move(object), std::move(mount), service);
    return true;
  });
}

/// The part of a path on the host that is the same for all versions: up to the last slash.
std::string_view ParentOf(std::string_view path) { return path.substr(0, path.rfind('/')); }

/// "3f2a9c01" of a version, "live" of what has none.
std::string VersionOf(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1)).substr(0, kIdDigits);
}

}  // namespace

std::string FileObject::NameOf(const FileTree::Entry& entry) const {
  return entry.path.size() <= source.size() ? "" : entry.path.substr(source.size() + 1);
}

uint32_t FileObject::ModeOf(const FileTree::Entry& entry) const {
  if (mode != 0) return mode;
  return entry.executable ? 0755 : 0644;
}

const FileTree::Entry* FileObject::Find(const std::string& name) const {
  const auto found = std::ranges::find_if(
      entries, [&](const FileTree::Entry& entry) { return NameOf(entry) == name; });
  return found == entries.end() ? nullptr : &*found;
}

void ParseFileMounts(const Resource& resource, AppSpec& app) {
  const Reactions reactions(resource.spec);
  const Json services = resource.spec.value("services", Json::object());
  for (ServiceSpec& service : app.services) {
    ParseConfigs(resource, reactions, services.value(service.name, Json::object()), service);
    TakeBinds(resource, reactions, service);
  }
}

void PlaceFiles(AppSpec& app) {
  for (ServiceSpec& service : app.services) {
    for (FileMount& mount : service.files) {
      auto object = std::make_shared<FileObject>(*mount.object);
      object->path = fmt::format("{}/{}/{}", app.FileFolder(), object->id,
                                 object->live ? kLive : HexOf(object->digest, kVersionDigits));
      mount.object = std::move(object);
    }
  }
}

Json CanonicalFiles(const ServiceSpec& service) {
  Json files = Json::object();
  for (const FileMount& mount : service.files) {
    std::string what = mount.object->id + (mount.read_only ? " ro" : " rw");
    if (mount.on_change == OnChange::kRestart) what += " " + mount.object->digest;
    files[mount.target] = std::move(what);
  }
  return files;
}

void AddFileMounts(const ServiceSpec& service, Json& mounts) {
  for (const FileMount& mount : service.files) {
    Json body = {{"Type", "bind"}, {"Source", mount.object->path}, {"Target", mount.target}};
    if (mount.read_only) body["ReadOnly"] = true;
    mounts.push_back(std::move(body));
  }
}

bool IsRepositoryFile(const AppSpec& app, const Json& mount) {
  return !app.file_folder.empty() && mount.value("Source", "").starts_with(app.FileFolder() + "/");
}

void CompareFileMounts(const std::string& base, const AppSpec& app, const ServiceSpec& service,
                       const Json& host_config, std::vector<FieldDiff>& out) {
  std::map<std::string, Json> actual;
  for (const Json& mount : host_config.value("Mounts", Json::array())) {
    if (IsRepositoryFile(app, mount)) actual[mount.value("Target", "")] = mount;
  }
  for (const FileMount& mount : service.files) {
    const FileObject& object = *mount.object;
    const auto found = actual.find(mount.target);
    if (found == actual.end()) {
      out.push_back({base + mount.field, "(none)", ShortDigest(object.digest)});
      continue;
    }
    const std::string path = found->second.value("Source", "");
    const bool same = path == object.path || (mount.on_change == OnChange::kIgnore &&
                                              ParentOf(path) == ParentOf(object.path));
    if (!same) out.push_back({base + mount.field, VersionOf(path), VersionOf(object.path)});
    if (same && found->second.value("ReadOnly", false) != mount.read_only) {
      out.push_back({base + mount.field, mount.read_only ? "writable" : "read-only",
                     mount.read_only ? "read-only" : "writable"});
    }
    const auto laid = app.laid_files.find(object.path);
    if (same && object.keeps_edits && mount.on_change == OnChange::kRestart &&
        laid != app.laid_files.end() && laid->second != object.digest) {
      out.push_back({base + mount.field, ShortDigest(laid->second), ShortDigest(object.digest)});
    }
    actual.erase(found);
  }
  for (const auto& [target, mount] : actual)
    out.push_back({base + "volumes." + target, VersionOf(mount.value("Source", "")), "(none)"});
}

std::string ShortDigest(const std::string& digest) {
  const size_t colon = digest.find(':');
  const size_t begin = colon == std::string::npos ? 0 : colon + 1;
  return digest.substr(0, begin + kIdDigits);
}

}  // namespace mooring::docker
