// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_syntax.h"

#include <map>
#include <set>

#include "controller/manifest/compose_values.h"

namespace mooring::manifest {
namespace {

using Expand = void (*)(Node& value, Findings& findings);
/// What is done to a field, by its name.
using Fields = std::map<std::string_view, Expand>;

void ExpandFields(Node& map, const Fields& fields, Findings& findings) {
  if (!map.IsMap()) return;
  for (Member& m : map.members) {
    const auto found = fields.find(m.key);
    if (found != fields.end()) found->second(m.value, findings);
  }
}

void ExpandEach(Node& map, const Fields& fields, Findings& findings) {
  for (Member& m : map.members) ExpandFields(m.value, fields, findings);
}

void ScalarToString(Node& node) {
  if (node.IsScalar()) node.type = Node::Type::kString;
}

void Text(Node& value, Findings&) { ScalarToString(value); }

/// [1, a] -> ["1", a]
void Texts(Node& list, Findings&) {
  for (Node& item : list.items) ScalarToString(item);
}

/// {a: 1, b: } -> {a: "1", b: ""}
void TextMap(Node& map, Findings&) {
  for (Member& m : map.members) {
    if (m.value.IsNull()) m.value = Node::String(m.value.at, "");
    ScalarToString(m.value);
  }
}

/// [A=1, B=2] -> {A: "1", B: "2"}
void ListToMap(Node& node, std::string_view what, bool needs_value, Findings& findings) {
  if (!node.IsSequence()) return;
  Node map = Node::Map(node.at);
  std::set<std::string> names;
  for (Node& item : node.items) {
    if (!item.IsScalar()) {
      findings.Add(item.at, fmt::format("an entry of {} must be NAME=value", what),
                   fmt::format("write all of {} as a list of NAME=value, or as a map", what));
      continue;
    }
    const size_t equal = item.text.find('=');
    const std::string name = item.text.substr(0, equal);
    if (equal == std::string::npos && needs_value) {
      findings.Add(
          item.at, fmt::format("{} has no value", name),
          fmt::format("write {}=value; nothing is taken from the host's environment", name));
      continue;
    }
    if (!names.insert(name).second) {
      findings.Add(item.at, fmt::format("{} is given twice in {}", name, what), "remove one");
      continue;
    }
    map.Add(name,
            Node::String(item.at, equal == std::string::npos ? "" : item.text.substr(equal + 1)));
  }
  node = std::move(map);
}

void Environment(Node& environment, Findings& findings) {
  ListToMap(environment, "environment", true, findings);
  std::erase_if(environment.members, [&](Member& m) {
    ScalarToString(m.value);
    if (m.value.Find("databaseRef") == nullptr) return false;
    findings.Add(m.value.at, "databaseRef is not in this release",
                 "keep the address in a Secret, and write {secretRef: {name, key}}");
    return true;
  });
}

void Labels(Node& labels, Findings& findings) {
  ListToMap(labels, "labels", false, findings);
  TextMap(labels, findings);
}

void Settings(Node& settings, Findings& findings) {
  ListToMap(settings, "this map", true, findings);
  TextMap(settings, findings);
}

/// "serve --port 8080" -> [serve, --port, "8080"]
void Command(Node& command, Findings& findings) {
  if (!command.IsString()) return;
  auto words = SplitCommand(command.text);
  if (!words) {
    findings.Add(command.at, "a quote in this command is never closed",
                 "close it, or write the command as a list");
    words.emplace();
  }
  if (!words->stopped_at.empty()) {
    findings.Add(command.at,
                 fmt::format("Compose reads a command only until \"{}\"; no shell runs it",
                             words->stopped_at),
                 "write a list that begins with [sh, -c], and the text after it");
  }
  Node list = Node::Sequence(command.at);
  for (std::string& word : words->words)
    list.items.push_back(Node::String(command.at, std::move(word)));
  command = std::move(list);
}

/// x -> [x]
void WrapInList(Node& node, Findings&) {
  if (!node.IsString()) return;
  Node list = Node::Sequence(node.at);
  list.items.push_back(std::move(node));
  node = std::move(list);
}

/// Wraps a text in a map: x -> {key: x}
void WrapInMap(Node& node, std::string key) {
  if (!node.IsString()) return;
  Node map = Node::Map(node.at);
  map.Add(std::move(key), Node::String(node.at, node.text));
  node = std::move(map);
}

void NullToMap(Node& node) {
  if (node.IsNull()) node = Node::Map(node.at);
}

void Healthcheck(Node& healthcheck, Findings&) {
  Node* test = healthcheck.Find("test");
  if (test == nullptr || !test->IsString()) return;
  Node list = Node::Sequence(test->at);
  list.items.push_back(Node::String(test->at, "CMD-SHELL"));
  list.items.push_back(std::move(*test));
  *test = std::move(list);
}

/// [payment-key] -> [{source: payment-key}]
void FileMounts(Node& files, Findings&) {
  for (Node& item : files.items) {
    WrapInMap(item, "source");
    for (const std::string_view name : {"uid", "gid", "mode"}) {
      Node* value = item.Find(name);
      if (value != nullptr && value->type == Node::Type::kInteger) ScalarToString(*value);
    }
  }
}

/// [db] -> {db: {condition: service_started, required: true}}
void DependsOn(Node& depends_on, Findings& findings) {
  if (depends_on.IsSequence()) {
    Node map = Node::Map(depends_on.at);
    for (Node& item : depends_on.items) {
      if (!item.IsString()) {
        findings.Add(item.at, "an entry of depends_on must be the name of a service",
                     "write depends_on: [db], or a map of service to {condition}");
      } else if (map.Find(item.text) != nullptr) {
        findings.Add(item.at, fmt::format("{} is given twice in depends_on", item.text),
                     "remove one");
      } else {
        map.Add(item.text, Node::Map(item.at));
      }
    }
    depends_on = std::move(map);
  }
  for (Member& m : depends_on.members) {
    NullToMap(m.value);
    if (!m.value.IsMap()) continue;
    if (m.value.Find("condition") == nullptr)
      m.value.Add("condition", Node::String(m.value.at, "service_started"));
    if (m.value.Find("required") == nullptr) {
      Node required = Node::String(m.value.at, "true");
      required.type = Node::Type::kBool;
      m.value.Add("required", std::move(required));
    }
  }
}

/// [front] -> {front: {}}
void Networks(Node& networks, Findings& findings) {
  if (networks.IsSequence()) {
    Node map = Node::Map(networks.at);
    for (Node& item : networks.items) {
      if (!item.IsString()) {
        findings.Add(item.at, "an entry of networks must be the name of a network",
                     "write networks: [front], or a map of network to its settings");
      } else if (map.Find(item.text) == nullptr) {
        map.Add(item.text, Node::Map(item.at));
      }
    }
    networks = std::move(map);
  }
  for (Member& m : networks.members) {
    NullToMap(m.value);
    ExpandFields(m.value, {{"driver_opts", TextMap}}, findings);
  }
}

/// a.env -> [{path: a.env, required: true}]
void EnvFiles(Node& files, Findings& findings) {
  WrapInList(files, findings);
  for (Node& item : files.items) {
    WrapInMap(item, "path");
    if (!item.IsMap() || item.Find("required") != nullptr) continue;
    Node required = Node::String(item.at, "true");
    required.type = Node::Type::kBool;
    item.Add("required", std::move(required));
  }
}

/// all -> [{count: all}]
void Gpus(Node& gpus, Findings&) {
  if (gpus.IsString()) {
    Node list = Node::Sequence(gpus.at);
    list.items.push_back(std::move(gpus));
    WrapInMap(list.items.back(), "count");
    gpus = std::move(list);
  }
  for (Node& item : gpus.items) {
    if (Node* count = item.Find("count")) ScalarToString(*count);
  }
}

void Resources(Node& resources, Findings& findings) {
  ExpandEach(resources, {{"cpus", Text}, {"memory", Text}, {"devices", Gpus}}, findings);
}

void Deploy(Node& deploy, Findings& findings) {
  ExpandFields(deploy, {{"labels", Labels}, {"resources", Resources}}, findings);
}

void Logging(Node& logging, Findings& findings) {
  ExpandFields(logging, {{"options", TextMap}}, findings);
}

void BlockIo(Node& config, Findings& findings) {
  for (Member& m : config.members) {
    for (Node& item : m.value.items) ExpandFields(item, {{"rate", Text}}, findings);
  }
}

void Hooks(Node& hooks, Findings& findings) {
  for (Node& hook : hooks.items)
    ExpandFields(hook, {{"command", Command}, {"environment", Environment}}, findings);
}

void Build(Node& build, Findings& findings) {
  WrapInMap(build, "context");
  ExpandFields(build,
               {{"args",
                 [](Node& args, Findings& f) {
                   ListToMap(args, "args", false, f);
                   TextMap(args, f);
                 }},
                {"labels", Labels},
                {"additional_contexts", Settings},
                {"extra_hosts", ExpandHosts},
                {"secrets", FileMounts},
                {"shm_size", Text}},
               findings);
}

void Extends(Node& extends, Findings&) { WrapInMap(extends, "service"); }

const Fields& ServiceFields() {
  static const Fields fields = {
      {"annotations", Labels},   {"blkio_config", BlockIo},    {"build", Build},
      {"command", Command},      {"configs", FileMounts},      {"cpus", Text},
      {"depends_on", DependsOn}, {"deploy", Deploy},           {"devices", ExpandDevices},
      {"dns", WrapInList},       {"dns_search", WrapInList},   {"entrypoint", Command},
      {"env_file", EnvFiles},    {"environment", Environment}, {"expose", Texts},
      {"extends", Extends},      {"extra_hosts", ExpandHosts}, {"gpus", Gpus},
      {"group_add", Texts},      {"healthcheck", Healthcheck}, {"label_file", WrapInList},
      {"labels", Labels},        {"logging", Logging},         {"mem_limit", Text},
      {"mem_reservation", Text}, {"memswap_limit", Text},      {"networks", Networks},
      {"ports", ExpandPorts},    {"post_start", Hooks},        {"pre_stop", Hooks},
      {"secrets", FileMounts},   {"shm_size", Text},           {"storage_opt", TextMap},
      {"sysctls", Settings},     {"tmpfs", WrapInList},        {"volumes", ExpandMounts},
  };
  return fields;
}

/// {external: {name: x}} -> {external: true, name: x}
void ExpandExternal(Node& resource, Findings& findings) {
  Node* external = resource.Find("external");
  if (external == nullptr || !external->IsMap()) return;
  const Node* inner = external->Find("name");
  std::optional<Node> name = inner == nullptr ? std::nullopt : std::optional(*inner);
  *external = Node::String(external->at, "true");
  external->type = Node::Type::kBool;
  if (!name) return;
  const Node* outer = resource.Find("name");
  if (outer == nullptr) {
    resource.Add("name", std::move(*name));
  } else if (outer->text != name->text) {
    findings.Add(name->at, "external.name is not the same as name",
                 "write external: true, and the name only in name");
  }
}

void ExpandResources(Node* resources, Findings& findings) {
  if (resources == nullptr) return;
  for (Member& m : resources->members) {
    NullToMap(m.value);
    ExpandFields(m.value, {{"labels", Labels}, {"driver_opts", TextMap}}, findings);
    ExpandExternal(m.value, findings);
  }
}

}  // namespace

void ExpandComposeSyntax(Node& spec, Findings& findings) {
  if (Node* services = spec.Find("services")) ExpandEach(*services, ServiceFields(), findings);
  if (Node* compose = spec.Find("compose"))
    ExpandFields(*compose, {{"environment", Environment}}, findings);
  for (const std::string_view field : {"networks", "volumes", "configs", "secrets"})
    ExpandResources(spec.Find(field), findings);
}

}  // namespace mooring::manifest
