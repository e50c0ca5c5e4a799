// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/config.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "controller/base/text.h"
#include "controller/manifest/yaml_tree.h"
#include "controller/web/listen.h"
#include "reconcilers/caddy/admin_address.h"

namespace mooring::cli {
namespace {

using manifest::Node;

/// One place of the file while it is read: where it is and whom to tell.
struct Reader {
  const std::string& file;
  Diagnostics& out;

  void Complain(manifest::Position at, std::string what, std::string hint) const {
    out.push_back({{file, at.line, at.column}, std::move(what), std::move(hint)});
  }
};

/// Keys that later versions have: whoever writes one has not mistyped.
constexpr std::string_view kLaterKeys[] = {"kopia",
                                           "docker.maxRequestsPerSecond",
                                           "docker.maxParallelPulls",
                                           "docker.configFile",
                                           "caddy.mode",
                                           "secrets.sops",
                                           "secrets.providers",
                                           "http.metricsToken",
                                           "http.maxBodySize",
                                           "http.rateLimit",
                                           "loop.manualSuspendFor",
                                           "sources.verify",
                                           "sources.webhooks"};

void ComplainUnknown(const Reader& reader, manifest::Position at, const std::string& name,
                     const std::vector<std::string>& known) {
  if (std::ranges::find(kLaterKeys, name) != std::end(kLaterKeys)) {
    reader.Complain(at, fmt::format("this version has no \"{}\"", name), "take it out");
    return;
  }
  const std::string near = Nearest(name, known);
  reader.Complain(at, fmt::format("unknown key \"{}\"", name),
                  near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
}

using Setter = std::function<void(const Reader&, const std::string& key, const Node&, Config&)>;

struct Key {
  std::string_view name;  ///< "caddy.admin"
  Setter set;
};

std::optional<std::string> Scalar(const Reader& reader, const std::string& key, const Node& node) {
  if (node.IsScalar()) return node.text;
  reader.Complain(
      node.at, fmt::format("{} must be a single value, got {}", key, manifest::TypeName(node.type)),
      "");
  return std::nullopt;
}

template <typename T>
Setter Text(T Config::* field) {
  return [field](const Reader& reader, const std::string& key, const Node& node, Config& config) {
    if (auto text = Scalar(reader, key, node)) config.*field = *text;
  };
}

Setter Boolean(bool Config::* field) {
  return [field](const Reader& reader, const std::string& key, const Node& node, Config& config) {
    if (node.type != Node::Type::kBool) {
      reader.Complain(node.at, key + " must be true or false", "");
      return;
    }
    config.*field = node.text == "true" || node.text == "True" || node.text == "TRUE";
  };
}

bool ReadDuration(const Reader& reader, const std::string& key, const Node& node, Duration* out) {
  const auto text = Scalar(reader, key, node);
  if (!text) return false;
  const auto duration = ParseDuration(*text);
  if (!duration || duration->count() <= 0) {
    reader.Complain(node.at, fmt::format("{}: \"{}\" is not a duration", key, *text),
                    "write one such as 30s, 10m or 7d");
    return false;
  }
  *out = *duration;
  return true;
}

Setter Period(Duration Config::* field) {
  return [field](const Reader& reader, const std::string& key, const Node& node, Config& config) {
    ReadDuration(reader, key, node, &(config.*field));
  };
}

/// One of a few words, each with its value.
template <typename T>
Setter Choice(T Config::* field, const std::vector<std::pair<std::string, T>>& words) {
  return [field, words](const Reader& reader, const std::string& key, const Node& node,
                        Config& config) {
    std::vector<std::string> names;
    for (const auto& [word, value] : words) {
      if (node.text == word) {
        config.*field = value;
        return;
      }
      names.push_back(word);
    }
    reader.Complain(
        node.at, fmt::format("{} must be one of {}, got \"{}\"", key, Join(names, ", "), node.text),
        "");
  };
}

std::vector<std::string> TextList(const Reader& reader, const std::string& key, const Node& node) {
  std::vector<std::string> list;
  if (!node.IsSequence()) {
    reader.Complain(node.at, key + " must be a list", fmt::format("write [{}]", node.text));
  }
  for (const Node& item : node.items) {
    if (auto text = Scalar(reader, key, item)) list.push_back(std::move(*text));
  }
  return list;
}

/// A list of texts, each of which `check` must take.
Setter List(std::vector<std::string> Config::* field,
            const std::function<Status(const std::string&)>& check = {}) {
  return [field, check](const Reader& reader, const std::string& key, const Node& node,
                        Config& config) {
    if (!node.IsSequence() || node.items.empty()) {
      reader.Complain(node.at, key + " must be a list with at least one entry", "");
      return;
    }
    std::vector<std::string> list;
    for (const Node& item : node.items) {
      const auto text = Scalar(reader, key, item);
      if (!text) continue;
      if (const Status good = check ? check(*text) : Status(); !good) {
        reader.Complain(item.at, key + ": " + good.error().ToString(), "");
      }
      list.push_back(*text);
    }
    config.*field = std::move(list);
  };
}

void SetWorkers(const Reader& reader, const std::string& key, const Node& node, Config& config) {
  int value = 0;
  const auto [end, error] =
      std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
  if (error != std::errc() || end != node.text.data() + node.text.size() || value < 1 ||
      value > 16) {
    reader.Complain(
        node.at, fmt::format("{} must be a number from 1 to 16, got \"{}\"", key, node.text), "");
    return;
  }
  config.workers = value;
}

void SetPool(const Reader& reader, const std::string& key, const Node& node, Config& config) {
  const auto pool = docker::Subnet::Parse(node.text);
  if (!pool || pool->bits > 24) {
    reader.Complain(
        node.at, fmt::format("{}: \"{}\" is not an IPv4 subnet of /24 or larger", key, node.text),
        "write one such as 10.201.0.0/16");
    return;
  }
  config.address_pool = *pool;
}

void SetAdmin(const Reader& reader, const std::string& key, const Node& node, Config& config) {
  const auto text = Scalar(reader, key, node);
  if (!text) return;
  const auto address = caddy::AdminAddress::Parse(*text);
  if (!address) {
    reader.Complain(node.at, address.error().ToString(), "");
    return;
  }
  config.caddy_admin = address->text;
}

Status CheckListen(const std::string& text) {
  MOORING_TRY([[maybe_unused]] const auto address, web::ListenAddress::Parse(text));
  return {};
}

void SetRef(const Reader& reader, const Node& node, SourceConfig& source) {
  if (!node.IsMap() || node.members.size() != 1) {
    reader.Complain(node.at, "sources.ref must have exactly one of branch, tag, commit",
                    "write ref: {branch: main}");
    return;
  }
  const auto& [key, at, value] = node.members.front();
  std::string* const field = key == "branch"   ? &source.branch
                             : key == "tag"    ? &source.tag
                             : key == "commit" ? &source.commit
                                               : nullptr;
  if (field == nullptr) {
    reader.Complain(at, fmt::format("unknown key \"{}\" in sources.ref", key),
                    "it knows branch, tag, commit");
    return;
  }
  source.branch.clear();
  if (auto text = Scalar(reader, "sources.ref." + key, value)) *field = *text;
}

void SetAuth(const Reader& reader, const Node& node, SourceConfig& source) {
  if (!node.IsMap()) {
    reader.Complain(node.at, "sources.auth must be a map of keys",
                    "it knows username, tokenFile, privateKeyFile, knownHostsFile");
    return;
  }
  for (const auto& [key, at, value] : node.members) {
    const std::string full = "sources.auth." + key;
    std::filesystem::path* const file = key == "tokenFile"        ? &source.auth.token_file
                                        : key == "privateKeyFile" ? &source.auth.private_key_file
                                        : key == "knownHostsFile" ? &source.auth.known_hosts_file
                                                                  : nullptr;
    if (file == nullptr && key != "username") {
      ComplainUnknown(reader, at, full,
                      {"sources.auth.username", "sources.auth.tokenFile",
                       "sources.auth.privateKeyFile", "sources.auth.knownHostsFile"});
      continue;
    }
    const auto text = Scalar(reader, full, value);
    if (!text) continue;
    if (file == nullptr) {
      source.auth.username = *text;
    } else if (text->starts_with('/')) {
      *file = *text;
    } else {
      reader.Complain(value.at, fmt::format("{}: \"{}\" is not an absolute path", full, *text),
                      "start it with /");
    }
  }
}

void CheckUrl(const Reader& reader, manifest::Position at, const std::string& url) {
  constexpr const char* kForms =
      "write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, file:///PATH or a path";
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return;  // a path, or ssh in its short form
  const std::string name = url.substr(0, scheme);
  if (name != "https" && name != "http" && name != "ssh" && name != "file") {
    reader.Complain(at, fmt::format("sources.url: \"{}://\" is not supported", name), kForms);
    return;
  }
  const std::string host = url.substr(scheme + 3, url.find('/', scheme + 3) - scheme - 3);
  const size_t user_end = host.rfind('@');
  if (name == "file" || user_end == std::string::npos) return;
  // The message must not repeat what may be a password.
  const bool has_password = host.substr(0, user_end).find(':') != std::string::npos;
  if (has_password) {
    reader.Complain(at, "sources.url has a password in it",
                    "take it out, write it into a file with mode 0600, and name that file in "
                    "auth.tokenFile");
  }
}

void CheckSource(const Reader& reader, manifest::Position at, const SourceConfig& source) {
  if (source.url.empty()) {
    reader.Complain(at, "sources.url is missing",
                    "write the address of a Git repository, such as "
                    "https://git.example.com/example/fleet.git or /srv/fleet.git");
  }
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (source.name.empty() || !std::ranges::all_of(source.name, in_name)) {
    reader.Complain(at, fmt::format("sources.name: \"{}\" is not a name", source.name),
                    "use a-z, 0-9 and -");
  }
}

const std::vector<std::string>& SourceKeys() {
  static const std::vector<std::string> kNames = {
      "sources.name",   "sources.url",          "sources.ref",     "sources.path",
      "sources.ignore", "sources.pollInterval", "sources.timeout", "sources.auth"};
  return kNames;
}

SourceConfig ReadSource(const Reader& reader, const Node& node) {
  SourceConfig source;
  source.branch = "main";
  for (const auto& [key, at, value] : node.members) {
    const std::string full = "sources." + key;
    if (key == "ref") {
      SetRef(reader, value, source);
    } else if (key == "auth") {
      SetAuth(reader, value, source);
    } else if (key == "ignore") {
      source.ignore = TextList(reader, full, value);
    } else if (key == "pollInterval" || key == "timeout") {
      ReadDuration(reader, full, value, key == "timeout" ? &source.timeout : &source.poll_interval);
    } else if (key == "name" || key == "url" || key == "path") {
      std::string& field = key == "name" ? source.name : key == "url" ? source.url : source.path;
      if (auto text = Scalar(reader, full, value)) field = *text;
      if (key == "url") CheckUrl(reader, value.at, source.url);
    } else {
      ComplainUnknown(reader, at, full, SourceKeys());
    }
  }
  CheckSource(reader, node.at, source);
  return source;
}

void SetSources(const Reader& reader, const std::string& key, const Node& node, Config& config) {
  if (!node.IsSequence() || node.items.empty()) {
    reader.Complain(node.at, key + " must be a list with at least one entry", "");
    return;
  }
  config.sources.clear();
  for (const Node& item : node.items) {
    if (!item.IsMap()) {
      reader.Complain(item.at, "an entry of sources must be a map of keys",
                      "begin with: - url: /srv/fleet.git");
      continue;
    }
    SourceConfig source = ReadSource(reader, item);
    if (std::ranges::find(config.sources, source.name, &SourceConfig::name) !=
        config.sources.end()) {
      reader.Complain(item.at, fmt::format("two sources have the name \"{}\"", source.name),
                      "give each its own name");
    }
    config.sources.push_back(std::move(source));
  }
}

const std::vector<Key>& Keys() {
  static const std::vector<Key> kAll = {
      {"host.name", Text(&Config::host_name)},
      {"sources", SetSources},
      {"docker.enabled", Boolean(&Config::docker_enabled)},
      {"docker.socket", Text(&Config::docker_socket)},
      {"docker.addressPool", SetPool},
      {"docker.hostsFile", Text(&Config::hosts_file)},
      {"caddy.enabled", Boolean(&Config::caddy_enabled)},
      {"caddy.admin", SetAdmin},
      {"caddy.foreign", Choice<bool>(&Config::caddy_adopt, {{"refuse", false}, {"adopt", true}})},
      {"caddy.acmeEmail", Text(&Config::acme_email)},
      {"caddy.minReloadInterval", Period(&Config::min_reload_interval)},
      {"caddy.httpListen", List(&Config::http_listen)},
      {"caddy.httpsListen", List(&Config::https_listen)},
      {"secrets.sealKeyFile", Text(&Config::seal_key_file)},
      {"store.path", Text(&Config::store_path)},
      {"store.keepEvents", Period(&Config::keep_events)},
      {"http.listen", List(&Config::listen, CheckListen)},
      {"loop.workers", SetWorkers},
      {"loop.maxBackoff", Period(&Config::max_backoff)},
      {"loop.shutdownTimeout", Period(&Config::shutdown_timeout)},
      {"log.level", Choice<LogLevel>(&Config::log_level, {{"debug", LogLevel::kDebug},
                                                          {"info", LogLevel::kInfo},
                                                          {"warn", LogLevel::kWarn},
                                                          {"error", LogLevel::kError}})},
      {"log.format", Choice<LogFormat>(&Config::log_format, {{"logfmt", LogFormat::kLogfmt},
                                                             {"json", LogFormat::kJson}})},
  };
  return kAll;
}

void ReadKeys(const Reader& reader, const std::string& prefix, const Node& node, Config& config) {
  for (const auto& member : node.members) {
    const std::string name = prefix.empty() ? member.key : prefix + "." + member.key;
    const auto found =
        std::find_if(Keys().begin(), Keys().end(), [&](const Key& k) { return k.name == name; });
    if (found != Keys().end()) {
      found->set(reader, name, member.value, config);
      continue;
    }
    std::vector<std::string> known;
    bool is_group = false;
    for (const Key& key : Keys()) {
      known.emplace_back(key.name);
      is_group = is_group || key.name.starts_with(name + ".");
    }
    if (is_group && member.value.IsMap()) {
      ReadKeys(reader, name, member.value, config);
    } else if (is_group && !member.value.IsNull()) {
      reader.Complain(member.value.at, name + " must be a map of keys", "");
    } else if (!is_group) {
      ComplainUnknown(reader, member.key_at, name, known);
    }
  }
}

std::string MachineName() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

std::string Config::ApiSocket() const {
  for (const std::string& address : listen) {
    if (address.starts_with("unix:")) return address.substr(5);
  }
  return "";
}

std::vector<std::string> ConfigKeys() {
  std::vector<std::string> keys = SourceKeys();
  for (const Key& key : Keys()) {
    if (key.name != "sources") keys.emplace_back(key.name);
  }
  return keys;
}

Config ParseConfig(const std::string& file, std::string_view text, Diagnostics* diagnostics) {
  Config config;
  config.host_name = MachineName();
  config.workers =
      std::clamp<int>(2 * static_cast<int>(std::thread::hardware_concurrency()), 2, 16);
  const manifest::ParsedFile parsed = manifest::ParseYaml(file, text, {});
  diagnostics->insert(diagnostics->end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  if (parsed.documents.empty()) return config;
  const manifest::Document& document = parsed.documents.front();
  diagnostics->insert(diagnostics->end(), document.diagnostics.begin(), document.diagnostics.end());
  const Reader reader{file, *diagnostics};
  if (parsed.documents.size() > 1) {
    reader.Complain(parsed.documents[1].root.at, "the configuration must be one document",
                    "take out the line ---");
  }
  if (document.root.IsMap()) {
    ReadKeys(reader, "", document.root, config);
  } else if (!document.root.IsNull()) {
    reader.Complain(document.root.at, "the configuration must be a map of keys",
                    "begin with: sources:");
  }
  return config;
}

Config LoadConfig(const std::string& file, Diagnostics* diagnostics) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  const bool optional = file == kDefaultConfigFile && !std::filesystem::exists(file);
  if (!stream && !optional) {
    diagnostics->push_back(
        {{file, 0, 0}, "cannot be read", "give the configuration with --config FILE"});
  }
  return ParseConfig(file, text.str(), diagnostics);
}

}  // namespace mooring::cli
