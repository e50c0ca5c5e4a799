// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/compose_syntax.h"

#include <set>

namespace mooring::manifest {
namespace {

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

void ScalarToString(Node& node) {
  if (node.IsScalar()) node.type = Node::Type::kString;
}

void ExpandEnvironment(Node& environment, Findings& findings) {
  ListToMap(environment, "environment", true, findings);
  std::erase_if(environment.members, [&](Member& m) {
    ScalarToString(m.value);
    if (m.value.Find("databaseRef") == nullptr) return false;
    findings.Add(m.value.at, "databaseRef is not in this release",
                 "keep the address in a Secret, and write {secretRef: {name, key}}");
    return true;
  });
}

/// "serve --port 8080" -> [serve, --port, "8080"]
void ExpandCommand(Node& command, Findings& findings) {
  if (!command.IsString()) return;
  auto words = SplitCommand(command.text);
  if (!words) {
    findings.Add(command.at, "a quote in this command is never closed",
                 "close it, or write the command as a list");
    words.emplace();
  }
  Node list = Node::Sequence(command.at);
  for (std::string& word : *words) list.items.push_back(Node::String(command.at, std::move(word)));
  command = std::move(list);
}

/// x -> [x]
void WrapInList(Node& node) {
  if (!node.IsString()) return;
  Node list = Node::Sequence(node.at);
  list.items.push_back(std::move(node));
  node = std::move(list);
}

void ExpandHealthcheck(Node& healthcheck) {
  Node* test = healthcheck.Find("test");
  if (test == nullptr || !test->IsString()) return;
  Node list = Node::Sequence(test->at);
  list.items.push_back(Node::String(test->at, "CMD-SHELL"));
  list.items.push_back(std::move(*test));
  *test = std::move(list);
}

void ExpandLimits(Node& deploy) {
  Node* resources = deploy.Find("resources");
  Node* limits = resources == nullptr ? nullptr : resources->Find("limits");
  if (limits == nullptr) return;
  for (const std::string_view name : {"cpus", "memory"}) {
    Node* value = limits->Find(name);
    if (value != nullptr &&
        (value->type == Node::Type::kInteger || value->type == Node::Type::kNumber)) {
      ScalarToString(*value);
    }
  }
}

/// [payment-key] -> [{source: payment-key}]
void ExpandSecretFiles(Node& files) {
  for (Node& item : files.items) {
    if (item.IsString()) {
      Node file = Node::Map(item.at);
      file.Add("source", Node::String(item.at, item.text));
      item = std::move(file);
    }
    for (const std::string_view name : {"uid", "gid", "mode"}) {
      Node* value = item.Find(name);
      if (value != nullptr && value->type == Node::Type::kInteger) ScalarToString(*value);
    }
  }
}

void ExpandService(Node& service, Findings& findings) {
  for (Member& m : service.members) {
    if (m.key == "environment") ExpandEnvironment(m.value, findings);
    if (m.key == "labels") ListToMap(m.value, "labels", false, findings);
    if (m.key == "command" || m.key == "entrypoint") ExpandCommand(m.value, findings);
    if (m.key == "tmpfs") WrapInList(m.value);
    if (m.key == "healthcheck") ExpandHealthcheck(m.value);
    if (m.key == "volumes") ExpandMounts(m.value, findings);
    if (m.key == "ports") ExpandPorts(m.value, findings);
    if (m.key == "deploy") ExpandLimits(m.value);
    if (m.key == "secrets") ExpandSecretFiles(m.value);
  }
}

}  // namespace

std::optional<std::vector<std::string>> SplitCommand(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, ""));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (in_word) words.push_back(std::move(word));
  return words;
}

void ExpandComposeSyntax(Node& spec, Findings& findings) {
  if (Node* services = spec.Find("services")) {
    for (Member& m : services->members) ExpandService(m.value, findings);
  }
  if (Node* volumes = spec.Find("volumes")) {
    for (Member& m : volumes->members) {
      if (m.value.IsNull()) m.value = Node::Map(m.value.at);
      if (Node* labels = m.value.Find("labels")) ListToMap(*labels, "labels", false, findings);
    }
  }
}

}  // namespace mooring::manifest
