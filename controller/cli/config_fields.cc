// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/config_fields.h"

#include <charconv>

#include "controller/base/text.h"
#include "controller/web/listen.h"
#include "reconcilers/caddy/admin_address.h"

namespace mooring::cli {
namespace {

using manifest::Node;

Status ReadValue(const Node& node, std::string& value) {
  if (node.IsString()) value = node.text;
  return {};
}

Status ReadValue(const Node& node, std::filesystem::path& value) {
  if (node.IsString()) value = node.text;
  return {};
}

Status ReadValue(const Node& node, bool& value) {
  if (node.type == Node::Type::kBool) value = node.text[0] == 't' || node.text[0] == 'T';
  return {};
}

Status ReadValue(const Node& node, int& value) {
  std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
  return {};
}

/// A size, as text.
Status ReadValue(const Node& node, int64_t& value) {
  if (const auto bytes = ParseByteCount(node.text)) value = *bytes;
  return {};
}

Status ReadValue(const Node& node, Duration& value) {
  if (const auto duration = ParseDuration(node.text)) value = *duration;
  return {};
}

Status ReadValue(const Node& node, std::vector<std::string>& value) {
  if (!node.IsSequence()) return {};
  value.clear();
  for (const Node& item : node.items) value.push_back(item.text);
  return {};
}

Status ReadValue(const Node& node, docker::Subnet& value) {
  if (!node.IsString()) return {};
  const auto pool = docker::Subnet::Parse(node.text);
  if (!pool || pool->bits > 24) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not an IPv4 subnet of /24 or larger; write one such as "
                            "10.201.0.0/16",
                            node.text));
  }
  value = *pool;
  return {};
}

Status ReadValue(const Node& node, std::vector<WebhookConfig>& value) {
  if (!node.IsSequence()) return {};
  value.clear();
  for (const Node& item : node.items) {
    const auto text = [&](const char* key) {
      const Node* found = item.Find(key);
      return found != nullptr ? found->text : "";
    };
    value.push_back(
        {.name = text("name"),
         .sender = webhook::ParseSender(text("type")).value_or(webhook::Sender::kGithub),
         .secret_file = text("secretFile")});
  }
  return {};
}

Status ReadValue(const Node& node, std::vector<secret::Provider>& value) {
  if (!node.IsSequence()) return {};
  value.clear();
  for (const Node& item : node.items) {
    secret::Provider provider{
        .name = std::string(item.StringAt("name")),
        .directory = item.StringAt("directory"),
        .environment_prefix = std::string(item.StringAt("environmentPrefix"))};
    if (const Node* command = item.Find("command")) {
      MOORING_RETURN_IF_ERROR(ReadValue(*command, provider.command));
    }
    if (const auto timeout = ParseDuration(item.StringAt("timeout"))) provider.timeout = *timeout;
    if (const auto keep = ParseDuration(item.StringAt("cacheFor"))) provider.cache_for = *keep;
    value.push_back(std::move(provider));
  }
  return {};
}

/// Without what makes two texts of one path.
Status ReadFolder(const Node& node, std::filesystem::path& value) {
  if (!node.IsString()) return {};
  value = std::filesystem::path(node.text).lexically_normal();
  if (!value.has_filename() && value.has_relative_path()) value = value.parent_path();
  return {};
}

Status ReadAdmin(const Node& node, std::string& value) {
  if (!node.IsString()) return {};
  MOORING_TRY(const auto address, caddy::AdminAddress::Parse(node.text));
  value = address.text;
  return {};
}

Status ReadListen(const Node& node, std::vector<std::string>& value) {
  for (const Node& item : node.items) {
    if (!item.IsString()) continue;
    MOORING_TRY([[maybe_unused]] const auto address, web::ListenAddress::Parse(item.text));
  }
  return ReadValue(node, value);
}

Status ReadForeign(const Node& node, bool& adopt) {
  adopt = node.text == "adopt";
  return {};
}

Status ReadMode(const Node& node, bool& all) {
  all = node.text == "All";
  return {};
}

Status ReadLevel(const Node& node, LogLevel& level) {
  level = node.text == "debug"   ? LogLevel::kDebug
          : node.text == "warn"  ? LogLevel::kWarn
          : node.text == "error" ? LogLevel::kError
                                 : LogLevel::kInfo;
  return {};
}

Status ReadFormat(const Node& node, LogFormat& format) {
  format = node.text == "json" ? LogFormat::kJson : LogFormat::kLogfmt;
  return {};
}

/// A field that `get` finds in its owner and `read` reads.
template <typename Owner, typename Get, typename Read>
Field<Owner> Bind(std::string_view key, Get get, Read read) {
  return {.key = key,
          .read = [get, read](const Node& node, Owner& owner) { return read(node, get(owner)); },
          .is_same = [get](const Owner& a, const Owner& b) { return get(a) == get(b); },
          .copy = [get](const Owner& from, Owner& to) { get(to) = get(from); }};
}

template <typename Owner, typename T>
Field<Owner> Plain(std::string_view key, T Owner::* member) {
  return Bind<Owner>(
      key, [member](auto& owner) -> auto& { return owner.*member; },
      [](const Node& node, T& value) { return ReadValue(node, value); });
}

template <typename T>
Field<Config> As(std::string_view key, T Config::* member, Status (*read)(const Node&, T&)) {
  return Bind<Config>(key, [member](auto& owner) -> auto& { return owner.*member; }, read);
}

