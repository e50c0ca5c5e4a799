// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "controller/base/text.h"
#include "controller/expand/compose/consistency.h"
#include "controller/expand/compose/nodes.h"
#include "controller/expand/compose/paths.h"

namespace mooring::compose {
namespace {

bool IsEnabled(const Node& service, const std::vector<std::string>& profiles) {
  const Node* own = service.Find("profiles");
  if (own == nullptr || own->items.empty()) return true;
  return std::ranges::any_of(profiles, [&](const std::string& profile) {
    return profile == "*" ||
           std::ranges::any_of(own->items, [&](const Node& item) { return item.text == profile; });
  });
}

/// [A=1, B] -> {A: "1", B: null}
Node AsMap(const Node* values) {
  Node map = Node::Map(values == nullptr ? Position{} : values->at);
  if (values == nullptr) return map;
  for (const Member& m : values->members) {
    Node value = m.value;
    if (value.IsScalar()) value.type = Node::Type::kString;
    Set(map, m.key, m.key_at, std::move(value));
  }
  for (const Node& item : values->items) {
    const std::string text = ScalarText(item);
    const size_t equal = text.find('=');
    Node value;
    value.at = item.at;
    if (equal != std::string::npos) value = Node::String(item.at, text.substr(equal + 1));
    Set(map, text.substr(0, equal), item.at, std::move(value));
  }
  return map;
}

class FileReader {
 public:
  FileReader(const Model& model, Files& files, Problems& problems)
      : model_(model), files_(files), problems_(problems) {}

  /// The values that the files of a service give, under what it says itself.
  void ResolveEnvironment(Node& service) {
    const Node* own = service.Find("environment");
    const Node* env_files = service.Find("env_file");
    if (own == nullptr && env_files == nullptr) return;
    Node own_map = AsMap(own);
    for (Member& m : own_map.members) {
      const auto value = m.value.IsNull() ? Project(m.key) : std::nullopt;
      if (value) m.value = Node::String(m.value.at, *value);
    }
    std::map<std::string, Node> read;
    const auto lookup = [&](const std::string& name) {
      const auto found = read.find(name);
      return found == read.end() ? Project(name) : std::optional(found->second.text);
    };
    for (size_t i = 0; env_files != nullptr && i < env_files->items.size(); ++i)
      ReadInto(env_files->items[i], lookup, read);
    Put(service, "environment", std::move(own_map), read);
    Erase(service, "env_file");
  }

  void ResolveLabels(Node& service) {
    const Node* label_files = service.Find("label_file");
    if (label_files == nullptr) return;
    std::map<std::string, Node> read;
    const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
      const auto found = read.find(name);
      return found == read.end() ? std::nullopt : std::optional(found->second.text);
    };
    for (const Node& path : label_files->items) {
      Node file = Node::Map(path.at);
      file.Add("path", path);
      ReadInto(file, lookup, read);
    }
    Put(service, "labels", AsMap(service.Find("labels")), read);
    Erase(service, "label_file");
  }

 private:
  std::optional<std::string> Project(const std::string& name) const {
    const auto found = model_.environment.find(name);
    return found == model_.environment.end() ? std::nullopt : std::optional(found->second);
  }

  void ReadInto(const Node& file, const Lookup& lookup, std::map<std::string, Node>& into) {
    const Node* path = file.Find("path");
    const Node* required = file.Find("required");
    const Node* format = file.Find("format");
    if (path == nullptr) return;
    const auto text = files_.Read(path->text);
    const std::string shown = files_.Shown(path->text);
    if (!text) {
      if (required != nullptr && required->text == "false") return;
      problems_.Add(path->at, fmt::format("cannot read {}", shown),
                    "check that the file is there, or write required: false");
      return;
    }
    const bool raw = format != nullptr && format->text == "raw";
    if (format != nullptr && !raw && !format->text.empty()) {
      problems_.Add(format->at,
                    fmt::format("\"{}\" is no format of a file of variables", format->text),
                    "write raw, or remove it");
      return;
    }
    auto values = raw ? ReadRawEnv(*text, lookup) : ReadDotenv(*text, lookup);
    if (!values) {
      problems_.Add(Diagnostic{{shown, values.error().line, 1},
                               std::move(values.error().what),
                               std::move(values.error().hint)});
      return;
    }
    for (auto& [name, value] : *values) into[name] = Node::String(path->at, std::move(value));
  }

