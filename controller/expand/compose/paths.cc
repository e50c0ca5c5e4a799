// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/paths.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/expand/compose/nodes.h"

namespace mooring::compose {
namespace {

bool IsWindowsPath(std::string_view path) {
  const auto slash = [](char c) { return c == '/' || c == '\\'; };
  if (path.size() > 2 && path[1] == ':' && slash(path[2])) {
    return (path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z');
  }
  return path.starts_with("\\\\") && path.find('\\', 2) != std::string_view::npos;
}

bool IsRemote(std::string_view context) {
  static constexpr std::string_view kPrefixes[] = {"https://", "http://",     "git://",
                                                   "ssh://",   "github.com/", "git@"};
  return context.find("://") != std::string_view::npos ||
         std::ranges::any_of(kPrefixes, [&](auto p) { return context.starts_with(p); });
}

class Resolver {
 public:
  Resolver(const std::string& base, const std::string& home, Problems& problems)
      : base_(base), home_(home), problems_(problems) {}

  void Model(Node& model) {
    if (Node* services = model.Find("services")) {
      for (Member& m : services->members) Service(m.value);
    }
    for (const std::string_view kind : {"configs", "secrets"}) {
      Node* files = model.Find(kind);
      for (size_t i = 0; files != nullptr && i < files->members.size(); ++i)
        PathIn(files->members[i].value, "file");
    }
    if (Node* volumes = model.Find("volumes")) {
      for (Member& m : volumes->members) DriverOptions(m.value);
    }
  }

 private:
  void Service(Node& service) {
    if (Node* build = service.Find("build")) Build(*build);
    Node* env_files = service.Find("env_file");
    for (size_t i = 0; env_files != nullptr && i < env_files->items.size(); ++i)
      ChangeUnlessEmpty(env_files->items[i], "path");
    if (Node* label_files = service.Find("label_file")) {
      for (Node& item : label_files->items) ChangeUnlessEmpty(item);
    }
    if (Node* extends = service.Find("extends")) ChangeUnlessEmpty(*extends, "file");
    Node* develop = service.Find("develop");
    Node* watch = develop == nullptr ? nullptr : develop->Find("watch");
    for (size_t i = 0; watch != nullptr && i < watch->items.size(); ++i)
      ChangeUnlessEmpty(watch->items[i], "path");
    if (Node* mounts = service.Find("volumes")) {
      for (Node& mount : mounts->items) Mount(mount);
    }
  }

  void Build(Node& build) {
    if (Node* context = build.Find("context")) Context(*context);
    if (Node* contexts = build.Find("additional_contexts")) {
      for (Member& m : contexts->members) Context(m.value);
    }
    if (Node* ssh = build.Find("ssh")) {
      for (Member& m : ssh->members) Change(m.value);
    }
  }
  void Context(Node& context) {
    if (!IsRemote(context.text)) ChangeUnlessEmpty(context);
  }
  void Mount(Node& mount) {
    const Node* type = mount.Find("type");
    if (!mount.IsMap() || type == nullptr || type->text != "bind") return;
    if (mount.Find("source") == nullptr) {
      problems_.Add(mount.at, "a mount of type bind has no source", "add source: and a path");
      return;
    }
    PathIn(mount, "source");
  }
  /// A volume that is a folder of the host after all.
  void DriverOptions(Node& volume) {
    const Node* driver = volume.Find("driver");
    Node* options = volume.Find("driver_opts");
    if (driver == nullptr || driver->text != "local" || options == nullptr) return;
    const Node* o = options->Find("o");
    if (o != nullptr && o->text == "bind") PathIn(*options, "device");
  }

  void PathIn(Node& map, std::string_view key) {
    if (Node* path = map.Find(key)) Change(*path);
  }
  void ChangeUnlessEmpty(Node& map, std::string_view key) {
    if (Node* path = map.Find(key)) ChangeUnlessEmpty(*path);
  }
  void ChangeUnlessEmpty(Node& path) {
    if (!path.text.empty()) Change(path);
  }
  void Change(Node& path) {
    if (!path.IsString()) return;
    if (path.text.starts_with('~') && !home_.empty())
      path.text = JoinPath(home_, path.text.substr(1));
    if (!IsAbsolute(path.text) && !IsWindowsPath(path.text)) path.text = JoinPath(base_, path.text);
  }

  const std::string& base_;
  const std::string& home_;
  Problems& problems_;
};

}  // namespace

bool IsAbsolute(std::string_view path) { return path.starts_with('/'); }

std::string CleanPath(std::string_view path) {
  const bool absolute = IsAbsolute(path);
  std::vector<std::string> parts;
  for (std::string& part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != ".." || (!absolute && (parts.empty() || parts.back() == ".."))) {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  const std::string clean = (absolute ? "/" : "") + Join(parts, "/");
  return clean.empty() ? "." : clean;
}

std::string JoinPath(std::string_view base, std::string_view path) {
  std::string joined(base);
  if (!joined.empty() && !path.empty()) joined += '/';
  return CleanPath(joined.append(path));
}

std::string FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "." : CleanPath(path.substr(0, slash + 1));
}

std::string LastPart(std::string_view path) {
  const std::string clean = CleanPath(path);
  return clean.substr(clean.rfind('/') + 1);
}

std::string RelativePath(std::string_view base, std::string_view path) {
  const std::string from = CleanPath(base);
  const std::string to = CleanPath(path);
  if (IsAbsolute(from) != IsAbsolute(to)) return to;
  const auto parts = [](const std::string& text) {
    std::vector<std::string> list;
    for (std::string& part : Split(text, '/')) {
      if (!part.empty() && part != ".") list.push_back(std::move(part));
    }
    return list;
  };
  const std::vector<std::string> a = parts(from);
  const std::vector<std::string> b = parts(to);
  const auto [end_a, end_b] = std::ranges::mismatch(a, b);
  std::vector<std::string> relative(static_cast<size_t>(a.end() - end_a), "..");
  relative.insert(relative.end(), end_b, b.end());
  return relative.empty() ? "." : Join(relative, "/");
}

void ResolvePaths(Node& model, const std::string& base, const std::string& home,
                  Problems& problems) {
  Resolver(base, home, problems).Model(model);
}

}  // namespace mooring::compose
