// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/config.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "controller/base/text.h"
#include "controller/cli/config_environment.h"
#include "controller/cli/config_fields.h"
#include "controller/manifest/config_keys.h"
#include "controller/manifest/findings.h"
#include "controller/manifest/validator.h"

namespace mooring::cli {
namespace {

using manifest::ConfigKey;
using manifest::Findings;
using manifest::Node;
using manifest::Schema;

/// The daemon has 20 threads beside its workers, and at most 24 in all.
constexpr int kMostWorkers = 4;

std::string MachineName() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

Config Defaults() {
  Config config;
  config.host_name = MachineName();
  config.workers =
      std::clamp<int>(2 * static_cast<int>(std::thread::hardware_concurrency()), 2, kMostWorkers);
  return config;
}

/// A group whose keys are all commented out is no mistake.
void DropEmptyGroups(Node& root) {
  const Schema& schema = manifest::ConfigKind().schema;
  std::erase_if(root.members, [&](const manifest::Member& member) {
    const Schema* group = schema.Find(member.key);
    return group != nullptr && group->has_fields && member.value.IsNull();
  });
}

/// The value of a key below `holder`; `skip` parts of the path lead to the holder.
const Node* ValueAt(const Node& holder, const ConfigKey& key, size_t skip) {
  const Node* node = &holder;
  for (size_t i = skip; i < key.path.size() && node != nullptr; ++i) node = node->Find(key.path[i]);
  return node;
}

/// "sources[].url" of the second source -> "sources[1].url"
std::string NameIn(const ConfigKey& key, size_t source) {
  return fmt::format("sources[{}]{}", source, key.name.substr(std::string("sources[]").size()));
}

template <typename Owner>
void ReadFields(const std::vector<Field<Owner>>& fields, const Node& node, size_t skip,
                const std::function<std::string(const ConfigKey&)>& name, Findings& findings,
                Owner& owner) {
  for (const Field<Owner>& field : fields) {
    const ConfigKey& key = *manifest::FindConfigKey(field.key);
    const Node* value = ValueAt(node, key, skip);
    if (value == nullptr) continue;
    const Status read = field.read(*value, owner);
    if (read) continue;
    const std::string what = read.error().ToString();
    const bool named = what.starts_with(key.name);
    findings.Add(value->at, named ? what : name(key) + ": " + what, "");
  }
}

void ReadSources(const Node& root, Findings& findings, Config& config) {
  const Node* list = root.Find("sources");
  if (list == nullptr) return;
  for (size_t i = 0; i < list->items.size(); ++i) {
    const Node& item = list->items[i];
    SourceConfig source;
    source.branch = "main";
    ReadFields<SourceConfig>(
        SourceFields(), item, 1, [&](const ConfigKey& key) { return NameIn(key, i); }, findings,
        source);
    const Node* verify = item.Find("verify");
    // A variable that says the default mode is as good as none.
    const bool only_default = verify != nullptr && verify->at.line < 0 && !source.verify.all;
    if (verify != nullptr && !source.verify.IsAsked() && !only_default) {
      findings.Add(verify->at, fmt::format("sources[{}].verify names no signers", i),
                   "add allowedSignersFile: /etc/mooring/keys/allowed_signers, or gpgKeyringFile");
    }
    if (std::ranges::find(config.sources, source.name, &SourceConfig::name) !=
        config.sources.end()) {
      const Node* name = item.Find("name");
      findings.Add(name != nullptr ? name->at : item.at,
                   fmt::format("two sources have the name \"{}\"", source.name),
                   "give each its own name");
    }
    config.sources.push_back(std::move(source));
  }
}

/// Their names are paths of one server.
void CheckWebhookNames(const Node& root, Findings& findings) {
  const Node* list = root.Find("sources");
  if (list == nullptr) return;
  std::set<std::string> names;
  for (const Node& source : list->items) {
    const Node* hooks = source.Find("webhooks");
    if (hooks == nullptr) continue;
    for (const Node& hook : hooks->items) {
      const Node* name = hook.Find("name");
      if (name == nullptr || names.insert(name->text).second) continue;
      findings.Add(name->at, fmt::format("two webhooks have the name \"{}\"", name->text),
                   "give each its own name");
    }
  }
}

/// The outermost keys that are written and have no effect yet.
void CollectLater(const Node& node, const Schema& schema, const std::string& path,
                  std::vector<std::string>& later) {
  if (schema.later == Schema::Later::kIgnored) {
    const std::string text = fmt::format("{} has no effect in this version", path);
    if (std::ranges::find(later, text) == later.end()) later.push_back(text);
    return;
  }
  for (const Node& item : node.items) {
    if (schema.each != nullptr) CollectLater(item, *schema.each, path + "[]", later);
  }
  for (const manifest::Member& member : node.members) {
    const Schema* inside = schema.Find(member.key);
    if (inside == nullptr) continue;
    CollectLater(member.value, *inside, path.empty() ? member.key : path + "." + member.key, later);
  }
}

/// A larger number is no mistake: on another release it may be right.
void KeepWithinThreads(Config& config) {
  if (config.workers <= kMostWorkers) return;
  config.warnings.push_back(
      fmt::format("loop.workers: {} counts as {}, so that the daemon has no more than 24 threads",
                  config.workers, kMostWorkers));
  config.workers = kMostWorkers;
}

/// Findings in the order of the file, those of variables under the variable's name at the end.
void Publish(Diagnostics found, const Overlay& overlay, Diagnostics* diagnostics) {
  for (Diagnostic& d : found) {
    if (d.where.line >= 0) continue;
    d.where = {overlay.variables[static_cast<size_t>(-d.where.line - 1)], 0, 0};
  }
  std::ranges::stable_sort(found, {}, [](const Diagnostic& d) {
    return std::tuple(d.where.line == 0, d.where.line, d.where.column);
  });
  diagnostics->insert(diagnostics->end(), found.begin(), found.end());
}

void ReadTree(const std::string& file, Node root, const Environment& environment, Config& config,
              Diagnostics* diagnostics) {
  Diagnostics found;
  Findings findings(file, manifest::Limits().findings_per_file, found);
  Overlay overlay = LayOver(environment, root);
  if (root.IsMap()) {
    DropEmptyGroups(root);
    manifest::ValidateConfig(root, findings);
    ReadFields<Config>(
        ConfigFields(), root, 0, [](const ConfigKey& key) { return key.name; }, findings, config);
    ReadSources(root, findings, config);
    CheckWebhookNames(root, findings);
    KeepWithinThreads(config);
    CollectLater(root, manifest::ConfigKind().schema, "", config.warnings);
  } else if (!root.IsNull()) {
    findings.Add(root.at, "the configuration must be a map of keys", "begin with: sources:");
  }
  config.warnings.insert(config.warnings.end(), overlay.warnings.begin(), overlay.warnings.end());
  Publish(std::move(found), overlay, diagnostics);
}

/// Takes what needs no restart from `next`, and tells what changed.
template <typename Owner>
void Take(const std::vector<Field<Owner>>& fields, const Owner& next,
          const std::function<std::string(const ConfigKey&)>& name, Owner& running,
          Reload& reload) {
  for (const Field<Owner>& field : fields) {
    if (field.is_same(running, next)) continue;
    const ConfigKey& key = *manifest::FindConfigKey(field.key);
    if (key.schema->later != Schema::Later::kNo) {
      field.copy(next, running);  // a warning says that it does nothing
    } else if (key.NeedsRestart()) {
      reload.needs_restart.push_back(name(key));
    } else {
      field.copy(next, running);
      reload.taken.push_back(name(key));
    }
  }
}

}  // namespace

std::string Config::ApiSocket() const {
  for (const std::string& address : listen) {
    if (address.starts_with("unix:")) return address.substr(5);
  }
  return "";
}

Environment OwnEnvironment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with("MOORING_") || equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Config ParseConfig(const std::string& file, std::string_view text, const Environment& environment,
                   Diagnostics* diagnostics) {
  Config config = Defaults();
  manifest::ParsedFile parsed = manifest::ParseYaml(file, text, {});
  diagnostics->insert(diagnostics->end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  if (!parsed.diagnostics.empty()) return config;
  if (parsed.documents.empty()) parsed.documents.emplace_back();
  manifest::Document& document = parsed.documents.front();
  diagnostics->insert(diagnostics->end(), document.diagnostics.begin(), document.diagnostics.end());
  if (parsed.documents.size() > 1) {
    const manifest::Position at = parsed.documents[1].root.at;
    diagnostics->push_back({{file, at.line, at.column},
                            "the configuration must be one document",
                            "take out the line ---"});
  }
  ReadTree(file, std::move(document.root), environment, config, diagnostics);
  return config;
}

Config LoadConfig(const std::string& file, const Environment& environment,
                  Diagnostics* diagnostics) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  const bool optional = file == kDefaultConfigFile && !std::filesystem::exists(file);
  if (!stream && !optional) {
    diagnostics->push_back(
        {{file, 0, 0}, "cannot be read", "give the configuration with --config FILE"});
  }
  return ParseConfig(file, text.str(), environment, diagnostics);
}

Reload Reconfigure(const Config& running, const Config& next) {
  Reload reload{.config = running, .taken = {}, .needs_restart = {}};
  Take<Config>(
      ConfigFields(), next, [](const ConfigKey& key) { return key.name; }, reload.config, reload);
  const auto names = [](const Config& config) {
    std::vector<std::string> list;
    list.reserve(config.sources.size());
    for (const SourceConfig& source : config.sources) list.push_back(source.name);
    return list;
  };
  if (names(running) != names(next)) {
    reload.needs_restart.emplace_back("sources");
    return reload;
  }
  for (size_t i = 0; i < next.sources.size(); ++i) {
    Take<SourceConfig>(
        SourceFields(), next.sources[i], [&](const ConfigKey& key) { return NameIn(key, i); },
        reload.config.sources[i], reload);
  }
  reload.config.warnings = next.warnings;
  return reload;
}

}  // namespace mooring::cli