  static void Put(Node& service, std::string_view field, Node own,
                  std::map<std::string, Node>& read) {
    Node map = Node::Map(own.at);
    for (auto& [name, value] : read) {
      if (own.Find(name) == nullptr) map.members.push_back({name, value.at, std::move(value)});
    }
    for (Member& m : own.members) map.members.push_back(std::move(m));
    Set(service, field, std::move(map));
  }

  const Model& model_;
  Files& files_;
  Problems& problems_;
};

/// Keeps of `kind` what `used` has.
void Keep(Node& root, std::string_view kind, const std::set<std::string>& used) {
  Node* resources = root.Find(kind);
  if (resources == nullptr) return;
  std::erase_if(resources->members, [&](const Member& m) { return !used.contains(m.key); });
}

void CollectSources(const Node* list, std::set<std::string>& used) {
  for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    if (const Node* source = list->items[i].Find("source")) used.insert(source->text);
  }
}

void DropUnused(Node& root) {
  std::set<std::string> networks;
  std::set<std::string> volumes;
  std::set<std::string> secrets;
  std::set<std::string> configs;
  const Node* services = root.Find("services");
  for (size_t i = 0; services != nullptr && i < services->members.size(); ++i) {
    const Node& service = services->members[i].value;
    if (const Node* own = service.Find("networks")) {
      for (const Member& m : own->members) networks.insert(m.key);
    }
    if (const Node* mounts = service.Find("volumes")) {
      for (const Node& mount : mounts->items) {
        const Node* source = mount.Find("source");
        if (source != nullptr && mount.StringAt("type") == "volume") volumes.insert(source->text);
      }
    }
    CollectSources(service.Find("secrets"), secrets);
    CollectSources(service.Find("configs"), configs);
    if (const Node* build = service.Find("build")) CollectSources(build->Find("secrets"), secrets);
  }
  Keep(root, "networks", networks);
  Keep(root, "volumes", volumes);
  Keep(root, "secrets", secrets);
  Keep(root, "configs", configs);
}

/// Where the replicas are said twice, deploy says them.
void JoinScale(Node& service) {
  const Node* scale = service.Find("scale");
  Node* deploy = service.Find("deploy");
  if (scale != nullptr && deploy != nullptr && deploy->IsMap()) Set(*deploy, "replicas", *scale);
}

}  // namespace

void MakeProject(Model& model, const std::vector<std::string>& profiles, Files& files,
                 Problems& problems) {
  // Whatever is not enabled must be right as well.
  static_cast<void>(Render(model.root, ModelShape(), Form::kJson, problems));
  if (problems.Any()) return;
  std::set<std::string> disabled;
  Node* services = model.root.Find("services");
  if (services != nullptr) {
    for (const Member& m : services->members) {
      if (!IsEnabled(m.value, profiles)) disabled.insert(m.key);
    }
    std::erase_if(services->members, [&](const Member& m) { return disabled.contains(m.key); });
  }
  CheckConsistency(model.root, disabled, problems);
  if (problems.Any()) return;
  FileReader reader(model, files, problems);
  for (size_t i = 0; services != nullptr && i < services->members.size(); ++i) {
    Node& service = services->members[i].value;
    JoinScale(service);
    reader.ResolveEnvironment(service);
    reader.ResolveLabels(service);
  }
  DropUnused(model.root);
}

OrderedJson ConfigOf(const Model& model, Form form, Problems& problems) {
  if (!model.interpolated) return RenderAsItIs(model.root);
  OrderedJson config =
      Render(model.root, ModelShape(), form, problems).value_or(OrderedJson::object());
  if (!config.contains("services")) config["services"] = OrderedJson::object();
  // Fields of one's own at the top are in JSON, too.
  for (const Member& m : model.root.members) {
    if (form == Form::kJson && m.key.starts_with("x-")) config[m.key] = RenderAsItIs(m.value);
  }
  // A config of the environment keeps its content to itself.
  if (config.contains("configs")) {
    for (auto& item : config["configs"].items()) {
      if (item.value().contains("environment")) item.value().erase("content");
    }
  }
  return config;
}

}  // namespace mooring::compose