template <typename T>
Field<SourceConfig> OfAuth(std::string_view key, T SourceAuth::* member) {
  return Bind<SourceConfig>(
      key, [member](auto& source) -> auto& { return source.auth.*member; },
      [](const Node& node, T& value) { return ReadValue(node, value); });
}

template <typename T>
Field<SourceConfig> OfVerify(std::string_view key, T SourceVerify::* member) {
  return Bind<SourceConfig>(
      key, [member](auto& source) -> auto& { return source.verify.*member; },
      [](const Node& node, T& value) { return ReadValue(node, value); });
}

Field<Config> OfSops(std::string_view key, std::string secret::SopsOptions::* member) {
  return Bind<Config>(
      key, [member](auto& config) -> auto& { return config.sops.*member; },
      [](const Node& node, std::string& value) { return ReadValue(node, value); });
}

/// One of branch, tag, commit: naming one takes the default branch away.
Field<SourceConfig> OfRef(std::string_view key, std::string SourceConfig::* member) {
  Field<SourceConfig> field = Plain(key, member);
  field.read = [member](const Node& node, SourceConfig& source) {
    source.branch.clear();
    return ReadValue(node, source.*member);
  };
  return field;
}

}  // namespace

const std::vector<Field<Config>>& ConfigFields() {
  static const std::vector<Field<Config>> kFields = {
      Plain("host.name", &Config::host_name),
      Plain("docker.enabled", &Config::docker_enabled),
      Plain("docker.socket", &Config::docker_socket),
      As("docker.filesDirectory", &Config::file_folder, ReadFolder),
      Plain("docker.addressPool", &Config::address_pool),
      Plain("docker.hostsFile", &Config::hosts_file),
      Plain("docker.maxRequestsPerSecond", &Config::max_requests_per_second),
      Plain("docker.maxParallelPulls", &Config::max_parallel_pulls),
      Plain("docker.configFile", &Config::docker_config_file),
      Plain("caddy.enabled", &Config::caddy_enabled),
      As("caddy.admin", &Config::caddy_admin, ReadAdmin),
      As("caddy.foreign", &Config::caddy_adopt, ReadForeign),
      Plain("caddy.acmeEmail", &Config::acme_email),
      Plain("caddy.minReloadInterval", &Config::min_reload_interval),
      Plain("caddy.httpListen", &Config::http_listen),
      Plain("caddy.httpsListen", &Config::https_listen),
      Plain("secrets.sealKeyFile", &Config::seal_key_file),
      OfSops("secrets.sops.binary", &secret::SopsOptions::binary),
      OfSops("secrets.sops.ageKeyFile", &secret::SopsOptions::age_key_file),
      OfSops("secrets.sops.pgpHome", &secret::SopsOptions::pgp_home),
      As("secrets.directory", &Config::secret_folder, ReadFolder),
      Plain("secrets.providers", &Config::secret_providers),
      Plain("store.path", &Config::store_path),
      Plain("store.keepEvents", &Config::keep_events),
      As("http.listen", &Config::listen, ReadListen),
      Plain("http.metricsToken", &Config::metrics_token),
      Plain("http.maxBodySize", &Config::max_body_size),
      Plain("http.rateLimit.events", &Config::rate_limit_events),
      Plain("http.rateLimit.window", &Config::rate_limit_window),
      Plain("loop.workers", &Config::workers),
      Plain("loop.maxBackoff", &Config::max_backoff),
      Plain("loop.manualSuspendFor", &Config::manual_suspend_for),
      Plain("loop.shutdownTimeout", &Config::shutdown_timeout),
      As("log.level", &Config::log_level, ReadLevel),
      As("log.format", &Config::log_format, ReadFormat),
  };
  return kFields;
}

const std::vector<Field<SourceConfig>>& SourceFields() {
  static const std::vector<Field<SourceConfig>> kFields = {
      Plain("sources[].name", &SourceConfig::name),
      Plain("sources[].url", &SourceConfig::url),
      OfRef("sources[].ref.branch", &SourceConfig::branch),
      OfRef("sources[].ref.tag", &SourceConfig::tag),
      OfRef("sources[].ref.commit", &SourceConfig::commit),
      Plain("sources[].path", &SourceConfig::path),
      Plain("sources[].ignore", &SourceConfig::ignore),
      Plain("sources[].pollInterval", &SourceConfig::poll_interval),
      Plain("sources[].timeout", &SourceConfig::timeout),
      OfAuth("sources[].auth.username", &SourceAuth::username),
      OfAuth("sources[].auth.tokenFile", &SourceAuth::token_file),
      OfAuth("sources[].auth.privateKeyFile", &SourceAuth::private_key_file),
      OfAuth("sources[].auth.knownHostsFile", &SourceAuth::known_hosts_file),
      Bind<SourceConfig>(
          "sources[].verify.mode", [](auto& source) -> auto& { return source.verify.all; },
          ReadMode),
      OfVerify("sources[].verify.allowedSignersFile", &SourceVerify::allowed_signers_file),
      OfVerify("sources[].verify.gpgKeyringFile", &SourceVerify::gpg_keyring_file),
      Plain("sources[].webhooks", &SourceConfig::webhooks),
  };
  return kFields;
}

}  // namespace mooring::cli
